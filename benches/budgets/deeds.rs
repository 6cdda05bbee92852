//! What an engine is asked to do, one at a time.

use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::models::{
    ContainerCreateBody, HostConfig, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};
use futures_util::StreamExt;

/// Each deed and its budget.
pub const NAMES: [(&str, &str); 7] = [
    ("network create", "1 ms"),
    ("network rm", "1 ms"),
    ("container create + start", "7 ms"),
    ("container rm -f", "3 ms"),
    ("network connect", "1.5 ms"),
    ("network disconnect", "1 ms"),
    ("exec of `true`, to its end", "–"),
];

/// Timings of each, in the order of [`NAMES`].
pub async fn all(docker: &Docker, image: &str, rounds: usize) -> Vec<Vec<Duration>> {
    let mut times = vec![Vec::new(); NAMES.len()];
    let mut note = |slot: usize, began: Instant| times[slot].push(began.elapsed());
    for round in 0..rounds {
        let (network, name) = (format!("bench-{round}"), format!("bench-c-{round}"));
        let began = Instant::now();
        create_network(docker, &network).await;
        note(0, began);
        let began = Instant::now();
        run(docker, image, &name, &network).await;
        note(2, began);
        let other = format!("{network}-other");
        create_network(docker, &other).await;
        let began = Instant::now();
        let wanted = NetworkConnectRequest {
            container: name.clone(),
            ..Default::default()
        };
        docker.connect_network(&other, wanted).await.expect("it is connected");
        note(4, began);
        let began = Instant::now();
        exec(docker, &name).await;
        note(6, began);
        let began = Instant::now();
        let wanted = NetworkDisconnectRequest {
            container: name.clone(),
            ..Default::default()
        };
        docker
            .disconnect_network(&other, wanted)
            .await
            .expect("it is disconnected");
        note(5, began);
        docker.remove_network(&other).await.expect("a network is removed");
        let began = Instant::now();
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        docker
            .remove_container(&name, Some(force))
            .await
            .expect("a container is removed");
        note(3, began);
        let began = Instant::now();
        docker.remove_network(&network).await.expect("a network is removed");
        note(1, began);
    }
    times
}

/// A network of that name.
pub async fn create_network(docker: &Docker, name: &str) {
    let wanted = NetworkCreateRequest {
        name: name.into(),
        ..Default::default()
    };
    docker.create_network(wanted).await.expect("a network is created");
}

/// A container of that name on that network, started.
pub async fn run(docker: &Docker, image: &str, name: &str, network: &str) {
    let body = ContainerCreateBody {
        image: Some(image.into()),
        cmd: Some(vec!["sleep".into(), "600".into()]),
        host_config: Some(HostConfig {
            network_mode: Some(network.into()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::default().name(name).build();
    docker
        .create_container(Some(options), body)
        .await
        .expect("a container is created");
    docker.start_container(name, None).await.expect("a container starts");
}

async fn exec(docker: &Docker, name: &str) {
    let options = CreateExecOptions {
        cmd: Some(vec!["true"]),
        attach_stdout: Some(true),
        ..Default::default()
    };
    let exec = docker.create_exec(name, options).await.expect("an exec is created");
    let started = docker.start_exec(&exec.id, None).await.expect("an exec starts");
    if let StartExecResults::Attached { mut output, .. } = started {
        while output.next().await.is_some() {}
    }
}
