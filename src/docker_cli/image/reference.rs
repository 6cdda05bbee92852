//! Image names (`[domain/]path[:tag][@digest]`), checked and completed as Docker's CLI does.

const INVALID: &str = "invalid reference format";

/// An image name, completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::docker_cli) struct Reference {
    /// `docker.io/library/alpine`.
    pub canonical: String,
    /// `alpine`.
    pub familiar: String,
    /// The tag; `latest` where neither tag nor digest was given.
    pub tag: Option<String>,
    /// The digest, if one was given.
    pub digest: Option<String>,
    /// A tag or a digest was given, not only a name.
    pub named_whole: bool,
}

impl Reference {
    /// `alpine:latest`, `alpine@sha256:…`.
    pub(in crate::docker_cli) fn shown(&self) -> String {
        match (&self.tag, &self.digest) {
            (_, Some(digest)) => format!("{}@{digest}", self.familiar),
            (Some(tag), None) => format!("{}:{tag}", self.familiar),
            (None, None) => self.familiar.clone(),
        }
    }

    /// `docker.io/library/alpine:latest`.
    pub(in crate::docker_cli) fn full(&self) -> String {
        match (&self.tag, &self.digest) {
            (_, Some(digest)) => format!("{}@{digest}", self.canonical),
            (Some(tag), None) => format!("{}:{tag}", self.canonical),
            (None, None) => self.canonical.clone(),
        }
    }

    /// What `tag=` of a pull holds.
    pub(in crate::docker_cli) fn tag_or_digest(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }

    /// Reads a name; `None` for a full image id, which names no repository.
    ///
    /// # Errors
    /// The CLI's sentence.
    pub(in crate::docker_cli) fn read(text: &str) -> Result<Option<Self>, String> {
        if text.len() == 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
        {
            return Ok(None);
        }
        let (name, digest) = text
            .split_once('@')
            .map_or((text, None), |(name, digest)| (name, Some(digest)));
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(INVALID.into());
        }
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(INVALID.into());
        }
        let (domain, path) = split_domain(name);
        if path.chars().any(char::is_uppercase) {
            return Err(format!("{INVALID}: repository name ({path}) must be lowercase"));
        }
        if !path.split('/').all(is_component) || !is_domain(&domain) {
            return Err(INVALID.into());
        }
        let familiar = match domain.as_str() {
            "docker.io" => path
                .strip_prefix("library/")
                .filter(|rest| !rest.contains('/'))
                .unwrap_or(&path)
                .to_owned(),
            _ => format!("{domain}/{path}"),
        };
        let named_whole = tag.is_some() || digest.is_some();
        let tag = tag
            .map(str::to_owned)
            .or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Ok(Some(Self {
            canonical: format!("{domain}/{path}"),
            familiar,
            tag,
            digest: digest.map(str::to_owned),
            named_whole,
        }))
    }
}

/// The registry's domain, `docker.io` where none is named, and the path within it.
fn split_domain(name: &str) -> (String, String) {
    let (domain, path) = match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase) =>
        {
            (first, rest)
        }
        _ => ("docker.io", name),
    };
    let domain = if domain == "index.docker.io" {
        "docker.io"
    } else {
        domain
    };
    let path = if domain == "docker.io" && !path.contains('/') {
        format!("library/{path}")
    } else {
        path.to_owned()
    };
    (domain.to_owned(), path)
}

/// Letters and digits, separated by one `.`, one or two `_`, or any number of `-`.
fn is_component(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    if !plain(*first) || !plain(*last) || !bytes.iter().all(|byte| plain(*byte) || b"._-".contains(byte)) {
        return false;
    }
    text.split(|letter: char| letter.is_ascii_alphanumeric())
        .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}

fn is_domain(text: &str) -> bool {
    let (host, port) = text
        .split_once(':')
        .map_or((text, None), |(host, port)| (host, Some(port)));
    let port_is_fine = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    port_is_fine
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && algorithm
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_+.".contains(&byte))
            && hex.len() >= 32
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn names_are_completed() {
        for (text, canonical, shown) in [
            ("alpine", "docker.io/library/alpine", "alpine:latest"),
            ("alpine:3.20", "docker.io/library/alpine", "alpine:3.20"),
            ("me/app", "docker.io/me/app", "me/app:latest"),
            ("localhost:5000/a/b:x", "localhost:5000/a/b", "localhost:5000/a/b:x"),
            ("a__b/c-d.e", "docker.io/a__b/c-d.e", "a__b/c-d.e:latest"),
        ] {
            let read = Reference::read(text).unwrap().unwrap();
            assert_eq!(
                (read.canonical.as_str(), read.shown().as_str()),
                (canonical, shown),
                "{text}"
            );
        }
        assert_eq!(Reference::read(&"ab".repeat(32)).unwrap(), None);
        let digest = format!("alpine@sha256:{}", "a".repeat(64));
        assert_eq!(Reference::read(&digest).unwrap().unwrap().shown(), digest);
    }

    #[test]
    fn refusals_are_the_cli_s() {
        for text in [
            "",
            "alpine:",
            "alpine@sha256:zz",
            "a//b",
            "-a",
            "a.",
            "a___b",
            "a..b",
            "a b",
            ":x",
        ] {
            assert_eq!(Reference::read(text).unwrap_err(), "invalid reference format", "{text}");
        }
        assert_eq!(
            Reference::read("UPPER").unwrap_err(),
            "invalid reference format: repository name (library/UPPER) must be lowercase"
        );
    }
}
