//! `docker create`, and the create request that `docker run` makes as well.

use serde_json::{Map, Value, json};

use super::super::client::{Client, is_older, query};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::image::pull;
use super::super::image::reference::Reference;
use super::super::network::pairs;
use super::super::{complain, say};
use super::flags::extra_host;
use super::run::{Streams, warnings};
use super::{key_values, networking, ports};

/// A container asked for.
#[derive(Debug)]
pub(super) struct Request {
    /// The body of `POST /containers/create`.
    body: Value,
    /// The image as a name; nothing for an image's full id.
    reference: Option<Reference>,
    /// When to pull it.
    pull: String,
    /// With a terminal of its own.
    pub tty: bool,
    /// The streams it is attached by; what is detached has none.
    pub attach: Streams,
}

impl Request {
    /// Reads the arguments of `run` and `create`.
    ///
    /// # Errors
    /// The CLI's own refusals.
    pub(super) fn read(parsed: &Parsed) -> Result<Self, String> {
        let pull = parsed.last("pull").unwrap_or("missing").to_owned();
        if !matches!(pull.as_str(), "always" | "missing" | "never" | "") {
            return Err(format!(
                "invalid pull option: '{pull}': must be one of \"always\", \"missing\" or \"never\""
            ));
        }
        let attach = attachment(parsed);
        let body = body(parsed, attach)?;
        let image = parsed.operands.first().map(String::as_str).unwrap_or_default();
        Ok(Self {
            body,
            reference: Reference::read(image)?,
            pull,
            tty: parsed.on("tty"),
            attach,
        })
    }
}

impl Request {
    /// Whether an endpoint is to have a MAC address of its own.
    fn names_mac_address(&self) -> bool {
        let endpoints = self.body["NetworkingConfig"]["EndpointsConfig"].as_object();
        let mut addresses = endpoints.into_iter().flat_map(|endpoints| {
            endpoints
                .values()
                .filter_map(|endpoint| endpoint["MacAddress"].as_str())
        });
        addresses.any(|address| !address.is_empty())
    }
}

/// What `-a`, `-i` and `-d` say together.
fn attachment(parsed: &Parsed) -> Streams {
    let named = |stream: &str| parsed.all("attach").any(|given| given.eq_ignore_ascii_case(stream));
    let all = parsed.last("attach").is_none();
    let attached = !parsed.on("detach");
    Streams {
        input: attached && (named("stdin") || parsed.on("interactive")),
        output: attached && (all || named("stdout")),
        errors: attached && (all || named("stderr")),
    }
}

/// Creates the container, fetching its image where it is missing; its id.
pub(super) async fn create(client: &Client, parsed: &Parsed, request: &Request) -> Result<String, Failure> {
    let quiet = parsed.on("quiet");
    if let Some(reference) = request.reference.as_ref().filter(|_| request.pull == "always") {
        pull::fetch(client, reference, !quiet).await?;
    }
    let name = parsed.last("name").filter(|name| !name.is_empty()).map(str::to_owned);
    let path = format!("/containers/create{}", query(&[("name", name)]));
    if is_older(client.version(), "1.44") && request.names_mac_address() {
        return Err(Failure::said(format!(
            "\"specify mac-address per network\" requires API version 1.44, but the Docker daemon API version is {}",
            client.version()
        )));
    }
    let mut answer = client.post(&path, Some(&request.body)).await;
    if let (Err(error), Some(reference)) = (&answer, &request.reference)
        && error.status() == Some(404)
        && request.pull == "missing"
    {
        if !quiet {
            complain(&format!("Unable to find image '{}' locally", reference.shown()));
        }
        pull::fetch(client, reference, !quiet).await?;
        answer = client.post(&path, Some(&request.body)).await;
    }
    let answer: Value = serde_json::from_slice(&answer?).map_err(CallError::from)?;
    warnings(&answer);
    Ok(answer["Id"].as_str().unwrap_or_default().to_owned())
}

/// `docker create`.
pub(in crate::docker_cli) async fn run(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let request = Request::read(parsed).map_err(|sentence| {
        Failure::Said(
            format!("docker: {sentence}\n\nRun 'docker create --help' for more information"),
            125,
        )
    })?;
    let container = create(client, parsed, &request).await?;
    say(&format!("{container}\n"));
    Ok(0)
}

