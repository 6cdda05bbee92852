//! Commands about containers.

use super::super::super::container::flags;
use super::super::super::filter;
use super::super::super::flag::{Flag, Takes, switch, value, values};
use super::{Arity, Command, Deed, FILTER, FORMAT, FORMAT_PLAIN};

/// What says how a container is stopped.
const STOPPING: &[Flag] = &[
    value("signal", "string", "Signal to send to the container").letter('s'),
    value("timeout", "int", "Seconds to wait before killing the container").letter('t'),
    Flag::alias("time", "timeout", Takes::Value("int")).deprecated("use --timeout instead"),
];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        deed: Deed::Run,
        names: &[("run", "run"), ("container run", "container run")],
        usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        about: "Create and run a new container from an image",
        aliases: "docker container run, docker run",
        arity: Arity::AtLeast(1),
        flags: flags::FLAGS,
    },
    Command {
        deed: Deed::Create,
        names: &[("create", "create"), ("container create", "container create")],
        usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        about: "Create a new container",
        aliases: "docker container create, docker create",
        arity: Arity::AtLeast(1),
        flags: flags::CREATE_FLAGS,
    },
    Command {
        deed: Deed::Attach,
        names: &[("attach", "attach"), ("container attach", "container attach")],
        usage: "[OPTIONS] CONTAINER",
        about: "Attach local standard input, output, and error streams to a running container",
        aliases: "docker container attach, docker attach",
        arity: Arity::Exactly(1),
        flags: &[
            value(
                "detach-keys",
                "string",
                "Override the key sequence for detaching a container",
            ),
            switch("no-stdin", "Do not attach STDIN"),
            switch("sig-proxy", "Proxy all received signals to the process (default true)"),
        ],
    },
    Command {
        deed: Deed::Exec,
        names: &[("exec", "exec"), ("container exec", "container exec")],
        usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
        about: "Execute a command in a running container",
        aliases: "docker container exec, docker exec",
        arity: Arity::AtLeast(2),
        flags: &[
            switch("detach", "Detached mode: run command in the background").letter('d'),
            value(
                "detach-keys",
                "string",
                "Override the key sequence for detaching a container",
            ),
            values("env", "list", "Set environment variables")
                .letter('e')
                .checked(flags::check_env),
            values("env-file", "list", "Read in a file of environment variables"),
            switch("interactive", "Keep STDIN open even if not attached").letter('i'),
            switch("privileged", "Give extended privileges to the command"),
            switch("tty", "Allocate a pseudo-TTY").letter('t'),
            value(
                "user",
                "string",
                "Username or UID (format: \"<name|uid>[:<group|gid>]\")",
            )
            .letter('u'),
            value("workdir", "string", "Working directory inside the container").letter('w'),
        ],
    },
    Command {
        deed: Deed::Start,
        names: &[("start", "start"), ("container start", "container start")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Start one or more stopped containers",
        aliases: "docker container start, docker start",
        arity: Arity::AtLeast(1),
        flags: &[
            switch("attach", "Attach STDOUT/STDERR and forward signals").letter('a'),
            value(
                "detach-keys",
                "string",
                "Override the key sequence for detaching a container",
            ),
            switch("interactive", "Attach container's STDIN").letter('i'),
        ],
    },
    Command {
        deed: Deed::Stop,
        names: &[("stop", "stop"), ("container stop", "container stop")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Stop one or more running containers",
        aliases: "docker container stop, docker stop",
        arity: Arity::AtLeast(1),
        flags: STOPPING,
    },
    Command {
        deed: Deed::Restart,
        names: &[("restart", "restart"), ("container restart", "container restart")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Restart one or more containers",
        aliases: "docker container restart, docker restart",
        arity: Arity::AtLeast(1),
        flags: STOPPING,
    },
    Command {
        deed: Deed::Kill,
        names: &[("kill", "kill"), ("container kill", "container kill")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Kill one or more running containers",
        aliases: "docker container kill, docker kill",
        arity: Arity::AtLeast(1),
        flags: &[value("signal", "string", "Signal to send to the container").letter('s')],
    },
    Command {
        deed: Deed::Pause,
        names: &[("pause", "pause"), ("container pause", "container pause")],
        usage: "CONTAINER [CONTAINER...]",
        about: "Pause all processes within one or more containers",
        aliases: "docker container pause, docker pause",
        arity: Arity::AtLeast(1),
        flags: &[],
    },
    Command {
        deed: Deed::Unpause,
        names: &[("unpause", "unpause"), ("container unpause", "container unpause")],
        usage: "CONTAINER [CONTAINER...]",
        about: "Unpause all processes within one or more containers",
        aliases: "docker container unpause, docker unpause",
        arity: Arity::AtLeast(1),
        flags: &[],
    },
    Command {
        deed: Deed::Rm,
        names: &[
            ("rm", "rm"),
            ("container rm", "container rm"),
            ("container remove", "container rm"),
        ],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Remove one or more containers",
        aliases: "docker container rm, docker container remove, docker rm",
        arity: Arity::AtLeast(1),
        flags: &[
            switch("force", "Force the removal of a running container (uses SIGKILL)").letter('f'),
            switch("link", "Remove the specified link").letter('l'),
            switch("volumes", "Remove anonymous volumes associated with the container").letter('v'),
        ],
    },
    Command {
        deed: Deed::Rename,
        names: &[("rename", "rename"), ("container rename", "container rename")],
        usage: "CONTAINER NEW_NAME",
        about: "Rename a container",
        aliases: "docker container rename, docker rename",
        arity: Arity::Exactly(2),
        flags: &[],
    },
    Command {
        deed: Deed::Wait,
        names: &[("wait", "wait"), ("container wait", "container wait")],
        usage: "CONTAINER [CONTAINER...]",
        about: "Block until one or more containers stop, then print their exit codes",
        aliases: "docker container wait, docker wait",
        arity: Arity::AtLeast(1),
        flags: &[],
    },
    Command {
        deed: Deed::Logs,
        names: &[("logs", "logs"), ("container logs", "container logs")],
        usage: "[OPTIONS] CONTAINER",
        about: "Fetch the logs of a container",
        aliases: "docker container logs, docker logs",
        arity: Arity::Exactly(1),
        flags: &[
            switch("details", "Show extra details provided to logs"),
            switch("follow", "Follow log output").letter('f'),
            value(
                "since",
                "string",
                "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
            ),
            value(
                "tail",
                "string",
                "Number of lines to show from the end of the logs (default \"all\")",
            )
            .letter('n'),
            switch("timestamps", "Show timestamps").letter('t'),
            value(
                "until",
                "string",
                "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
            ),
        ],
    },
    Command {
        deed: Deed::Top,
        names: &[("top", "top"), ("container top", "container top")],
        usage: "CONTAINER [ps OPTIONS]",
        about: "Display the running processes of a container",
        aliases: "docker container top, docker top",
        arity: Arity::AtLeast(1),
        flags: &[],
    },
    Command {
        deed: Deed::Port,
        names: &[("port", "port"), ("container port", "container port")],
        usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
        about: "List port mappings or a specific mapping for the container",
        aliases: "docker container port, docker port",
        arity: Arity::Between(1, 2),
        flags: &[],
    },
    Command {
        deed: Deed::Ps,
        names: &[
            ("ps", "ps"),
            ("container ls", "container ls"),
            ("container list", "container ls"),
            ("container ps", "container ls"),
        ],
        usage: "[OPTIONS]",
        about: "List containers",
        aliases: "docker container ls, docker container list, docker container ps, docker ps",
        arity: Arity::None,
        flags: &[
            switch("all", "Show all containers (default shows just running)").letter('a'),
            FILTER,
            value("format", "string", FORMAT),
            value(
                "last",
                "int",
                "Show n last created containers (includes all states) (default -1)",
            )
            .letter('n'),
            switch("latest", "Show the latest created container (includes all states)").letter('l'),
            switch("no-trunc", "Don't truncate output"),
            switch("quiet", "Only display container IDs").letter('q'),
            switch("size", "Display total file sizes").letter('s'),
        ],
    },
    Command {
        deed: Deed::ContainerInspect,
        names: &[("container inspect", "container inspect")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Display detailed information on one or more containers",
        aliases: "",
        arity: Arity::AtLeast(1),
        flags: &[
            value("format", "string", FORMAT_PLAIN).letter('f'),
            switch("size", "Display total file sizes").letter('s'),
        ],
    },
    Command {
        deed: Deed::ContainerPrune,
        names: &[("container prune", "container prune")],
        usage: "[OPTIONS]",
        about: "Remove all stopped containers",
        aliases: "",
        arity: Arity::None,
        flags: &[
            values("filter", "filter", "Provide filter values (e.g. \"until=<timestamp>\")").checked(filter::check),
            switch("force", "Do not prompt for confirmation").letter('f'),
        ],
    },
];
