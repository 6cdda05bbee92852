//! What a command line asks for.

mod table;

use std::fmt::Write;

use super::client::Client;
use super::failure::Failure;
use super::flag::{self, Parsed};
use super::{containers, create, events, images, inspect, logs, network, ps, run, system};
use table::{Arity, COMMANDS, Command, Deed, ELSEWHERE, ELSEWHERE_IN_GROUPS, GLOBAL, GROUPS};

/// What a command line asks for.
pub(super) enum Request {
    /// Run a command against the engine.
    Run(Invocation),
    /// Say something and end: help, the version.
    Say {
        /// The text, with its line ends.
        text: String,
        /// On standard error instead of standard output.
        to_error: bool,
        /// Exit status.
        status: i32,
    },
}

/// Why a command line was not understood.
pub(super) struct Reproach {
    /// For standard error.
    pub text: String,
    /// Exit status.
    pub status: i32,
}

/// A command with its arguments read.
pub(super) struct Invocation {
    deed: Deed,
    parsed: Parsed,
}

impl Invocation {
    /// Carries it out; the exit status.
    pub(super) async fn perform(self, mut client: Client) -> Result<i32, Failure> {
        client.negotiate().await;
        let parsed = &self.parsed;
        if parsed.last("format").is_some() {
            return Err(Failure::said(
                "--format is not built yet in cnm's docker: the real docker CLI has it, and works with this engine",
            ));
        }
        match self.deed {
            Deed::Run => run::run(&client, parsed).await,
            Deed::Ps => ps::list(&client, parsed).await,
            Deed::Inspect => inspect::any(&client, parsed).await,
            Deed::Rm => containers::remove(&client, parsed).await,
            Deed::Stop => containers::stop(&client, parsed).await,
            Deed::Kill => containers::kill(&client, parsed).await,
            Deed::Logs => logs::show(&client, parsed).await,
            Deed::Images => images::list(&client, parsed).await,
            Deed::Events => events::follow(&client, parsed).await,
            Deed::Version => system::version(&client).await,
            Deed::Info => system::info(&client).await,
            Deed::NetworkCreate => network::create(&client, parsed).await,
            Deed::NetworkLs => network::list(&client, parsed).await,
            Deed::NetworkInspect => inspect::networks(&client, parsed).await,
            Deed::NetworkRm => network::remove(&client, parsed).await,
        }
    }
}

/// Reads what follows `docker`.
pub(super) fn read(args: &[String]) -> Result<Request, Reproach> {
    let global = flag::parse(GLOBAL, args, false)
        .map_err(|reason| flag_reproach(&reason, "docker", "docker [OPTIONS] COMMAND [ARG...]"))?;
    if global.on("version") {
        return Ok(Request::Say {
            text: system::one_line_version(),
            to_error: false,
            status: 0,
        });
    }
    if let Some(given) = global
        .names()
        .find(|name| matches!(*name, "host" | "context" | "tls" | "tlsverify"))
    {
        let text =
            format!("docker: --{given} is not read by cnm's docker: it speaks to the lab (cnm --lab, DOCKER_HOST)");
        return Err(Reproach { text, status: 125 });
    }
    let words = &global.operands;
    let Some(first) = words.first().filter(|_| !global.help) else {
        return Ok(Request::Say {
            text: overview(),
            to_error: !global.help,
            status: 0,
        });
    };
    if first == "help" {
        return help(&words[1..]);
    }
    if let Some((command, shown, taken)) = find(words) {
        return read_command(command, shown, &words[taken..]);
    }
    if let Some((group, about)) = GROUPS.iter().find(|(group, _)| group == first) {
        return read_group(group, about, &words[1..]);
    }
    Err(unknown(first, ELSEWHERE))
}

/// The command whose name the words begin with, its shown name, and how many words the name takes.
fn find(words: &[String]) -> Option<(&'static Command, &'static str, usize)> {
    COMMANDS.iter().find_map(|command| {
        command.names.iter().find_map(|(typed, shown)| {
            let parts: Vec<&str> = typed.split(' ').collect();
            let matches = words.len() >= parts.len() && parts.iter().zip(words).all(|(part, word)| part == word);
            matches.then_some((command, *shown, parts.len()))
        })
    })
}

