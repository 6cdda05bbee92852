use serde_json::json;

use super::*;

#[tokio::test]
async fn created_inspected_listed_removed() {
    let lab = Lab::modern();
    let body = json!({
        "Name": "dev", "Driver": "bridge", "ConfigFrom": null, "Options": {}, "Labels": {"a": "b"}, "Scope": "",
        "IPAM": {"Driver": "default", "Options": {}, "Config": [{"Subnet": "10.1.0.0/16", "IPRange": null}]},
    });
    let created = lab.post("/v1.50/networks/create", &body).await;
    assert_eq!((created.status, created.json()["Warning"].as_str()), (201, Some("")));
    let id = created.json()["Id"].as_str().unwrap().to_owned();
    let inspected = lab.get("/v1.50/networks/dev").await;
    let time = inspected.json()["Created"].as_str().unwrap().to_owned();
    let expected = format!(
        r#"{{"Name":"dev","Id":"{id}","Created":"{time}","Scope":"local","Driver":"bridge","EnableIPv4":true,"EnableIPv6":false,"IPAM":{{"Driver":"default","Options":{{}},"Config":[{{"Subnet":"10.1.0.0/16"}}]}},"Internal":false,"Attachable":false,"Ingress":false,"ConfigFrom":{{"Network":""}},"ConfigOnly":false,"Containers":{{}},"Options":{{}},"Labels":{{"a":"b"}}}}"#
    );
    assert_eq!(inspected.body, format!("{expected}\n"));
    for filter in [
        r#"{"name":{"dev":true}}"#,
        r#"{"name":["^de"]}"#,
        r#"{"type":["custom"]}"#,
        r#"{"label":["a=b"]}"#,
    ] {
        let filter = filter
            .bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<Vec<_>>()
            .concat();
        let listed = lab.get(&format!("/networks?filters={filter}")).await.json();
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["Id"]), (1, &json!(id)));
    }
    assert_eq!(
        lab.get("/networks?filters=%7B%22bogus%22:%5B%5D%7D").await.message(),
        "invalid filter 'bogus'"
    );
    assert_eq!(lab.call("DELETE", "/networks/dev").await.status, 204);
    let gone = lab.call("DELETE", "/networks/dev").await;
    assert_eq!((gone.status, gone.message().as_str()), (404, "network dev not found"));
}

#[tokio::test]
async fn an_old_engine_prints_what_it_printed() {
    let lab = Lab::new(Era::E20_10);
    let none = lab.get("/v1.41/networks/none").await;
    assert!(!none.body.contains("EnableIPv4"));
    assert_eq!(
        none.json()["IPAM"],
        json!({"Driver": "default", "Options": null, "Config": []})
    );
    assert_eq!(
        Lab::modern().get("/networks/none").await.json()["IPAM"]["Config"],
        Value::Null
    );
}

#[tokio::test]
async fn attached_containers_are_in_inspect_and_not_in_lists() {
    let lab = Lab::modern();
    let id = lab.create("web", &["sleep", "9"]).await;
    lab.call("POST", "/containers/web/start").await;
    let inspected = lab.get("/networks/bridge").await.json();
    let endpoint = &inspected["Containers"][&id];
    assert_eq!(
        (endpoint["Name"].as_str(), endpoint["IPv4Address"].as_str()),
        (Some("web"), Some("172.17.0.2/16"))
    );
    let listed = lab.get("/v1.41/networks").await.json();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .all(|network| network["Containers"] == json!({}))
    );
    let refused = lab.call("DELETE", "/networks/bridge").await;
    assert_eq!(
        refused.message(),
        "bridge is a pre-defined network and cannot be removed"
    );
}

