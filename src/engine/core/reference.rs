//! Names of images: `[registry/]path[:tag][@digest]` (github.com/distribution/reference, `reference.go` and `normalize.go`).

use super::era::Rules;

const INVALID: &str = "invalid reference format";

/// An image's name in the short form people know: without Docker Hub's own host and `library/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `alpine`, `quay.io/some/thing`.
    pub repository: String,
    /// Tag, where one is given.
    pub tag: Option<String>,
    /// `sha256:…`, where one is given.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a name.
    ///
    /// # Errors
    /// Docker's words.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, String> {
        if is_hex(text, 64) {
            return Err(format!(
                "invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
            ));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (domain, path) = split_domain(name);
        let (path, tag) = match path.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (path, None),
        };
        let path = if domain.is_empty() {
            path.strip_prefix("library/").unwrap_or(path)
        } else {
            path
        };
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(if rules.names_bad_repository {
                let shown = if domain.is_empty() && !path.contains('/') {
                    format!("library/{path}")
                } else {
                    path.to_owned()
                };
                format!("{INVALID}: repository name ({shown}) must be lowercase")
            } else {
                format!("{INVALID}: repository name must be lowercase")
            });
        }
        let valid = path.split('/').all(is_component)
            && (domain.is_empty() || is_domain(domain))
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        if !valid {
            return Err(INVALID.into());
        }
        if domain.len() + path.len() > 255 {
            return Err("repository name must not be more than 255 characters".into());
        }
        let repository = if domain.is_empty() {
            path.to_owned()
        } else {
            format!("{domain}/{path}")
        };
        Ok(Self {
            repository,
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// From the two parameters `repo` and `tag`; a tag there wins over one in the name. `None` where there is no name.
    ///
    /// # Errors
    /// Docker's words.
    pub fn of_parts(repo: &str, tag: &str, rules: &Rules) -> Result<Option<Self>, String> {
        if repo.is_empty() {
            return Ok(None);
        }
        let mut reference = Self::parse(repo, rules)?;
        if reference.digest.is_some() {
            return Err("cannot import digest reference".into());
        }
        if !tag.is_empty() {
            if !is_tag(tag) {
                return Err("invalid tag format".into());
            }
            reference.tag = Some(tag.to_owned());
        }
        Ok(Some(reference))
    }

    /// With `latest` where no tag is given: what an image is tagged with.
    #[must_use]
    pub fn tagged(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.repository),
            None => format!("{}:{}", self.repository, self.tag.as_deref().unwrap_or("latest")),
        }
    }
}

/// The host a name begins with: its first part where that has a dot, a port, or is `localhost`. Docker Hub's is none.
fn split_domain(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(("docker.io" | "index.docker.io", path)) => ("", path),
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (first, path),
        _ => ("", name),
    }
}

fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(label) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower-case letters and digits, joined by one dot, one or two underscores, or any number of hyphens.
fn is_component(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut separator = String::new();
    for byte in text.bytes() {
        if inner(byte) {
            let joined = matches!(separator.as_str(), "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-');
            if !joined {
                return false;
            }
            separator.clear();
        } else {
            separator.push(char::from(byte));
        }
    }
    let ends = |byte: Option<&u8>| byte.is_some_and(|byte| inner(*byte));
    ends(text.as_bytes().first()) && ends(text.as_bytes().last())
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !algorithm.is_empty()
            && hex.len() >= 32
            && is_hex(hex, hex.len())
    })
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::core::Era;

    fn tagged(text: &str) -> Result<String, String> {
        Reference::parse(text, Era::E28.rules()).map(|reference| reference.tagged())
    }

    #[test]
    fn names_in_their_short_form() {
        for (text, short) in [
            ("alpine", "alpine:latest"),
            ("alpine:3.20", "alpine:3.20"),
            ("library/alpine", "alpine:latest"),
            ("docker.io/library/alpine:3", "alpine:3"),
            ("docker.io/me/it", "me/it:latest"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
            ("quay.io/a__b/c-d--e.f", "quay.io/a__b/c-d--e.f:latest"),
        ] {
            assert_eq!(tagged(text).unwrap(), short, "{text}");
        }
    }

    #[test]
    fn what_is_no_name() {
        for text in [
            "",
            ":",
            "a:",
            "a b",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a/",
            "/a",
            "a:b:c",
            "a@b",
            "a@sha256:00",
            "é",
            "a:é",
        ] {
            assert_eq!(tagged(text).unwrap_err(), "invalid reference format", "{text}");
        }
        assert_eq!(
            tagged("UPPER").unwrap_err(),
            "invalid reference format: repository name (library/UPPER) must be lowercase"
        );
        assert_eq!(
            Reference::parse("UPPER", Era::E20_10.rules()).unwrap_err(),
            "invalid reference format: repository name must be lowercase"
        );
        let hex = "a".repeat(64);
        assert!(
            tagged(&hex)
                .unwrap_err()
                .contains("cannot specify 64-byte hexadecimal strings")
        );
        assert!(tagged(&"a".repeat(256)).unwrap_err().contains("255 characters"));
    }

    #[test]
    fn a_tag_beside_the_name_wins() {
        let parts = |repo, tag| Reference::of_parts(repo, tag, Era::E28.rules());
        assert_eq!(parts("a:b", "c").unwrap().unwrap().tagged(), "a:c");
        assert_eq!(parts("", "c").unwrap(), None);
        assert_eq!(parts("a", "b c").unwrap_err(), "invalid tag format");
        let digest = format!("a@sha256:{}", "0".repeat(64));
        assert_eq!(parts(&digest, "").unwrap_err(), "cannot import digest reference");
    }
}
