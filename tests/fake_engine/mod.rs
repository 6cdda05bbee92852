//! A small Engine that only remembers: enough of the API for a lab to look at, on a unix socket, with no kernel objects behind it.
//!
//! It answers in the shapes recorded from Engine 20.10 (`tests/data`), tells its events, and writes down what was asked of it.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What the engine remembers.
#[derive(Default)]
struct Memory {
    networks: Vec<Value>,
    containers: Vec<Value>,
    /// Everything told so far, and who is told more.
    events: Stream,
    observations: Stream,
    requests: Vec<String>,
    clock: i64,
}

#[derive(Default)]
struct Stream {
    told: Vec<String>,
    listeners: Vec<mpsc::UnboundedSender<String>>,
}

impl Stream {
    fn tell(&mut self, line: &Value) {
        let line = format!("{line}\n");
        self.listeners.retain(|listener| listener.send(line.clone()).is_ok());
        self.told.push(line);
    }

    fn listen(&mut self) -> mpsc::UnboundedReceiver<String> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for line in &self.told {
            sender.send(line.clone()).unwrap();
        }
        self.listeners.push(sender);
        receiver
    }
}

/// The engine; ends when dropped.
pub struct FakeEngine {
    pub socket: PathBuf,
    memory: Arc<Mutex<Memory>>,
    server: JoinHandle<()>,
    directory: tempfile::TempDir,
}

impl FakeEngine {
    /// One that tells observations, as ours does.
    pub fn builtin() -> Self {
        Self::start(true)
    }

    /// One that has no such route.
    pub fn docker() -> Self {
        Self::start(false)
    }