fn read_command(command: &'static Command, shown: &str, args: &[String]) -> Result<Request, Reproach> {
    // What follows an image belongs to the container's command.
    let interspersed = command.deed != Deed::Run;
    let full = format!("docker {shown}");
    let usage = format!("{full} {}", command.usage);
    let parsed =
        flag::parse(command.flags, args, interspersed).map_err(|reason| flag_reproach(&reason, &full, &usage))?;
    if parsed.help {
        if parsed.help_by_letter {
            super::complain("Flag shorthand -h has been deprecated, use --help");
        }
        return Ok(Request::Say {
            text: command_help(command, shown),
            to_error: false,
            status: 0,
        });
    }
    if let Some(reason) = command.arity.reproach(parsed.operands.len()) {
        let verb = if matches!(command.arity, Arity::AtLeast(_)) {
            "See"
        } else {
            "Run"
        };
        let text =
            format!("docker: '{full}' {reason}\n\nUsage:  {usage}\n\n{verb} '{full} --help' for more information");
        return Err(Reproach { text, status: 1 });
    }
    if command.deed == Deed::Run
        && let Some(name) = parsed.names().find(|name| create::is_absent(name))
    {
        let text = format!(
            "docker: --{name} is not built yet in cnm's docker: the real docker CLI has it\n\nRun 'docker run --help' for more information"
        );
        return Err(Reproach { text, status: 125 });
    }
    Ok(Request::Run(Invocation {
        deed: command.deed,
        parsed,
    }))
}

fn read_group(group: &str, about: &str, words: &[String]) -> Result<Request, Reproach> {
    let asks = |word: &String| word == "--help" || word == "-h";
    let Some(word) = words.first().filter(|word| !asks(word)) else {
        let to_error = words.is_empty();
        return Ok(Request::Say {
            text: group_help(group, about),
            to_error,
            status: 0,
        });
    };
    let full = format!("docker {group}");
    if word.starts_with('-') {
        let reason = flag::parse(&[], words, false).err().unwrap_or_default();
        return Err(flag_reproach(&reason, &full, &full));
    }
    let elsewhere = ELSEWHERE_IN_GROUPS
        .iter()
        .find(|(name, _)| *name == group)
        .map_or(&[][..], |(_, names)| names);
    if elsewhere.contains(&word.as_str()) {
        return Err(unknown(&format!("{group} {word}"), &[&format!("{group} {word}")]));
    }
    let text =
        format!("docker: unknown command: {full} {word}\n\nUsage:  {full}\n\nRun '{full} --help' for more information");
    Err(Reproach { text, status: 1 })
}

fn help(words: &[String]) -> Result<Request, Reproach> {
    let text = match (find(words), words.first()) {
        (Some((command, shown, _)), _) => command_help(command, shown),
        (None, None) => overview(),
        (None, Some(word)) => match GROUPS.iter().find(|(group, _)| group == word) {
            Some((group, about)) => group_help(group, about),
            None => return Err(unknown(word, ELSEWHERE)),
        },
    };
    Ok(Request::Say {
        text,
        to_error: false,
        status: 0,
    })
}

fn unknown(name: &str, elsewhere: &[&str]) -> Reproach {
    let text = if elsewhere.contains(&name) {
        format!(
            "docker: 'docker {name}' is not built yet in cnm's docker: the real docker CLI has it, and works with this engine"
        )
    } else {
        format!("docker: unknown command: docker {name}\n\nRun 'docker --help' for more information")
    };
    Reproach { text, status: 1 }
}

fn flag_reproach(reason: &str, full: &str, usage: &str) -> Reproach {
    Reproach {
        text: format!("{reason}\n\nUsage:  {usage}\n\nRun '{full} --help' for more information"),
        status: 125,
    }
}

fn command_help(command: &Command, shown: &str) -> String {
    let mut text = format!("Usage:  docker {shown} {}\n\n{}\n", command.usage, command.about);
    if !command.aliases.is_empty() {
        let _ = writeln!(text, "\nAliases:\n  {}", command.aliases);
    }
    text.push_str("\nOptions:\n");
    text.push_str(&flag::describe(command.flags));
    text
}

fn group_help(group: &str, about: &str) -> String {
    let prefix = format!("{group} ");
    let mut lines: Vec<(&str, &str)> = COMMANDS
        .iter()
        .filter_map(|command| {
            let (_, shown) = command.names.iter().find(|(typed, _)| typed.starts_with(&prefix))?;
            Some((shown.strip_prefix(&prefix)?, command.about))
        })
        .collect();
    lines.sort_unstable();
    let body = listing(&lines);
    format!(
        "Usage:  docker {group} COMMAND\n\n{about}\n\nCommands:\n{body}\nRun 'docker {group} COMMAND --help' for more information on a command.\n"
    )
}

fn overview() -> String {
    let mut lines: Vec<(&str, &str)> = COMMANDS
        .iter()
        .filter_map(|command| {
            let (typed, _) = command.names.iter().find(|(typed, _)| !typed.contains(' '))?;
            Some((*typed, command.about))
        })
        .collect();
    lines.sort_unstable();
    format!(
        "Usage:  docker [OPTIONS] COMMAND\n\nA docker look-alike for cnm's labs\n\nManagement Commands:\n{}\nCommands:\n{}\n\
         Run 'docker COMMAND --help' for more information on a command.\n",
        listing(GROUPS),
        listing(&lines)
    )
}

fn listing(lines: &[(&str, &str)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(9);
    let mut text = String::new();
    for (name, about) in lines {
        let _ = writeln!(text, "  {name:width$}   {about}");
    }
    text
}