/// The body of `POST /containers/create`.
fn body(parsed: &Parsed, attach: Streams) -> Result<Value, String> {
    let networking = networking::read(parsed)?;
    let ports = ports::read(parsed)?;
    let (image, command) = parsed.operands.split_first().ok_or("invalid reference format")?;
    let interactive = parsed.on("interactive");
    let text = |flag: &str| parsed.last(flag).unwrap_or("").to_owned();
    let or_null = |items: Vec<String>| if items.is_empty() { Value::Null } else { json!(items) };
    let entrypoint = parsed
        .last("entrypoint")
        .map(|program| if program.is_empty() { vec![""] } else { vec![program] });
    let mut body = json!({
        "Hostname": text("hostname"),
        "Domainname": text("domainname"),
        "User": text("user"),
        "AttachStdin": attach.input,
        "AttachStdout": attach.output,
        "AttachStderr": attach.errors,
        "ExposedPorts": ports.exposed,
        "Tty": parsed.on("tty"),
        "OpenStdin": interactive,
        "StdinOnce": attach.input && interactive,
        "Env": or_null(environment(parsed)?),
        "Cmd": or_null(command.to_vec()),
        "Image": image,
        "Volumes": {},
        "WorkingDir": text("workdir"),
        "Entrypoint": entrypoint,
        "Labels": pairs(parsed.all("label")),
        "HostConfig": host_config(parsed, &networking.mode, &ports.bindings),
        "NetworkingConfig": { "EndpointsConfig": networking.endpoints },
    });
    if let Some(signal) = parsed.last("stop-signal") {
        body["StopSignal"] = json!(signal);
    }
    if let Some(timeout) = parsed
        .last("stop-timeout")
        .and_then(|seconds| seconds.parse::<i64>().ok())
    {
        body["StopTimeout"] = json!(timeout);
    }
    Ok(body)
}

/// `HostConfig` of the request.
fn host_config(parsed: &Parsed, mode: &str, bindings: &Map<String, Value>) -> Value {
    let list = |flag: &str| -> Vec<String> { parsed.all(flag).map(str::to_owned).collect() };
    let or_null = |items: Vec<String>| if items.is_empty() { Value::Null } else { json!(items) };
    let mut config = json!({
        "Binds": or_null(list("volume")),
        "NetworkMode": mode,
        "PortBindings": bindings,
        "RestartPolicy": { "Name": "no", "MaximumRetryCount": 0 },
        "AutoRemove": parsed.on("rm"),
        "CapAdd": or_null(list("cap-add").iter().map(|name| capability(name)).collect()),
        "CapDrop": or_null(list("cap-drop").iter().map(|name| capability(name)).collect()),
        "Dns": list("dns"),
        "DnsOptions": list("dns-option"),
        "DnsSearch": list("dns-search"),
        // Checked when they were read.
        "ExtraHosts": or_null(parsed.all("add-host").filter_map(|host| extra_host(host).ok()).collect()),
        "Links": or_null(list("link")),
        "Privileged": parsed.on("privileged"),
        "PublishAllPorts": parsed.on("publish-all"),
        "ReadonlyRootfs": parsed.on("read-only"),
        "MemorySwappiness": -1,
        "OomKillDisable": false,
        "PidsLimit": 0,
    });
    // Empty rather than missing: engines keep and show what they were sent.
    for field in [
        "BlkioWeightDevice",
        "BlkioDeviceReadBps",
        "BlkioDeviceWriteBps",
        "BlkioDeviceReadIOps",
        "BlkioDeviceWriteIOps",
        "Devices",
        "Ulimits",
    ] {
        config[field] = json!([]);
    }
    if parsed.last("init").is_some() {
        config["Init"] = json!(parsed.on("init"));
    }
    if parsed.last("sysctl").is_some() {
        config["Sysctls"] = pairs(parsed.all("sysctl"));
    }
    config
}

/// `--env-file` and then `-e`: `A=1`, or `A` with the value it has here.
///
/// # Errors
/// The CLI's, for a file that cannot be read or holds what is no variable.
pub(super) fn environment(parsed: &Parsed) -> Result<Vec<String>, String> {
    let mut variables = Vec::new();
    for path in parsed.all("env-file") {
        variables.extend(key_values::read(path, |name| std::env::var(name).ok())?);
    }
    variables.extend(parsed.all("env").map(|variable| {
        if variable.contains('=') {
            return variable.to_owned();
        }
        // One that has no value here is sent by its name: the engine then removes it.
        std::env::var(variable).map_or_else(|_| variable.to_owned(), |value| format!("{variable}={value}"))
    }));
    Ok(variables)
}

/// `NET_ADMIN` and `net_admin` as `CAP_NET_ADMIN`.
fn capability(name: &str) -> String {
    let name = name.trim().to_uppercase();
    if name == "ALL" || name.starts_with("CAP_") {
        name
    } else {
        format!("CAP_{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::flag;
    use super::super::flags;
    use super::*;

    #[test]
    fn a_request_says_what_the_flags_say() {
        let args = [
            "-d",
            "--name",
            "es",
            "--net",
            "dev",
            "-e",
            "A=1",
            "-l",
            "k=v",
            "-h",
            "hh",
            "-w",
            "/tmp",
            "--cap-add",
            "net_admin",
            "alpine",
            "sleep",
            "1d",
        ];
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let body = Request::read(&flag::parse(flags::FLAGS, &args, false).unwrap())
            .unwrap()
            .body;
        assert_eq!(body["Cmd"], json!(["sleep", "1d"]));
        assert_eq!(body["Env"], json!(["A=1"]));
        assert_eq!(body["Labels"], json!({"k": "v"}));
        assert_eq!(body["AttachStdout"], json!(false));
        assert_eq!(body["HostConfig"]["NetworkMode"], json!("dev"));
        assert_eq!(body["HostConfig"]["CapAdd"], json!(["CAP_NET_ADMIN"]));
    }
}
