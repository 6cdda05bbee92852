use super::*;

#[tokio::test]
async fn ping_in_both_ways() {
    let lab = Lab::modern();
    let head = lab
        .raw("HEAD /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for (name, value) in [
        ("Api-Version", "1.51"),
        ("Ostype", "linux"),
        ("Docker-Experimental", "false"),
        ("Server", "Docker/28.5.2 (linux)"),
        ("Swarm", "inactive"),
        ("Pragma", "no-cache"),
        ("Cache-Control", "no-cache, no-store, must-revalidate"),
    ] {
        assert_eq!(head.header(name), Some(value), "{}", head.head);
    }
    assert_eq!(lab.get("/_ping").await.body, "OK");
    assert_eq!(
        Lab::new(Era::E20_10).get("/v1.41/_ping").await.header("Api-Version"),
        Some("1.41")
    );
}

#[tokio::test]
async fn versions_and_routes_that_are_not_here() {
    let lab = Lab::modern();
    let version = lab.get("/version").await.json();
    assert_eq!(
        (version["ApiVersion"].as_str(), version["MinAPIVersion"].as_str()),
        (Some("1.51"), Some("1.24"))
    );
    let said = lab.get("/v1.99/info").await;
    assert_eq!(
        (said.status, said.header("Server")),
        (400, Some("Docker/28.5.2 (linux)"))
    );
    assert_eq!(
        said.message(),
        "client version 1.99 is too new. Maximum supported API version is 1.51"
    );
    assert_eq!(lab.get("/nosuch").await.message(), "page not found");
    assert_eq!(lab.get("/v1.41/volumes/x").await.message(), "get x: no such volume");
    assert_eq!(lab.call("PUT", "/networks/create").await.status, 404);
    let info = lab.get("/info").await.json();
    assert_eq!(info["Swarm"]["LocalNodeState"], "inactive");
    assert_eq!(info["Images"], crate::engine::images::catalogue::all().len());
}

#[tokio::test]
async fn a_build_cache_that_is_not_there_is_pruned_of_nothing() {
    let answer = Lab::modern().call("POST", "/v1.50/build/prune?keep-storage=0").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        serde_json::json!({ "CachesDeleted": null, "SpaceReclaimed": 0 })
    );
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let lab = Lab::modern();
    let json = "application/json";
    for (kind, body, status, message) in [
        (
            json,
            "nope",
            400,
            "invalid JSON: invalid character 'o' in literal null (expecting 'u')",
        ),
        (json, "", 400, "invalid JSON: got EOF while reading request body"),
        (
            "text/plain",
            "{}",
            400,
            "unsupported Content-Type header (text/plain): must be 'application/json'",
        ),
    ] {
        let said = lab.post_text("/networks/create", kind, body).await;
        assert_eq!((said.status, said.message().as_str()), (status, message));
    }
    let old = Lab::new(Era::E20_10).post_text("/networks/create", json, "nope").await;
    assert_eq!(old.message(), "invalid character 'o' in literal null (expecting 'u')");
    let huge = format!("{{\"Name\": \"{}\"}}", "x".repeat(5 << 20));
    assert_eq!(lab.post_text("/networks/create", json, &huge).await.status, 413);
}

#[tokio::test]
async fn images_and_the_registry_that_is_not_there() {
    let lab = Lab::modern();
    assert_eq!(
        lab.get("/images/json").await.json()[0]["RepoTags"],
        serde_json::json!(["alpine:latest"])
    );
    assert_eq!(lab.get("/images/docker.io/library/alpine/json").await.status, 200);
    assert_eq!(lab.get("/images/x/json").await.message(), "No such image: x:latest");
    let pulled = lab
        .call(
            "POST",
            "/images/create?fromImage=docker.io%2Flibrary%2Fnginx&tag=latest",
        )
        .await;
    assert_eq!(pulled.status, 500);
    let message = pulled.message();
    assert!(
        message.contains("nginx") && message.contains("alpine:latest, busybox:latest"),
        "{message}"
    );
}

#[tokio::test]
async fn faults_undo_and_say_why() {
    let lab = Lab::modern();
    let fault = serde_json::json!({ "title_prefix": "network create", "step": 2 });
    assert_eq!(lab.post("/lab/faults", &fault).await.status, 204);
    let create = serde_json::json!({ "Name": "dev" });
    let said = lab.post("/networks/create", &create).await;
    assert_eq!(
        (said.status, said.message().as_str()),
        (500, "step 2: refused as asked")
    );
    assert_eq!(lab.get("/networks/dev").await.status, 404);
    let again = lab.post("/networks/create", &create).await;
    assert_eq!(again.status, 201);
    let id = again.json()["Id"].as_str().unwrap().to_owned();
    let subnet = lab.get(&format!("/networks/{id}")).await.json()["IPAM"]["Config"][0]["Subnet"].clone();
    assert_eq!(subnet, "172.18.0.0/16", "the refused one gave its subnet back");
    assert_eq!(lab.kernel.lock().unwrap().plans.len(), 2);
}
