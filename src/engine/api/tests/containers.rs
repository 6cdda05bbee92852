use serde_json::json;

use super::streams::{send, until};
use super::*;

#[tokio::test]
async fn a_life() {
    let lab = Lab::modern();
    let id = lab.create("web", &["sleep", "a b"]).await;
    let created = lab.get("/containers/web/json").await.json();
    assert_eq!(created["State"]["Status"], "created");
    assert_eq!(created["State"]["StartedAt"], "0001-01-01T00:00:00Z");
    assert_eq!(lab.get("/containers/json").await.json(), json!([]));
    assert_eq!(lab.call("POST", "/containers/web/start").await.status, 204);
    assert_eq!(lab.call("POST", "/containers/web/start").await.status, 304);
    let listed = lab.get("/containers/json").await.json();
    assert_eq!(listed[0]["Command"], "sleep 'a b'");
    assert_eq!(listed[0]["Names"], json!(["/web"]));
    assert_eq!(
        listed[0]["NetworkSettings"]["Networks"]["bridge"]["IPAddress"],
        "172.17.0.2"
    );
    let refused = lab.call("DELETE", "/containers/web").await;
    let text =
        "cannot remove container \"web\": container is running: stop the container before removing or force remove";
    assert_eq!((refused.status, refused.message().as_str()), (409, text));
    assert_eq!(lab.call("POST", "/containers/web/stop?t=1").await.status, 204);
    assert_eq!(lab.call("POST", "/containers/web/stop").await.status, 304);
    let ended = lab.get(&format!("/containers/{}/json", &id[..12])).await.json();
    assert_eq!(
        (ended["State"]["Status"].as_str(), ended["State"]["ExitCode"].as_i64()),
        (Some("exited"), Some(143))
    );
    assert_eq!(ended["NetworkSettings"]["Networks"]["bridge"]["IPAddress"], "");
    assert_eq!(
        ended["NetworkSettings"]["Networks"]["bridge"]["NetworkID"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
    let killed = lab.call("POST", "/containers/web/kill").await;
    assert_eq!(
        (killed.status, killed.message()),
        (
            409,
            format!("cannot kill container: web: container {id} is not running")
        )
    );
    assert_eq!(lab.call("DELETE", "/containers/web?v=1").await.status, 204);
    assert_eq!(
        lab.get("/containers/web/json").await.message(),
        "No such container: web"
    );
}

#[tokio::test]
async fn inspect_has_dockers_members_in_dockers_order() {
    let lab = Lab::modern();
    lab.create("web", &["sleep", "9"]).await;
    let body = lab.get("/containers/web/json").await.json();
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        members(&body),
        "Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform \
         MountLabel ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config NetworkSettings"
    );
    assert_eq!(
        members(&body["NetworkSettings"]["Networks"]["bridge"]),
        "IPAMConfig Links Aliases MacAddress DriverOpts GwPriority NetworkID EndpointID Gateway IPAddress IPPrefixLen \
         IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen DNSNames"
    );
    let old = Lab::new(Era::E20_10);
    old.create("web", &["sleep", "9"]).await;
    let body = old.get("/containers/web/json").await.json();
    assert_eq!(
        members(&body["NetworkSettings"]["Networks"]["bridge"]),
        "IPAMConfig Links Aliases NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway GlobalIPv6Address \
         GlobalIPv6PrefixLen MacAddress DriverOpts"
    );
    assert_eq!(body["HostConfig"]["NetworkMode"], "default");
}

#[tokio::test]
async fn aliases_by_api_version() {
    let lab = Lab::modern();
    lab.post("/networks/create", &json!({"Name": "dev"})).await;
    let body = json!({
        "Image": "alpine", "Hostname": "h1", "HostConfig": {"NetworkMode": "dev"},
        "NetworkingConfig": {"EndpointsConfig": {"dev": {"Aliases": ["search"], "IPAMConfig": {}}}},
    });
    let id = lab.post("/containers/create?name=es", &body).await.json()["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    lab.call("POST", "/containers/es/start").await;
    let endpoint = |body: Value| body["NetworkSettings"]["Networks"]["dev"].clone();
    let now = endpoint(lab.get("/v1.51/containers/es/json").await.json());
    assert_eq!((&now["Aliases"], &now["IPAMConfig"]), (&json!(["search"]), &json!({})));
    assert_eq!(now["DNSNames"], json!(["es", "search", &id[..12], "h1"]));
    let before = endpoint(lab.get("/v1.44/containers/es/json").await.json());
    assert_eq!(before["Aliases"], json!(["search", &id[..12], "h1"]));
}

#[tokio::test]
async fn several_networks_need_api_1_44() {
    let lab = Lab::modern();
    let body = json!({
        "Image": "alpine", "HostConfig": {"NetworkMode": "a1"},
        "NetworkingConfig": {"EndpointsConfig": {"a1": null, "b1": {}}},
    });
    let said = lab.post("/v1.43/containers/create", &body).await;
    assert_eq!(
        said.message(),
        "Container cannot be created with multiple network endpoints: a1, b1"
    );
    assert_eq!(lab.post("/v1.44/containers/create", &body).await.status, 201);
}

#[tokio::test]
async fn options_that_are_not_honoured_are_refused() {
    let lab = Lab::modern();
    for (body, part) in [
        (json!({"Image": "alpine", "User": "1000"}), "--user 1000"),
        (json!({"Image": "alpine", "Volumes": {"/data": {}}}), "(-v)"),
        (
            json!({"Image": "alpine", "Healthcheck": {"Test": ["CMD", "x"]}}),
            "(--health-cmd)",
        ),
        (
            json!({"Image": "alpine", "HostConfig": {"Privileged": true}}),
            "(--privileged)",
        ),
    ] {
        let said = lab.post("/containers/create", &body).await;
        assert!(
            said.status == 501 && said.message().contains(part),
            "{body}: {}",
            said.body
        );
    }
    assert_eq!(lab.get("/containers/json?all=1").await.json(), json!([]));
}

#[tokio::test]
async fn lists_filter_and_limit() {
    let lab = Lab::modern();
    for (name, words) in [
        ("one", ["exit", "3"]),
        ("two", ["sleep", "9"]),
        ("three", ["sleep", "9"]),
    ] {
        lab.create(name, &words).await;
    }
    // Its head is the sign that it waits.
    let wait = "POST /containers/one/wait?condition=next-exit HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut end = send(&lab, wait).await;
    until(&mut end, "\r\n\r\n").await;
    for name in ["one", "two"] {
        lab.call("POST", &format!("/containers/{name}/start")).await;
    }
    until(&mut end, "{\"StatusCode\":3}\n").await;
    let names = |value: Value| {
        let all = value.as_array().unwrap().clone();
        all.iter()
            .map(|container| container["Names"][0].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (query, expected) in [
        ("", "/two"),
        ("?all=True", "/three /two /one"),
        ("?limit=1", "/three"),
        ("?limit=-1&all=0", "/two"),
        ("?filters=%7B%22status%22:%5B%22exited%22%5D%7D", "/one"),
        ("?all=1&filters=%7B%22exited%22:%5B%223%22%5D%7D", "/one"),
        ("?all=1&filters=%7B%22name%22:%7B%22t%22:true%7D%7D", "/three /two"),
        ("?all=1&filters=%7B%22before%22:%5B%22two%22%5D%7D", "/one"),
        ("?all=1&filters=%7B%22since%22:%5B%22two%22%5D%7D", "/three"),
        ("?filters=%7B%22network%22:%5B%22bridge%22%5D%7D", "/two"),
        ("?all=1&filters=%7B%22ancestor%22:%5B%22busybox%22%5D%7D", ""),
    ] {
        assert_eq!(
            names(lab.get(&format!("/containers/json{query}")).await.json()),
            expected,
            "{query}"
        );
    }
    let said = lab
        .get("/containers/json?filters=%7B%22status%22:%5B%22x%22%5D%7D")
        .await;
    assert!(said.message().starts_with("invalid filter 'status=x'"));
}

#[tokio::test]
async fn refused_starts_are_remembered() {
    let lab = Lab::modern();
    lab.create("bad", &["nosuch"]).await;
    let said = lab.call("POST", "/containers/bad/start").await;
    assert_eq!(said.status, 400);
    assert!(
        said.message()
            .ends_with("exec: \"nosuch\": executable file not found in $PATH: unknown")
    );
    let state = lab.get("/containers/bad/json").await.json()["State"].clone();
    assert_eq!(
        (state["ExitCode"].as_i64(), state["Error"].as_str()),
        (Some(127), Some(said.message().as_str()))
    );
    assert_eq!(
        lab.post_text("/containers/bad/start", "application/json", "{\"a\": 123}")
            .await
            .status,
        400
    );
}