#[tokio::test]
async fn connected_and_disconnected_over_http() {
    let lab = Lab::modern();
    let network = lab.post("/networks/create", &json!({"Name": "dev"})).await.json()["Id"].clone();
    let id = lab.create("web", &["sleep", "9"]).await;
    lab.call("POST", "/containers/web/start").await;
    // As the docker CLI sends it, with members that say nothing and those that only an engine fills in.
    let body = json!({"Container": "web", "EndpointConfig": {
        "IPAMConfig": {}, "Links": null, "Aliases": ["search"], "MacAddress": "", "DriverOpts": {}, "GwPriority": 0,
        "NetworkID": "", "EndpointID": "", "Gateway": "", "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "",
        "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "DNSNames": null,
    }});
    let said = lab.post("/v1.50/networks/dev/connect", &body).await;
    assert_eq!((said.status, said.body.as_str()), (200, ""));
    let shown = |version: &str| {
        let path = format!("/{version}/containers/web/json");
        let lab = &lab;
        async move { lab.get(&path).await.json()["NetworkSettings"]["Networks"]["dev"].clone() }
    };
    let endpoint = shown("v1.50").await;
    assert_eq!(endpoint["NetworkID"], network);
    assert_eq!(
        (&endpoint["IPAddress"], &endpoint["Gateway"]),
        (&json!("172.18.0.2"), &json!("172.18.0.1"))
    );
    assert_eq!(
        (&endpoint["IPAMConfig"], &endpoint["DriverOpts"]),
        (&json!({}), &json!({}))
    );
    assert_eq!(endpoint["Aliases"], json!(["search"]));
    assert_eq!(endpoint["DNSNames"], json!(["web", "search", &id[..12]]));
    assert_eq!(
        shown("v1.44").await["Aliases"],
        json!(["search", &id[..12]]),
        "until 1.45 the short id too"
    );
    assert_eq!(lab.get("/networks/dev").await.json()["Containers"][&id]["Name"], "web");
    for body in [json!({"Container": "web"}), json!({"Container": "web", "Force": true})] {
        let said = lab.post("/networks/dev/disconnect", &body).await;
        let expected = if body["Force"].is_null() { 200 } else { 500 };
        assert_eq!(said.status, expected, "{}", said.body);
    }
    assert_eq!(shown("v1.50").await, Value::Null);
    for (body, status, words) in [
        (json!({}), 400, "invalid name or ID supplied: \"\""),
        (
            json!({"Container": "nope", "EndpointConfig": null}),
            404,
            "No such container: nope",
        ),
    ] {
        let said = lab.post("/networks/dev/connect", &body).await;
        assert_eq!((said.status, said.message().as_str()), (status, words));
    }
    let sysctls = json!({"Container": "web", "EndpointConfig": {"DriverOpts": {
        "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.log_martians=1"}}});
    assert_eq!(lab.post("/networks/dev/connect", &sysctls).await.status, 501);
}

#[tokio::test]
async fn pruned_over_http() {
    for (era, bad) in [
        (Era::E28, "invalid filter 'dangling'"),
        (Era::E20_10, "Invalid filter 'dangling'"),
    ] {
        let lab = Lab::new(era);
        for (name, labels) in [("n1", json!({})), ("n2", json!({"keep": ""}))] {
            lab.post("/networks/create", &json!({"Name": name, "Labels": labels}))
                .await;
        }
        let prune = |filters: &str| {
            let encoded = filters
                .bytes()
                .map(|byte| format!("%{byte:02x}"))
                .collect::<Vec<_>>()
                .concat();
            let path = format!("/networks/prune?filters={encoded}");
            let lab = &lab;
            async move { lab.call("POST", &path).await }
        };
        for (filters, words) in [
            (r#"{"dangling":["true"]}"#, bad),
            (
                r#"{"until":["abc"]}"#,
                "failed to parse value as time or duration: \"abc\"",
            ),
            (r#"{"until":["1h","2h"]}"#, "more than one until filter specified"),
        ] {
            let said = prune(filters).await;
            assert_eq!((said.status, said.message().as_str()), (400, words));
        }
        let none = prune(r#"{"until":{"24h":true}}"#).await;
        assert_eq!(
            (none.status, none.body.trim_end()),
            (200, r#"{"NetworksDeleted":null}"#)
        );
        assert_eq!(
            prune(r#"{"label!":["keep"]}"#).await.json(),
            json!({"NetworksDeleted": ["n1"]})
        );
        assert_eq!(
            prune(r#"{"label":{"keep":true}}"#).await.json(),
            json!({"NetworksDeleted": ["n2"]})
        );
    }
}

#[tokio::test]
async fn an_ambiguous_name_is_told_by_each_route_in_its_own_words() {
    let lab = Lab::new(Era::E20_10);
    for _ in 0..2 {
        lab.post("/networks/create", &json!({"Name": "twin"})).await;
    }
    lab.create("web", &["sleep", "9"]).await;
    lab.call("POST", "/containers/web/start").await;
    let get = lab.get("/networks/twin").await;
    assert_eq!(
        (get.status, get.message().as_str()),
        (400, "2 matches found based on name: network twin is ambiguous")
    );
    let delete = lab.call("DELETE", "/networks/twin").await;
    assert_eq!(
        delete.message(),
        "network twin is ambiguous (2 matches found based on name)"
    );
    let connect = lab.post("/networks/twin/connect", &json!({"Container": "web"})).await;
    assert_eq!(
        (connect.status, connect.message().as_str()),
        (400, "network twin is ambiguous (2 matches found on name)")
    );
}