    fn start(builtin: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("engine.sock");
        let memory = Arc::new(Mutex::new(Memory::default()));
        for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "null")] {
            memory.lock().unwrap().add_network(name, driver, None);
        }
        memory.lock().unwrap().events.told.clear();
        let server = tokio::spawn(serve(
            UnixListener::bind(&socket).unwrap(),
            Arc::clone(&memory),
            builtin,
        ));
        Self {
            socket,
            memory,
            server,
            directory,
        }
    }

    /// Ends it as a killed process ends: every connection is cut.
    pub fn kill(&self) {
        self.server.abort();
        let mut memory = self.memory();
        memory.events.listeners.clear();
        memory.observations.listeners.clear();
        std::fs::remove_file(&self.socket).unwrap();
    }

    /// Comes back at the same place, with the same memory.
    pub fn revive(&mut self) {
        self.server = tokio::spawn(serve(
            UnixListener::bind(&self.socket).unwrap(),
            Arc::clone(&self.memory),
            true,
        ));
    }

    pub fn create_network(&self, name: &str) -> String {
        self.memory().add_network(name, "bridge", None)
    }

    pub fn remove_network(&self, name: &str) {
        let mut memory = self.memory();
        let at = memory.networks.iter().position(|n| n["Name"] == name).unwrap();
        let network = memory.networks.remove(at);
        memory.event(
            "network",
            "destroy",
            &network["Id"],
            &json!({ "name": name, "type": "bridge" }),
        );
    }

    /// `docker run -d --name NAME --net NETWORK alpine …`
    pub fn run(&self, name: &str, network: &str) {
        let mut memory = self.memory();
        memory.add_container(name, network, "alpine");
        memory.start(name);
    }

    /// `docker create`
    pub fn create_container(&self, name: &str, network: &str) {
        self.memory().add_container(name, network, "alpine");
    }

    pub fn connect(&self, network: &str, container: &str) {
        self.memory().connect(network, container);
    }

    /// The container's process ends.
    pub fn ends(&self, name: &str, code: i64) {
        self.memory().die(name, code);
    }

    pub fn remove_container(&self, name: &str) {
        self.memory().remove_container(name);
    }

    /// Tells an observation.
    pub fn observe(&self, observation: &Value) {
        self.memory().observations.tell(observation);
    }

    /// What was asked, `METHOD path`, in order.
    pub fn requests(&self) -> Vec<String> {
        self.memory().requests.clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Memory {
    fn event(&mut self, kind: &str, action: &str, id: &Value, attributes: &Value) {
        self.clock += 1;
        let at = 1_795_483_476_000_000_000 + self.clock * 2_000_000_000;
        self.events.tell(&json!({
            "Type": kind, "Action": action, "Actor": { "ID": id, "Attributes": attributes },
            "scope": "local", "time": at / 1_000_000_000, "timeNano": at,
        }));
    }

    fn add_network(&mut self, name: &str, driver: &str, subnet: Option<&str>) -> String {
        let n = self.networks.len();
        let id = format!("{:012x}{}", 0xa_000 + n, "a".repeat(52));
        let subnet = subnet.map_or_else(|| format!("172.{}.0.0/16", 17 + n), str::to_owned);
        let pools = if driver == "bridge" {
            json!([{ "Subnet": subnet }])
        } else {
            json!([])
        };
        let options = if name == "bridge" {
            json!({ "com.docker.network.bridge.name": "docker0" })
        } else {
            json!({})
        };
        self.networks.push(json!({
            "Name": name, "Id": id, "Created": format!("2026-11-24T01:24:36.{n:09}Z"), "Scope": "local", "Driver": driver,
            "EnableIPv6": false, "IPAM": { "Driver": "default", "Options": {}, "Config": pools }, "Internal": false,
            "Containers": {}, "Options": options, "Labels": {},
        }));
        self.event(
            "network",
            "create",
            &json!(id),
            &json!({ "name": name, "type": driver }),
        );
        id
    }

    fn add_container(&mut self, name: &str, network: &str, image: &str) -> String {
        let n = self.containers.len();
        let id = format!("{:012x}{}", 0xc_000 + n, "c".repeat(52));
        let network_id = self.network(network)["Id"].clone();
        self.containers.push(json!({
            "Id": id, "Name": format!("/{name}"), "Created": format!("2026-11-24T01:24:37.{n:09}Z"),
            "State": { "Status": "created", "Running": false, "ExitCode": 0 },
            "Config": { "Image": image, "Hostname": &id[..12] }, "HostConfig": { "NetworkMode": network },
            "NetworkSettings": { "Networks": { network: {
                "NetworkID": network_id, "EndpointID": "", "IPAddress": "", "IPPrefixLen": 0, "MacAddress": "", "Aliases": null,
            } } },
        }));
        self.event(
            "container",
            "create",
            &json!(id),
            &json!({ "name": name, "image": image }),
        );
        id
    }

    fn start(&mut self, name: &str) {
        let at = self.position(name);
        let names: Vec<String> = self.containers[at]["NetworkSettings"]["Networks"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        for network in names {
            self.attach(at, &network);
        }
        self.containers[at]["State"] = json!({ "Status": "running", "Running": true, "ExitCode": 0 });
        let id = self.containers[at]["Id"].clone();
        self.event("container", "start", &id, &json!({ "name": name, "image": "alpine" }));
    }

    fn connect(&mut self, network: &str, container: &str) {
        let at = self.position(container);
        self.attach(at, network);
    }

    fn attach(&mut self, at: usize, network: &str) {
        let taken = self.containers.iter().filter(|c| {
            !c["NetworkSettings"]["Networks"][network]["IPAddress"]
                .as_str()
                .unwrap_or("")
                .is_empty()
        });
        let host = 2 + taken.count();
        let known = self.network(network);
        let subnet: ipnetwork::Ipv4Network = known["IPAM"]["Config"][0]["Subnet"].as_str().unwrap().parse().unwrap();
        let ip = subnet.nth(u32::try_from(host).unwrap()).unwrap();
        let [_, _, c, d] = ip.octets();
        let (id, network_id) = (self.containers[at]["Id"].clone(), known["Id"].clone());
        let aliases = self.containers[at]["NetworkSettings"]["Networks"][network]["Aliases"].clone();
        self.containers[at]["NetworkSettings"]["Networks"][network] = json!({
            "NetworkID": network_id, "EndpointID": "e".repeat(64), "Gateway": subnet.nth(1).unwrap().to_string(),
            "IPAddress": ip.to_string(), "IPPrefixLen": subnet.prefix(), "MacAddress": format!("02:42:ac:12:{c:02x}:{d:02x}"),
            "Aliases": aliases,
        });
        self.event(
            "network",
            "connect",
            &network_id,
            &json!({ "name": network, "type": "bridge", "container": id }),
        );
    }

    fn die(&mut self, name: &str, code: i64) {
        let at = self.position(name);
        let id = self.containers[at]["Id"].clone();
        self.containers[at]["State"] = json!({ "Status": "exited", "Running": false, "ExitCode": code });
        for (_, endpoint) in self.containers[at]["NetworkSettings"]["Networks"]
            .as_object_mut()
            .unwrap()
        {
            for (key, empty) in [
                ("EndpointID", json!("")),
                ("IPAddress", json!("")),
                ("IPPrefixLen", json!(0)),
                ("MacAddress", json!("")),
            ] {
                endpoint[key] = empty;
            }
        }
        self.event(
            "container",
            "die",
            &id,
            &json!({ "name": name, "image": "alpine", "exitCode": code.to_string() }),
        );
    }

    fn remove_container(&mut self, name: &str) {
        let at = self.position(name);
        let id = self.containers.remove(at)["Id"].clone();
        self.event("container", "destroy", &id, &json!({ "name": name, "image": "alpine" }));
    }

    fn network(&self, name: &str) -> Value {
        self.networks
            .iter()
            .find(|n| n["Name"] == name || n["Id"] == name)
            .unwrap()
            .clone()
    }

    fn position(&self, name: &str) -> usize {
        let slashed = format!("/{name}");
        self.containers
            .iter()
            .position(|c| c["Name"] == slashed.as_str() || c["Id"] == name)
            .unwrap()
    }
}

type Body = BoxBody<Bytes, Infallible>;

async fn serve(listener: UnixListener, memory: Arc<Mutex<Memory>>, builtin: bool) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let memory = Arc::clone(&memory);
        let service = hyper::service::service_fn(move |request| {
            let memory = Arc::clone(&memory);
            async move { Ok::<_, Infallible>(answer(request, &memory, builtin).await) }
        });
        connections.spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(request: Request<Incoming>, memory: &Mutex<Memory>, builtin: bool) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let path = path
        .strip_prefix("/v1.")
        .and_then(|rest| rest.find('/').map(|at| rest[at..].to_owned()))
        .unwrap_or(path);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let method = request.method().clone();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut memory = memory.lock().unwrap();
    memory.requests.push(format!("{method} {path}"));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (&method, parts.as_slice()) {
        (_, ["version"]) => ok(&serde_json::from_str(include_str!("../data/engine-20.10/version.json")).unwrap()),
        (_, ["events"]) => streamed(memory.events.listen()),
        (_, ["lab", "observations"]) if builtin => streamed(memory.observations.listen()),
        (&Method::GET, ["networks"]) => ok(&json!(memory.networks)),
        (&Method::GET, ["containers", "json"]) => {
            let list = memory
                .containers
                .iter()
                .map(|c| json!({ "Id": c["Id"], "Names": [c["Name"]] }));
            ok(&list.collect::<Value>())
        }
        (&Method::GET, ["networks", id]) => found(memory.networks.iter().find(|n| n["Id"] == *id || n["Name"] == *id)),
        (&Method::GET, ["containers", id, "json"]) => {
            let slashed = format!("/{id}");
            found(
                memory
                    .containers
                    .iter()
                    .find(|c| c["Id"] == *id || c["Name"] == slashed.as_str()),
            )
        }
        (&Method::POST, ["networks", "create"]) => {
            let subnet = body["IPAM"]["Config"][0]["Subnet"].as_str();
            let id = memory.add_network(body["Name"].as_str().unwrap(), "bridge", subnet);
            json_response(StatusCode::CREATED, &json!({ "Id": id, "Warning": "" }))
        }
        (&Method::POST, ["networks", network, "connect"]) => {
            memory.connect(network, body["Container"].as_str().unwrap());
            ok(&Value::Null)
        }
        (&Method::POST, ["containers", "create"]) => {
            let name = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("name="))
                .unwrap()
                .to_owned();
            let image = body["Image"].as_str().unwrap();
            if !["alpine", "elasticsearch:2"].contains(&image) {
                let message = format!("No such image: {image}:latest");
                return json_response(StatusCode::NOT_FOUND, &json!({ "message": message }));
            }
            let id = memory.add_container(&name, body["HostConfig"]["NetworkMode"].as_str().unwrap(), image);
            json_response(StatusCode::CREATED, &json!({ "Id": id, "Warnings": [] }))
        }
        (&Method::POST, ["containers", name, "start"]) => {
            memory.start(name);
            Response::builder()
                .status(StatusCode::NO_CONTENT)
                .body(full(""))
                .unwrap()
        }
        (&Method::DELETE, ["containers", name]) => {
            memory.remove_container(name);
            Response::builder()
                .status(StatusCode::NO_CONTENT)
                .body(full(""))
                .unwrap()
        }
        _ => json_response(StatusCode::NOT_FOUND, &json!({ "message": "page not found" })),
    }
}

fn ok(value: &Value) -> Response<Body> {
    json_response(StatusCode::OK, value)
}

fn found(value: Option<&Value>) -> Response<Body> {
    value.map_or_else(
        || json_response(StatusCode::NOT_FOUND, &json!({ "message": "No such object" })),
        ok,
    )
}

fn json_response(status: StatusCode, value: &Value) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(full(&value.to_string()))
        .unwrap()
}

fn streamed(mut receiver: mpsc::UnboundedReceiver<String>) -> Response<Body> {
    let frames = futures_util::stream::poll_fn(move |context| {
        receiver
            .poll_recv(context)
            .map(|line| line.map(|line| Ok(Frame::data(Bytes::from(line)))))
    });
    Response::new(BodyExt::boxed(StreamBody::new(frames)))
}

fn full(text: &str) -> Body {
    Full::new(Bytes::from(text.to_owned())).boxed()
}

/// A path that nothing listens on.
pub fn nowhere(engine: &FakeEngine) -> PathBuf {
    engine.directory.path().join("nowhere.sock")
}

/// The lesson's directory in the source tree.
pub fn lessons() -> &'static Path {
    Path::new("lessons")
}
