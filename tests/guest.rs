//! What containers run, seen from outside: output, error sentences and exit codes as recorded from busybox.
//!
//! Each applet runs in a process of its own, which is this test program again with the command in its environment.
//! Nothing here needs privileges, busybox or a network beyond what every process may ask of its own.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const ARGS: &str = "CNM_TEST_GUEST_ARGS";
/// What stands before the applet's own output: libtest's lines come first.
const BEGIN: &str = "\u{1e}begin\n";

/// Not a test of its own: the process that runs one applet, when asked to by the environment.
#[test]
fn as_applet() {
    let Ok(args) = std::env::var(ARGS) else { return };
    let mut words = args.split('\u{1f}').map(OsString::from);
    let name = words.next().unwrap().into_string().unwrap();
    print!("{BEGIN}");
    std::io::stdout().flush().unwrap();
    std::process::exit(cnm::guest::run(&name, words.collect()));
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    out: String,
    err: String,
    status: i32,
}

fn applet_in(directory: &Path, words: &[&str], input: &str) -> Outcome {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "as_applet", "--nocapture", "--test-threads=1"])
        .env(ARGS, words.join("\u{1f}"))
        .env_remove("COLUMNS")
        // Directories one may not enter would turn "not found" into "permission denied".
        .env("PATH", "/usr/bin:/bin")
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // An applet that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Outcome {
        out: String::from_utf8(output.stdout)
            .unwrap()
            .split_once(BEGIN)
            .expect("the applet ran")
            .1
            .to_owned(),
        err: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().unwrap(),
    }
}

fn applet(words: &[&str]) -> Outcome {
    applet_in(Path::new("/"), words, "")
}

fn shell(script: &str) -> Outcome {
    applet(&["sh", "-c", script])
}

fn printed(out: &str) -> Outcome {
    Outcome {
        out: out.to_owned(),
        err: String::new(),
        status: 0,
    }
}

fn said(err: &str, status: i32) -> Outcome {
    Outcome {
        out: String::new(),
        err: format!("{err}\n"),
        status,
    }
}

#[test]
fn the_shell_runs_commands_and_scripts() {
    assert_eq!(
        shell("for i in 1 2; do echo $i; done; x=abc; echo ${x#a} $((3*4)); [[ abc == a* ]] && echo yes"),
        printed("1\n2\nbc 12\nyes\n")
    );
    assert_eq!(
        shell("f() { local a=1; echo $a $1; }; f z; case abc in a*) echo m;; esac"),
        printed("1 z\nm\n")
    );
    assert_eq!(
        shell("echo a | while read x; do echo =$x; done; (exit 3); echo $?"),
        printed("=a\n3\n")
    );
    assert_eq!(shell("exit 7").status, 7);
    assert_eq!(
        applet(&["sh", "-ec", "false; echo no"]),
        Outcome {
            status: 1,
            ..printed("")
        }
    );
    assert_eq!(
        applet(&["sh", "-c", "echo $0 $1 $#", "name", "one"]),
        printed("name one 1\n")
    );
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("script"), "echo script $1\nexit 4\n").unwrap();
    assert_eq!(
        applet_in(directory.path(), &["sh", "script", "x"], ""),
        Outcome {
            status: 4,
            ..printed("script x\n")
        }
    );
}

#[test]
fn the_shell_leaves_to_commands_the_input_that_is_theirs() {
    let script = "for i in 1 2\ndo echo $i\ndone\nread x\nhello\necho got $x\nif true; then\necho in\nfi\n";
    assert_eq!(
        applet_in(Path::new("/"), &["sh"], script),
        printed("1\n2\ngot hello\nin\n")
    );
    assert_eq!(
        applet_in(Path::new("/"), &["sh"], "echo a\nexit 3\necho b\n"),
        Outcome {
            status: 3,
            ..printed("a\n")
        }
    );
}

