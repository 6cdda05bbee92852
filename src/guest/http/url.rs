//! URLs, taken apart and joined.

/// A URL taken apart; only `http://` ones are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub host: String,
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub target: String,
    /// `user:password` before the host.
    pub user: Option<String>,
}

/// Why a URL cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadUrl {
    /// A scheme that needs more than TCP and text.
    Scheme(String),
    /// A port that is none; holds its text.
    Port(String),
    /// No host, or what no URL may hold.
    Malformed,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`.
    pub(super) fn read(text: &str) -> Result<Self, BadUrl> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) => return Err(BadUrl::Scheme(scheme.to_ascii_lowercase())),
            None => text,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| BadUrl::Port(port.to_owned()))?),
            None => (authority, 80),
        };
        if host.is_empty() || host.chars().any(|letter| letter.is_control() || letter == ' ') {
            return Err(BadUrl::Malformed);
        }
        if target.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(BadUrl::Malformed);
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            host: host.to_owned(),
            port,
            target: format!("{slash}{target}"),
            user,
        })
    }

    /// `es:9200`; the port only where it is not HTTP's.
    pub(super) fn authority(&self) -> String {
        if self.port == 80 {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Where a `Location` leads.
    pub(super) fn join(&self, location: &str) -> Result<Self, BadUrl> {
        if location.contains("://") {
            return Self::read(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Self::read(rest);
        }
        let base = self.target.split('?').next().unwrap_or("/");
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = if location.starts_with('/') {
            location.to_owned()
        } else if location.starts_with('?') {
            format!("{base}{location}")
        } else {
            format!("{folder}/{location}")
        };
        Self::read(&format!("http://{}:{}{target}", self.host, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_and_joined() {
        let url = Url::read("HTTP://me:pw@es:9200/_cat?v#x").unwrap();
        assert_eq!(
            (url.host.as_str(), url.port, url.target.as_str()),
            ("es", 9200, "/_cat?v")
        );
        assert_eq!(url.user.as_deref(), Some("me:pw"));
        assert_eq!(Url::read("es").unwrap().authority(), "es");
        assert_eq!(Url::read("es?q").unwrap().target, "/?q");
        assert_eq!(Url::read("https://es"), Err(BadUrl::Scheme("https".to_owned())));
        for text in ["es:x", "es:99999"] {
            assert_eq!(Url::read(text), Err(BadUrl::Port(text[3..].to_owned())), "{text}");
        }
        for text in ["", "http://", "http://a b/", ":80"] {
            assert_eq!(Url::read(text), Err(BadUrl::Malformed), "{text}");
        }
        let from = Url::read("es:9200/a/b?c").unwrap();
        for (location, to) in [
            ("/x", "es:9200/x"),
            ("x", "es:9200/a/x"),
            ("?y", "es:9200/a/b?y"),
            ("http://web/", "web/"),
            ("//web:81/z", "web:81/z"),
        ] {
            assert_eq!(from.join(location), Url::read(to), "{location}");
        }
    }
}
