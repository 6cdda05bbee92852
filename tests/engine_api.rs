//! The built-in engine as a client sees it: bollard against `cnm lab --socket`, on a real kernel.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod support;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, ContainerStateStatusEnum, EndpointIpamConfig, EndpointSettings, EventMessage, HostConfig,
    Ipam, IpamConfig, NetworkCreateRequest, NetworkingConfig,
};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, EventsOptionsBuilder, ListContainersOptionsBuilder,
    LogsOptionsBuilder, RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt;
use support::requests;

/// A lab of its own for each test, with a client; it ends with it.
struct Lab {
    served: support::Lab,
    docker: Docker,
}

impl Lab {
    fn start(era: &str) -> Self {
        let served = support::Lab::start_with(&["--era", era], &[("CNM_FAULTS", "1")]);
        let docker =
            Docker::connect_with_unix(&served.socket.to_string_lossy(), 60, bollard::API_DEFAULT_VERSION).unwrap();
        Self { served, docker }
    }

    async fn network(&self, name: &str) -> Result<String, Error> {
        let created = self.docker.create_network(requests::network(name)).await?;
        Ok(created.id)
    }

    async fn create(&self, name: &str, network: &str, words: &[&str]) -> Result<String, Error> {
        let body = requests::container(network, words);
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        self.docker
            .create_container(Some(options), body)
            .await
            .map(|created| created.id)
    }

    async fn run(&self, name: &str, network: &str, words: &[&str]) -> String {
        let id = self.create(name, network, words).await.unwrap();
        self.docker.start_container(name, None).await.unwrap();
        id
    }

    async fn address(&self, name: &str, network: &str) -> String {
        let inspected = self.docker.inspect_container(name, None).await.unwrap();
        inspected.network_settings.unwrap().networks.unwrap()[network]
            .ip_address
            .clone()
            .unwrap_or_default()
    }

    async fn exit_code(&self, name: &str) -> i64 {
        let mut waiting = self
            .docker
            .wait_container(name, Some(WaitContainerOptionsBuilder::default().build()));
        match waiting.next().await.unwrap() {
            Ok(ended) => ended.status_code,
            Err(Error::DockerContainerWaitError { code, .. }) => code,
            Err(error) => panic!("{error}"),
        }
    }

    async fn remove(&self, name: &str) -> Result<(), Error> {
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        self.docker.remove_container(name, Some(force)).await
    }

    /// Output of a container that has ended.
    async fn output(&self, name: &str) -> String {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).build();
        let logs = self
            .docker
            .logs(name, Some(options))
            .map(|line| line.unwrap().to_string());
        logs.collect::<Vec<_>>().await.concat()
    }

    /// Runs words to their end on a network; exit code and output.
    async fn ran(&self, network: &str, words: &[&str]) -> (i64, String) {
        self.run("probe", network, words).await;
        let ended = (self.exit_code("probe").await, self.output("probe").await);
        self.remove("probe").await.unwrap();
        ended
    }

    /// What happened so far, as `container die` lines.
    async fn events(&self) -> Vec<String> {
        // `until` has whole seconds: the present one is waited for.
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let until = (now.as_secs() + 1).to_string();
        let options = EventsOptionsBuilder::default().since("1").until(&until).build();
        let line = |event: EventMessage| format!("{} {}", event.typ.unwrap().as_ref(), event.action.unwrap());
        self.docker
            .events(Some(options))
            .map(|event| line(event.unwrap()))
            .collect()
            .await
    }
}