#[test]
fn the_shell_complains_in_ash_s_words() {
    for (script, sentence, status) in [
        ("nosuch", "sh: nosuch: not found", 127),
        ("/etc", "sh: /etc: Permission denied", 126),
        ("cd /nope", "sh: cd: can't cd to /nope: No such file or directory", 2),
        ("cd /etc/passwd", "sh: cd: can't cd to /etc/passwd: Not a directory", 2),
        ("kill 99999999", "sh: can't kill pid 99999999: No such process", 1),
        ("kill -FOO 1", "sh: bad signal name 'FOO'", 1),
    ] {
        assert_eq!(shell(script), said(sentence, status), "{script}");
    }
    assert_eq!(
        applet(&["sh", "/nope"]),
        said("sh: can't open '/nope': No such file or directory", 2)
    );
    assert_eq!(applet(&["ash", "-z"]), said("ash: illegal option -z", 2));
}

#[test]
fn files_are_shown_and_missing_ones_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::write(path.join("f"), "one\ntwo\n").unwrap();
    std::fs::create_dir(path.join("d")).unwrap();
    std::fs::write(path.join("d/in"), "").unwrap();
    let here = |words: &[&str]| applet_in(path, words, "from input\n");
    assert_eq!(here(&["cat", "f"]), printed("one\ntwo\n"));
    assert_eq!(here(&["cat"]), printed("from input\n"));
    assert_eq!(
        here(&["cat", "nope", "f"]),
        Outcome {
            out: "one\ntwo\n".into(),
            err: "cat: can't open 'nope': No such file or directory\n".into(),
            status: 1
        }
    );
    assert_eq!(here(&["ls"]), printed("d\nf\n"));
    assert_eq!(here(&["ls", "-F"]), printed("d/\nf\n"));
    assert_eq!(here(&["ls", "-C"]), printed("d  f\n"));
    assert_eq!(
        here(&["ls", "nope", "f", "d"]),
        Outcome {
            out: "f\n\nd:\nin\n".into(),
            err: "ls: nope: No such file or directory\n".into(),
            status: 1
        }
    );
    let long = here(&["ls", "-ln", "f"]).out;
    assert!(
        long.starts_with("-rw-r--r--    1 ") && long.ends_with(" f\n") && long.contains("        8 "),
        "{long}"
    );
    assert_eq!(here(&["wc", "-l", "f"]), printed("2 f\n"));
    assert_eq!(here(&["head", "-n1", "f"]), printed("one\n"));
    assert_eq!(here(&["tail", "-1", "f"]), printed("two\n"));
}

#[test]
fn files_are_made_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let here = |words: &[&str]| applet_in(directory.path(), words, "");
    assert_eq!(here(&["mkdir", "-p", "a/b"]), printed(""));
    assert_eq!(
        here(&["mkdir", "a"]),
        said("mkdir: can't create directory 'a': File exists", 1)
    );
    assert_eq!(here(&["rmdir", "a"]), said("rmdir: 'a': Directory not empty", 1));
    assert_eq!(here(&["touch", "t"]), printed(""));
    assert_eq!(here(&["rm", "a"]), said("rm: 'a' is a directory", 1));
    assert_eq!(here(&["rm", "-r", "a", "t"]), printed(""));
    assert_eq!(
        here(&["rm", "t"]),
        said("rm: can't remove 't': No such file or directory", 1)
    );
    assert_eq!(here(&["rm", "-f", "t"]), printed(""));
    assert_eq!(here(&["rm", "-r", "."]), said("rm: can't remove '.' or '..'", 1));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn small_tools_answer_as_busybox_does() {
    assert_eq!(applet(&["echo", "-e", "a\\tb"]), printed("a\tb\n"));
    assert_eq!(applet(&["true", "--help"]), printed(""));
    assert_eq!(applet(&["false"]).status, 1);
    assert_eq!(applet(&["sleep", "0.01", "0"]), printed(""));
    assert_eq!(applet(&["sleep", "x"]), said("sleep: invalid number 'x'", 1));
    assert_eq!(applet(&["pwd"]), printed("/\n"));
    assert_eq!(applet(&["env", "-i", "A=1"]), printed("A=1\n"));
    assert_eq!(
        applet(&["env", "nosuch-command"]),
        said("env: can't execute 'nosuch-command': No such file or directory", 127)
    );
    assert_eq!(
        applet(&["id", "no-such-user"]),
        said("id: unknown user no-such-user", 1)
    );
    assert_eq!(applet(&["uname"]), printed("Linux\n"));
    assert_eq!(applet(&["kill"]), said("kill: you need to specify whom to kill", 1));
    let processes = applet(&["ps"]).out;
    assert!(processes.starts_with("PID   USER     TIME  COMMAND\n"), "{processes}");
    let own = format!("{:>5} ", std::process::id());
    assert!(
        processes.lines().any(|line| line.starts_with(&own)),
        "{own} in {processes}"
    );
}

