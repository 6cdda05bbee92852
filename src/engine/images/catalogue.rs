//! The built-in images as `docker images` knows them. Pure: names, ids and configurations, no file systems.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// What Docker sets where an image does not (moby, `oci/defaults.go`, `DefaultPathEnv`); the built-in images say it themselves,
/// as the real ones do.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A built-in image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `sha256:` and 64 hexadecimal characters, computed from everything else here: the same in each lab and on each machine.
    pub id: String,
    /// Name without tag.
    pub repository: &'static str,
    /// Tags it answers to; the first is the one listed.
    pub tags: &'static [&'static str],
    /// Version its files tell.
    pub version: &'static str,
    /// RFC 3339, UTC.
    pub created: &'static str,
    /// Bytes, as Docker shows them for the image it stands for.
    pub size: u64,
    /// Default command.
    pub cmd: &'static [&'static str],
    /// What runs with the command as its arguments; empty for the command itself.
    pub entrypoint: &'static [&'static str],
    /// `KEY=VALUE`.
    pub env: &'static [&'static str],
    /// Where the command starts; empty for `/`.
    pub workdir: &'static str,
    /// `9200/tcp` …
    pub exposed_ports: &'static [&'static str],
}

impl Image {
    /// `alpine:latest`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}:{}", self.repository, self.tags.first().copied().unwrap_or("latest"))
    }

    fn with_id(mut self) -> Self {
        let mut hash = Sha256::new();
        let lists = [self.tags, self.cmd, self.env, self.entrypoint, self.exposed_ports];
        let workdir = (!self.workdir.is_empty()).then_some(self.workdir);
        for part in [self.repository, self.version, self.created]
            .into_iter()
            .chain(workdir)
            .chain(lists.into_iter().flatten().copied())
        {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        self.id = format!("sha256:{:x}", hash.finalize());
        self
    }
}

static IMAGES: LazyLock<[Image; 4]> = LazyLock::new(|| {
    [
        Image {
            id: String::new(),
            repository: "alpine",
            tags: &["latest", "3", "3.22", "3.21", "3.20", "3.19", "3.18"],
            version: "3.22.1",
            created: "2025-07-15T11:31:10Z",
            size: 8_306_175,
            cmd: &["/bin/sh"],
            entrypoint: &[],
            env: &[PATH],
            workdir: "",
            exposed_ports: &[],
        },
        Image {
            id: String::new(),
            repository: "busybox",
            tags: &["latest", "1", "1.37", "1.36", "stable", "glibc", "musl", "uclibc"],
            version: "1.37.0",
            created: "2024-09-26T21:31:42Z",
            size: 4_277_910,
            cmd: &["sh"],
            entrypoint: &[],
            env: &[PATH],
            workdir: "",
            exposed_ports: &[],
        },
        Image {
            id: String::new(),
            repository: "centos",
            tags: &["latest", "7", "centos7", "7.9.2009", "centos7.9.2009"],
            version: "7.9.2009",
            created: "2021-09-15T18:20:05Z",
            size: 203_956_022,
            cmd: &["/bin/bash"],
            entrypoint: &[],
            env: &[PATH],
            workdir: "",
            exposed_ports: &[],
        },
        Image {
            id: String::new(),
            repository: "elasticsearch",
            tags: &["2", "2.4", "2.4.6"],
            version: "2.4.6",
            created: "2017-11-04T07:54:17Z",
            size: 576_854_316,
            cmd: &["elasticsearch"],
            entrypoint: &["/docker-entrypoint.sh"],
            env: &[
                "PATH=/usr/share/elasticsearch/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG=C.UTF-8",
                "ELASTICSEARCH_VERSION=2.4.6",
            ],
            workdir: "/usr/share/elasticsearch",
            exposed_ports: &["9200/tcp", "9300/tcp"],
        },
    ]
    .map(Image::with_id)
});

/// All built-in images, in the order of their names.
#[must_use]
pub fn all() -> &'static [Image] {
    &*IMAGES
}

/// The image a person means, by Docker's rules: a name with or without registry, `library/` and tag; else an id or the beginning
/// of exactly one, with or without `sha256:`.
#[must_use]
pub fn find(reference: &str) -> Option<&'static Image> {
    by_name(reference).or_else(|| by_id(reference))
}

fn by_name(reference: &str) -> Option<&'static Image> {
    let name = ["docker.io/", "index.docker.io/"]
        .iter()
        .find_map(|host| reference.strip_prefix(host))
        .unwrap_or(reference);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let (repository, tag) = name.split_once(':').unwrap_or((name, "latest"));
    all()
        .iter()
        .find(|image| image.repository == repository && image.tags.contains(&tag))
}

fn by_id(reference: &str) -> Option<&'static Image> {
    let prefix = reference.strip_prefix("sha256:").unwrap_or(reference);
    if prefix.is_empty() {
        return None;
    }
    let mut found = all()
        .iter()
        .filter(|image| image.id["sha256:".len()..].starts_with(prefix));
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(reference: &str) -> Option<&'static str> {
        find(reference).map(|image| image.repository)
    }

    #[test]
    fn each_way_to_name_an_image_finds_it() {
        for reference in [
            "alpine",
            "alpine:latest",
            "alpine:3.20",
            "library/alpine",
            "docker.io/alpine:latest",
            "docker.io/library/alpine",
            "index.docker.io/library/alpine:3",
        ] {
            assert_eq!(name(reference), Some("alpine"), "{reference}");
        }
        assert_eq!(name("elasticsearch:2"), Some("elasticsearch"));
        assert_eq!(name("centos:7"), Some("centos"));
        assert_eq!(name("busybox"), Some("busybox"));
        assert_eq!(name("busybox:1.36"), Some("busybox"));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for reference in [
            "",
            "alpine:",
            "alpine:1",
            "Alpine",
            "quay.io/alpine",
            "alpine@sha256:00",
            "nginx",
            "sha256:",
        ] {
            assert_eq!(name(reference), None, "{reference}");
        }
    }

    #[test]
    fn an_id_or_its_beginning_finds_the_image() {
        for image in all() {
            let hex = &image.id["sha256:".len()..];
            assert_eq!(hex.len(), 64);
            for reference in [&image.id, hex, &hex[..12], &image.id[..19]] {
                assert_eq!(find(reference), Some(image), "{reference}");
            }
        }
    }

    #[test]
    fn ids_are_told_apart_and_do_not_drift() {
        let ids: Vec<_> = all().iter().map(|image| &image.id[..19]).collect();
        assert_eq!(ids[..2], ["sha256:b44a23356a04", "sha256:362bc48835cf"]);
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