fn refusal(error: &Error) -> (u16, String) {
    match error {
        Error::DockerResponseServerError { status_code, message } => (*status_code, message.clone()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_network_a_container_and_a_ping() {
    let lab = Lab::start("28");
    let version = lab.docker.version().await.unwrap();
    assert_eq!(
        (version.version.unwrap().as_str(), version.api_version.unwrap().as_str()),
        ("28.5.2", "1.51")
    );
    let dev = lab.network("dev").await.unwrap();
    let id = lab.run("es", "dev", &["sleep", "99"]).await;
    assert_eq!(lab.address("es", "dev").await, "172.18.0.2");

    let network = lab.docker.inspect_network("dev", None).await.unwrap();
    assert_eq!(network.id.as_deref(), Some(dev.as_str()));
    assert_eq!(
        network.containers.unwrap()[&id].ipv4_address.as_deref(),
        Some("172.18.0.2/16")
    );
    let (code, output) = lab.ran("dev", &["ping", "-c1", "-W10", "172.18.0.2"]).await;
    assert_eq!(code, 0, "{output}");
    let (code, output) = lab.ran("bridge", &["ping", "-c1", "-W1", "172.18.0.2"]).await;
    assert_eq!(code, 1, "another network got an answer: {output}");
    let (code, output) = lab.ran("dev", &["ping", "-c1", "-W10", "192.168.1.1"]).await;
    assert_eq!(code, 0, "the router does not answer: {output}");

    let (code, text) = refusal(&lab.docker.remove_network("dev").await.unwrap_err());
    assert!(
        code == 403 && text.contains("network dev has active endpoints (name:\"es\" id:\""),
        "{code} {text}"
    );
    lab.remove("es").await.unwrap();
    lab.docker.remove_network("dev").await.unwrap();
    assert_eq!(
        refusal(&lab.docker.inspect_network("dev", None).await.unwrap_err()).1,
        "network dev not found"
    );
}

#[tokio::test]
async fn an_internal_network_has_no_way_out() {
    let lab = Lab::start("28");
    let request = NetworkCreateRequest {
        name: "in".into(),
        internal: Some(true),
        ..NetworkCreateRequest::default()
    };
    lab.docker.create_network(request).await.unwrap();
    lab.run("peer", "in", &["sleep", "99"]).await;
    let peer = lab.address("peer", "in").await;
    assert_eq!(lab.ran("in", &["ping", "-c1", "-W10", &peer]).await.0, 0);
    let (code, output) = lab.ran("in", &["ping", "-c1", "-W1", "192.168.1.1"]).await;
    assert!(
        code != 0 && output.to_lowercase().contains("unreachable"),
        "{code} {output}"
    );
}

#[tokio::test]
async fn fixed_addresses_and_ranges() {
    let lab = Lab::start("28");
    let config = IpamConfig {
        subnet: Some("10.66.0.0/16".into()),
        ip_range: Some("10.66.8.0/24".into()),
        ..IpamConfig::default()
    };
    let ipam = Ipam {
        config: Some(vec![config]),
        ..Ipam::default()
    };
    let request = NetworkCreateRequest {
        name: "pubnet".into(),
        ipam: Some(ipam),
        ..NetworkCreateRequest::default()
    };
    lab.docker.create_network(request).await.unwrap();
    lab.run("auto", "pubnet", &["sleep", "99"]).await;
    assert_eq!(
        lab.address("auto", "pubnet").await,
        "10.66.8.1",
        "the gateway took the range's first address"
    );
    let ipam = EndpointIpamConfig {
        ipv4_address: Some("10.66.66.66".into()),
        ..EndpointIpamConfig::default()
    };
    let endpoint = EndpointSettings {
        ipam_config: Some(ipam),
        ..EndpointSettings::default()
    };
    let body = ContainerCreateBody {
        image: Some("alpine".into()),
        cmd: Some(vec!["ip".into(), "-4".into(), "addr".into()]),
        host_config: Some(HostConfig {
            network_mode: Some("pubnet".into()),
            ..HostConfig::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some([("pubnet".to_owned(), endpoint)].into()),
        }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::default().name("fixed").build();
    lab.docker.create_container(Some(options), body).await.unwrap();
    lab.docker.start_container("fixed", None).await.unwrap();
    assert_eq!(lab.exit_code("fixed").await, 0);
    let output = lab.output("fixed").await;
    assert!(output.contains("inet 10.66.66.66/16"), "{output}");
}

#[tokio::test]
async fn attached_output_exit_codes_and_events() {
    let lab = Lab::start("28");
    lab.create("talk", "bridge", &["sh", "-c", "echo out; echo err >&2; exit 3"])
        .await
        .unwrap();
    let options = AttachContainerOptionsBuilder::default()
        .stream(true)
        .stdout(true)
        .stderr(true)
        .build();
    let attached = lab.docker.attach_container("talk", Some(options)).await.unwrap();
    lab.docker.start_container("talk", None).await.unwrap();
    let mut seen: Vec<String> = attached
        .output
        .map(|piece| match piece.unwrap() {
            LogOutput::StdOut { message } => format!("1 {}", String::from_utf8_lossy(&message)),
            LogOutput::StdErr { message } => format!("2 {}", String::from_utf8_lossy(&message)),
            other => panic!("{other:?}"),
        })
        .collect()
        .await;
    seen.sort_unstable();
    assert_eq!(seen, ["1 out\n", "2 err\n"]);
    assert_eq!(lab.exit_code("talk").await, 3);
    lab.remove("talk").await.unwrap();
    lab.run("stays", "bridge", &["sleep", "99"]).await;
    lab.remove("stays").await.unwrap();
    let run = ["container create", "network connect", "container start"];
    let end = ["network disconnect", "container die"];
    let mut expected = run.to_vec();
    expected.insert(1, "container attach");
    expected.extend(
        end.into_iter()
            .chain(["container destroy"])
            .chain(run)
            .chain(["container kill"]),
    );
    expected.extend(end.into_iter().chain(["container destroy"]));
    assert_eq!(lab.events().await, expected);
}

#[tokio::test]
async fn a_command_that_is_not_there_leaves_its_reason() {
    let lab = Lab::start("28");
    lab.create("bad", "bridge", &["nosuchcmd"]).await.unwrap();
    let (code, text) = refusal(&lab.docker.start_container("bad", None).await.unwrap_err());
    assert_eq!(code, 400);
    assert!(
        text.ends_with("exec: \"nosuchcmd\": executable file not found in $PATH: unknown"),
        "{text}"
    );
    let state = lab.docker.inspect_container("bad", None).await.unwrap().state.unwrap();
    assert_eq!(
        (state.status, state.exit_code),
        (Some(ContainerStateStatusEnum::CREATED), Some(127))
    );
    assert_eq!(state.error, Some(text));
}

#[tokio::test]
async fn each_step_of_a_start_can_fail_and_nothing_of_it_stays() {
    let lab = Lab::start("28");
    lab.network("dev").await.unwrap();
    lab.run("model", "dev", &["sleep", "99"]).await;
    let (start, rm) = (lab.served.steps("start model").len(), "rm -f model");
    lab.remove("model").await.unwrap();
    let removal = lab.served.steps(rm).len();
    lab.create("c1", "dev", &["sleep", "99"]).await.unwrap();
    for step in 0..start {
        lab.served.fail_next("start c1", step);
        let (code, text) = refusal(&lab.docker.start_container("c1", None).await.unwrap_err());
        assert!(code == 500 && !text.is_empty(), "step {step}: {code} {text}");
        let inspected = lab.docker.inspect_container("c1", None).await.unwrap();
        assert_eq!(inspected.state.unwrap().error, Some(text), "step {step}");
        assert!(
            lab.docker
                .inspect_network("dev", None)
                .await
                .unwrap()
                .containers
                .unwrap()
                .is_empty()
        );
    }
    lab.docker.start_container("c1", None).await.unwrap();
    assert_eq!(
        lab.address("c1", "dev").await,
        "172.18.0.2",
        "each failed start gave its address back"
    );
    for step in 0..removal {
        lab.served.fail_next("rm -f c1", step);
        assert_eq!(refusal(&lab.remove("c1").await.unwrap_err()).0, 500);
        assert_eq!(lab.address("c1", "dev").await, "172.18.0.2");
        let (code, output) = lab.ran("dev", &["ping", "-c1", "-W10", "172.18.0.2"]).await;
        assert_eq!(code, 0, "after a removal failed at step {step}: {output}");
    }
    lab.remove("c1").await.unwrap();
}

#[tokio::test]
async fn each_step_of_a_network_can_fail_and_nothing_of_it_stays() {
    let lab = Lab::start("28");
    lab.network("model").await.unwrap();
    lab.docker.remove_network("model").await.unwrap();
    let (create, remove) = (
        lab.served.steps("network create model").len(),
        lab.served.steps("network rm model").len(),
    );
    for step in 0..create {
        lab.served.fail_next("network create dev", step);
        let (code, text) = refusal(&lab.network("dev").await.unwrap_err());
        assert!(code == 500 && !text.is_empty(), "step {step}: {code} {text}");
        assert_eq!(lab.docker.list_networks(None).await.unwrap().len(), 3);
    }
    lab.network("dev").await.unwrap();
    lab.run("es", "dev", &["sleep", "99"]).await;
    assert_eq!(
        lab.address("es", "dev").await,
        "172.18.0.2",
        "each failed create gave its subnet back"
    );
    lab.remove("es").await.unwrap();
    for step in 0..remove {
        lab.served.fail_next("network rm dev", step);
        assert_eq!(refusal(&lab.docker.remove_network("dev").await.unwrap_err()).0, 500);
        let (code, output) = lab.ran("dev", &["ping", "-c1", "-W10", "192.168.1.1"]).await;
        assert_eq!(code, 0, "after a removal failed at step {step}: {output}");
    }
    lab.docker.remove_network("dev").await.unwrap();
}

#[tokio::test]
async fn the_old_era_answers_as_it_did() {
    let lab = Lab::start("20.10");
    let version = lab.docker.version().await.unwrap();
    assert_eq!(
        (version.version.unwrap().as_str(), version.api_version.unwrap().as_str()),
        ("20.10.24", "1.41")
    );
    let docker = lab.docker.clone().negotiate_version().await.unwrap();
    assert_eq!(
        refusal(&docker.inspect_container("nope", None).await.unwrap_err()).1,
        "No such container: nope"
    );
    let (_, hosts) = lab.served.http("GET", "/v1.41/networks/bridge", "");
    assert!(!hosts.contains("EnableIPv4"), "{hosts}");
}

#[tokio::test]
async fn twenty_at_once() {
    let lab = Lab::start("28");
    lab.network("dev").await.unwrap();
    let names: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
    futures_util::future::join_all(names.iter().map(|name| lab.run(name, "dev", &["sleep", "99"]))).await;
    let listed = lab
        .docker
        .list_containers(Some(ListContainersOptionsBuilder::default().build()))
        .await
        .unwrap();
    assert_eq!(listed.len(), 20);
    let mut addresses = Vec::new();
    for name in &names {
        addresses.push(lab.address(name, "dev").await);
    }
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 20, "an address was given twice");
    for removed in futures_util::future::join_all(names.iter().map(|name| lab.remove(name))).await {
        removed.unwrap();
    }
    lab.docker.remove_network("dev").await.unwrap();
}