#[test]
fn unknown_options_are_reproached_with_the_usage() {
    let outcome = applet(&["ls", "-Z"]);
    assert!(
        outcome.err.starts_with("ls: unrecognized option: Z\nUsage: ls "),
        "{}",
        outcome.err
    );
    assert_eq!((outcome.out.as_str(), outcome.status), ("", 1));
    let help = applet(&["ls", "--help"]);
    assert!(help.out.starts_with("Usage: ls ") && help.status == 0 && help.err.is_empty());
}

#[test]
fn ip_shows_the_loopback_in_busybox_s_layout() {
    let link = applet(&["ip", "link", "show", "lo"]);
    assert!(link.out.starts_with("1: lo: <LOOPBACK"), "{}", link.out);
    assert!(link.out.contains("mtu 65536 qdisc "), "{}", link.out);
    assert!(
        link.out
            .ends_with("    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"),
        "{}",
        link.out
    );
    let one_line = applet(&["ip", "-o", "-4", "a", "s", "lo"]).out;
    assert!(
        one_line.is_empty()
            || one_line == "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n"
    );
    assert_eq!(
        applet(&["ip", "link", "show", "nope0"]),
        said("ip: can't find device 'nope0'", 2)
    );
    assert_eq!(
        applet(&["ip", "a", "foo"]),
        said("ip: invalid argument 'foo' to 'ip'", 1)
    );
    assert_eq!(
        applet(&["ip", "addr", "add", "10.0.0.1/24"]),
        said("ip: need \"dev IFACE\"", 1)
    );
    // Deleting a route that is not there changes nothing, whoever asks.
    let refused = applet(&["ip", "route", "del", "203.0.113.0/24"]);
    assert!(
        refused == said("ip: RTNETLINK answers: No such process", 2)
            || refused == said("ip: RTNETLINK answers: Operation not permitted", 2),
        "{refused:?}"
    );
}

#[test]
fn ping_refuses_in_busybox_s_words() {
    assert_eq!(
        applet(&["ping", "-c1", "-W1", "no_such..name"]),
        said("ping: bad address 'no_such..name'", 1)
    );
    assert_eq!(applet(&["ping", "-c1", ""]), said("ping: bad address ''", 1));
    assert_eq!(
        applet(&["ping", "-c", "x", "127.0.0.1"]),
        said("ping: invalid number 'x'", 1)
    );
    assert_eq!(
        applet(&["ping", "-s", "99999", "127.0.0.1"]),
        said("ping: number 99999 is not in 0..65535 range", 1)
    );
    assert!(applet(&["ping"]).err.starts_with("Usage: ping [OPTIONS] HOST\n"));
}

#[test]
fn ping_reaches_this_host_where_the_kernel_lets_it() {
    let outcome = applet(&["ping", "-c2", "-i", "0.01", "127.1"]);
    if outcome.err == "ping: permission denied (are you root?)\n" {
        // Neither in `ping_group_range` nor with CAP_NET_RAW: the sentence is what is to be seen here.
        assert_eq!((outcome.out.as_str(), outcome.status), ("", 1));
        return;
    }
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert_eq!(lines[0], "PING 127.1 (127.0.0.1): 56 data bytes");
    assert!(
        lines[1].starts_with("64 bytes from 127.0.0.1: seq=0 ttl=64 time="),
        "{}",
        lines[1]
    );
    assert_eq!(lines[4], "--- 127.1 ping statistics ---");
    assert_eq!(lines[5], "2 packets transmitted, 2 packets received, 0% packet loss");
    assert!(
        lines[6].starts_with("round-trip min/avg/max = ") && lines[6].ends_with(" ms"),
        "{}",
        lines[6]
    );
    assert_eq!((outcome.err.as_str(), outcome.status), ("", 0));
}
