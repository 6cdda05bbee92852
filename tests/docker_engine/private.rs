//! A machine of its own with a Docker Engine, for one test: own network, mounts, processes and data, gone with its first process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::cgroup::Cgroup;
use crate::support::{eventually, processes, text};

const HOST: &str = include_str!("../reference/docker-host.sh");
const UNSHARE: [&str; 10] = [
    "--net",
    "--mount",
    "--pid",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--propagation",
    "private",
];
static STARTED: AtomicUsize = AtomicUsize::new(0);

pub struct Machine {
    unshare: Child,
    /// Its first process, as this machine numbers it.
    pid: i32,
    folder: tempfile::TempDir,
    _cgroup: Cgroup,
}

impl Machine {
    /// Started, its Engine answering, with things of somebody's on it.
    pub fn start() -> Self {
        let machine = Self::bare();
        machine.furnish();
        machine
    }

    /// Started, its Engine answering: new, and with nothing on it.
    pub fn bare() -> Self {
        let folder = tempfile::Builder::new().prefix("private-docker-").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("data")).unwrap();
        fs::write(path("named"), "").unwrap();
        fs::write(path("resolv.conf"), "nameserver 192.168.1.1\n").unwrap();
        fs::write(
            path("script"),
            format!("touch '{}'\nsleep infinity\n", path("ready").display()),
        )
        .unwrap();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let cgroup = Cgroup(format!("cnm-private-{}-{number}", std::process::id()));
        let mut unshare = Command::new("unshare")
            .args(UNSHARE)
            .args(["sh", "-euc", HOST, "docker-host"])
            .args([folder.path(), &path("script"), &path("data")])
            .arg("discard")
            .arg(path("resolv.conf"))
            .arg(&cgroup.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ready = eventually(Duration::from_secs(60), || {
            path("ready").exists() || !matches!(unshare.try_wait(), Ok(None))
        });
        assert!(
            ready && path("ready").exists(),
            "a private Docker Engine is needed (root, dockerd): {}",
            text(path("dockerd.log"))
        );
        let first = processes::all()
            .into_values()
            .find(|process| process.parent == unshare.id().cast_signed());
        Self {
            pid: first.expect("its first process").pid,
            unshare,
            folder,
            _cgroup: cgroup,
        }
    }

    /// An image of busybox under that name, with some of its programs.
    pub fn import_busybox(&self, image: &str, programs: &[&str]) {
        let folder = self.folder.path().join("box");
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::copy("/bin/busybox", folder.join("bin/busybox")).expect("busybox-static is needed at /bin/busybox");
        for program in programs {
            std::os::unix::fs::symlink("busybox", folder.join("bin").join(program)).unwrap();
        }
        let archive = self.folder.path().join("box.tar");
        let mut tar = Command::new("tar");
        tar.arg("-cf").arg(&archive).arg("-C").arg(&folder).arg(".");
        assert!(tar.status().unwrap().success());
        self.ok(&["import", &archive.to_string_lossy(), image]);
        fs::remove_dir_all(folder).unwrap();
    }

    /// Somebody's image, networks and containers, none of them ours, with names like the lesson's and ours.
    fn furnish(&self) {
        self.import_busybox("alpine-of-mine", &[]);
        self.ok(&["tag", "alpine-of-mine", "elasticsearch:5"]);
        self.ok(&["network", "create", "dev2"]);
        self.ok(&["network", "create", "--label", "cnm=no", "DEV"]);
        for (name, network) in [("es2", "dev2"), ("web-1", "bridge")] {
            let run = ["run", "-d", "--name", name, "--net", network, "alpine-of-mine"];
            self.ok(&[&run[..], &["/bin/busybox", "sleep", "100000"]].concat());
        }
        self.settle();
    }

    /// New links take a moment to get their IPv6 addresses, and to find that nobody else has them.
    pub fn settle(&self) {
        let mut last = String::new();
        let settled = eventually(Duration::from_secs(20), || {
            std::thread::sleep(Duration::from_millis(500));
            let now = self.inside(&["ip", "-j", "address"]);
            let links = now.matches("\"operstate\":\"UP\"").count();
            let is_whole = now.matches("\"scope\":\"link\"").count() >= links && !now.contains("tentative");
            is_whole && now == std::mem::replace(&mut last, now.clone())
        });
        assert!(settled, "{last}");
    }

    /// `unix://` and a path that leads to the Engine from outside.
    pub fn host(&self) -> String {
        format!("unix:///proc/{}/root/run/docker.sock", self.pid)
    }

    pub fn backend(&self) -> String {
        format!("docker={}", self.host())
    }

    pub fn docker(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("docker");
        command.args(["-H", &self.host()]).args(arguments);
        command.stdin(Stdio::null()).output().expect("the docker CLI is needed")
    }

    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.docker(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "docker {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Everything there that somebody could miss, by what it is.
    pub fn everything(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let sorted = |text: String| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.join("\n")
        };
        for id in self.ok(&["ps", "-aq", "--no-trunc"]).lines() {
            all.insert(format!("container {id}"), self.ok(&["inspect", id]));
        }
        for id in self.ok(&["network", "ls", "-q", "--no-trunc"]).lines() {
            all.insert(format!("network {id}"), self.ok(&["network", "inspect", id]));
        }
        let images = [
            "images",
            "-a",
            "--no-trunc",
            "--format",
            "{{.ID}} {{.Repository}}:{{.Tag}}",
        ];
        all.insert("images".into(), sorted(self.ok(&images)));
        all.insert("volumes".into(), sorted(self.ok(&["volume", "ls", "-q"])));
        for what in ["link", "address", "route"] {
            all.insert(format!("ip {what}"), self.inside(&["ip", "-p", "-j", what]));
        }
        for command in ["iptables-save", "ip6tables-save"] {
            all.insert(command.into(), without_counters(&self.inside(&[command])));
        }
        all
    }

    /// What a program in the machine's network says.
    fn inside(&self, command: &[&str]) -> String {
        let pid = self.pid.to_string();
        let output = Command::new("nsenter").args(["-t", &pid, "-n"]).args(command).output();
        let output = output.expect("nsenter is needed");
        assert!(
            output.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Nothing differs from what there was `before`, once the kernel has let go of what was removed.
    pub fn is_as(&self, before: &BTreeMap<String, String>) {
        let mut differing = Vec::new();
        let same = eventually(Duration::from_secs(20), || {
            differing = differences(before, &self.everything());
            differing.is_empty()
        });
        assert!(same, "{}", differing.join("\n"));
    }
}

fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |all: &BTreeMap<String, String>, key: &str| all.get(key).cloned().unwrap_or_default();
    let differing = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let told = differing.map(|key| {
        let (before, after) = (of(before, key), of(after, key));
        let lines = similar::TextDiff::from_lines(&before, &after);
        format!("{key}\n{}", lines.unified_diff())
    });
    told.collect()
}

/// Rules without comments, which have the time, and counters of packets.
fn without_counters(rules: &str) -> String {
    let lines = rules.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.map(|line| line.split(" [").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.unshare.kill();
        let _ = self.unshare.wait();
        // Its cgroups can go once its processes are gone.
        let own = Path::new("/proc").join(self.pid.to_string());
        eventually(Duration::from_secs(10), || !own.exists());
    }
}
