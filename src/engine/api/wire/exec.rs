//! Execs on the wire.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::api::json::null_is_default;
use crate::engine::api::version::ApiVersion;
use crate::engine::core::{Exec, ExecPhase, ExecSpec};

/// `POST /containers/{id}/exec`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the request's own independent flags")]
pub struct ExecCreate {
    #[serde(deserialize_with = "null_is_default")]
    user: String,
    #[serde(deserialize_with = "null_is_default")]
    privileged: bool,
    #[serde(deserialize_with = "null_is_default")]
    tty: bool,
    console_size: Option<[u32; 2]>,
    #[serde(deserialize_with = "null_is_default")]
    attach_stdin: bool,
    #[serde(deserialize_with = "null_is_default")]
    attach_stderr: bool,
    #[serde(deserialize_with = "null_is_default")]
    attach_stdout: bool,
    #[serde(deserialize_with = "null_is_default")]
    detach_keys: String,
    #[serde(deserialize_with = "null_is_default")]
    env: Vec<String>,
    #[serde(deserialize_with = "null_is_default")]
    working_dir: String,
    #[serde(deserialize_with = "null_is_default")]
    cmd: Vec<String>,
}

impl ExecCreate {
    /// As the state machine takes it. Sizes are told at create since API 1.42.
    pub fn into_spec(self, version: ApiVersion) -> ExecSpec {
        ExecSpec {
            cmd: self.cmd,
            env: self.env,
            workdir: self.working_dir,
            user: self.user,
            privileged: self.privileged,
            tty: self.tty,
            attach: [self.attach_stdin, self.attach_stdout, self.attach_stderr],
            detach_keys: self.detach_keys,
            console_size: self.console_size.filter(|_| version >= ApiVersion(42)),
        }
    }
}

/// `POST /exec/{id}/start`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ExecStart {
    /// The client does not want the streams.
    #[serde(deserialize_with = "null_is_default")]
    pub detach: bool,
    /// The client expects one raw stream.
    #[serde(deserialize_with = "null_is_default")]
    pub tty: bool,
    console_size: Option<[u32; 2]>,
}

impl ExecStart {
    /// The terminal's size at first. Told here since API 1.42.
    pub fn console_size(&self, version: ApiVersion) -> Option<[u32; 2]> {
        self.console_size.filter(|_| self.tty && version >= ApiVersion(42))
    }
}

/// `GET /exec/{id}/json`. The members are in the order of Go's structures.
pub fn inspected(exec: &Exec) -> Value {
    let spec = &exec.spec;
    let (program, arguments) = spec
        .cmd
        .split_first()
        .map_or(("", &[][..]), |(program, arguments)| (program.as_str(), arguments));
    let mut process = json!({
        "tty": spec.tty,
        "entrypoint": program,
        "arguments": arguments,
        "privileged": spec.privileged,
    });
    if !spec.user.is_empty() {
        process["user"] = json!(spec.user);
    }
    let code = match exec.phase {
        ExecPhase::Ended { code, .. } => Some(code),
        ExecPhase::Created | ExecPhase::Running => None,
    };
    let [stdin, stdout, stderr] = spec.attach;
    json!({
        "ID": exec.id,
        "Running": exec.phase == ExecPhase::Running,
        "ExitCode": code,
        "ProcessConfig": process,
        "OpenStdin": stdin,
        "OpenStderr": stderr,
        "OpenStdout": stdout,
        "CanRemove": false,
        "ContainerID": exec.container,
        "DetachKeys": base64(&exec.detach_keys),
        "Pid": exec.pid,
    })
}

/// As Go's encoder prints bytes (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |number: u32| char::from(LETTERS[(number & 63) as usize]);
    let group = |three: &[u8]| {
        let number = (0..3).fold(0, |number, at| {
            number << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        let mut four = [
            letter(number >> 18),
            letter(number >> 12),
            letter(number >> 6),
            letter(number),
        ];
        for padding in &mut four[three.len() + 1..] {
            *padding = '=';
        }
        four
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_printed_as_go_prints_them() {
        let printed = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(
            printed,
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
        );
        assert_eq!(base64(&[16, 17]), "EBE=");
    }
}
