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
