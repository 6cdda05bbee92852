//! Commands about images.

use super::super::super::filter;
use super::super::super::flag::{switch, value, values};
use super::{Arity, Command, Deed, FILTER, FORMAT, FORMAT_PLAIN};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        deed: Deed::Images,
        names: &[
            ("images", "images"),
            ("image ls", "image ls"),
            ("image list", "image ls"),
        ],
        usage: "[OPTIONS] [REPOSITORY[:TAG]]",
        about: "List images",
        aliases: "docker image ls, docker image list, docker images",
        arity: Arity::AtMost(1),
        flags: &[
            switch("all", "Show all images (default hides intermediate images)").letter('a'),
            switch("digests", "Show digests"),
            FILTER,
            value("format", "string", FORMAT),
            switch("no-trunc", "Don't truncate output"),
            switch("quiet", "Only show image IDs").letter('q'),
        ],
    },
    Command {
        deed: Deed::History,
        names: &[("history", "history"), ("image history", "image history")],
        usage: "[OPTIONS] IMAGE",
        about: "Show the history of an image",
        aliases: "docker image history, docker history",
        arity: Arity::Exactly(1),
        flags: &[
            value("format", "string", FORMAT),
            switch("human", "Print sizes and dates in human readable format (default true)").letter('H'),
            switch("no-trunc", "Don't truncate output"),
            value("platform", "string", "Show history for the given platform").since("1.48"),
            switch("quiet", "Only show image IDs").letter('q'),
        ],
    },
    Command {
        deed: Deed::Pull,
        names: &[("pull", "pull"), ("image pull", "image pull")],
        usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
        about: "Download an image from a registry",
        aliases: "docker image pull, docker pull",
        arity: Arity::Exactly(1),
        flags: &[
            switch("all-tags", "Download all tagged images in the repository").letter('a'),
            switch("disable-content-trust", "Skip image verification (default true)"),
            value("platform", "string", "Set platform if server is multi-platform capable"),
            switch("quiet", "Suppress verbose output").letter('q'),
        ],
    },
    Command {
        deed: Deed::Import,
        names: &[("import", "import"), ("image import", "image import")],
        usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
        about: "Import the contents from a tarball to create a filesystem image",
        aliases: "docker image import, docker import",
        arity: Arity::AtLeast(1),
        flags: &[
            values("change", "list", "Apply Dockerfile instruction to the created image").letter('c'),
            value("message", "string", "Set commit message for imported image").letter('m'),
            value("platform", "string", "Set platform if server is multi-platform capable"),
        ],
    },
    Command {
        deed: Deed::Tag,
        names: &[("tag", "tag"), ("image tag", "image tag")],
        usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        about: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        aliases: "docker image tag, docker tag",
        arity: Arity::Exactly(2),
        flags: &[],
    },
    Command {
        deed: Deed::Rmi,
        names: &[
            ("rmi", "rmi"),
            ("image rm", "image rm"),
            ("image rmi", "image rm"),
            ("image remove", "image rm"),
        ],
        usage: "[OPTIONS] IMAGE [IMAGE...]",
        about: "Remove one or more images",
        aliases: "docker image rm, docker image remove, docker rmi",
        arity: Arity::AtLeast(1),
        flags: &[
            switch("force", "Force removal of the image").letter('f'),
            switch("no-prune", "Do not delete untagged parents"),
            values(
                "platform",
                "strings",
                "Remove only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")",
            )
            .since("1.50"),
        ],
    },
    Command {
        deed: Deed::ImageInspect,
        names: &[("image inspect", "image inspect")],
        usage: "[OPTIONS] IMAGE [IMAGE...]",
        about: "Display detailed information on one or more images",
        aliases: "",
        arity: Arity::AtLeast(1),
        flags: &[
            value("format", "string", FORMAT_PLAIN).letter('f'),
            value(
                "platform",
                "string",
                "Inspect a specific platform of the multi-platform image",
            )
            .since("1.49"),
        ],
    },
    Command {
        deed: Deed::ImagePrune,
        names: &[("image prune", "image prune")],
        usage: "[OPTIONS]",
        about: "Remove unused images",
        aliases: "",
        arity: Arity::None,
        flags: &[
            switch("all", "Remove all unused images, not just dangling ones").letter('a'),
            values("filter", "filter", "Provide filter values (e.g. \"until=<timestamp>\")").checked(filter::check),
            switch("force", "Do not prompt for confirmation").letter('f'),
        ],
    },
];
