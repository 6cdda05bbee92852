//! Networks are made, listed, joined and removed.

use crate::engine::{Engine, ID, Outcome, message, printed, said, script};

#[test]
fn a_network_is_made_listed_and_removed() {
    let list = format!(
        r#"[{{"Name":"none","Id":"838643cdfd9096dd8dfc32594da6b197","Driver":"null","Scope":"local"}},
            {{"Name":"dev","Id":"{ID}","Driver":"bridge","Scope":"local"}}]"#
    );
    let engine = Engine::start(script(&[
        (
            "POST /networks/create",
            201,
            &format!(r#"{{"Id":"{ID}","Warning":""}}"#),
        ),
        ("GET /networks", 200, &list),
        ("GET /networks/dev", 200, "{}"),
        ("DELETE /networks/dev", 204, ""),
        ("DELETE /networks/nope", 404, &message("network nope not found")),
    ]));
    let create = [
        "network",
        "create",
        "--subnet",
        "10.66.0.0/16",
        "--label",
        "a=b",
        "-o",
        "x=y",
        "--internal",
        "dev",
    ];
    assert_eq!(engine.docker(&create), printed(&format!("{ID}\n")));
    assert_eq!(
        engine.body_of("POST /networks/create"),
        serde_json::json!({
            "Name": "dev", "Driver": "bridge", "Scope": "",
            "IPAM": {"Driver": "default", "Options": {}, "Config": [{"Subnet": "10.66.0.0/16"}]},
            "Internal": true, "Attachable": false, "Ingress": false, "ConfigOnly": false, "ConfigFrom": null,
            "Options": {"x": "y"}, "Labels": {"a": "b"},
        })
    );
    assert_eq!(
        engine.docker(&["network", "ls"]),
        printed(
            "NETWORK ID     NAME      DRIVER    SCOPE\n97ef8ddd4395   dev       bridge    local\n838643cdfd90   none      null      local\n"
        )
    );
    assert_eq!(
        engine.docker(&["network", "ls", "-q"]),
        printed("97ef8ddd4395\n838643cdfd90\n")
    );
    assert_eq!(
        engine.docker(&["network", "rm", "dev", "nope"]),
        Outcome {
            out: "dev\n".into(),
            err: "Error response from daemon: network nope not found\nexit status 1\n".into(),
            status: 1
        }
    );
    assert_eq!(engine.docker(&["network", "rm", "-f", "nope"]), printed(""));
}

#[test]
fn a_container_joins_and_leaves_a_network() {
    let engine = Engine::start(script(&[
        ("POST /networks/dev/connect", 200, ""),
        ("POST /networks/dev/disconnect", 200, ""),
        ("POST /networks/nope/connect", 404, &message("network nope not found")),
    ]));
    let connect = [
        "network",
        "connect",
        "--alias",
        "a,b",
        "--alias",
        "c",
        "--ip",
        "10.0.0.9",
        "--gw-priority",
        "-1",
        "dev",
        "es",
    ];
    assert_eq!(engine.docker(&connect), printed(""));
    assert_eq!(
        engine.body_of("POST /networks/dev/connect"),
        serde_json::json!({
            "Container": "es",
            "EndpointConfig": {
                "IPAMConfig": {"IPv4Address": "10.0.0.9"}, "Links": null, "Aliases": ["a", "b", "c"], "DriverOpts": {},
                "GwPriority": -1,
            }
        })
    );
    assert_eq!(
        engine.docker(&["network", "disconnect", "-f", "dev", "es"]),
        printed("")
    );
    assert_eq!(
        engine.body_of("POST /networks/dev/disconnect"),
        serde_json::json!({"Container": "es", "Force": true})
    );
    assert_eq!(
        engine.docker(&["network", "connect", "nope", "es"]),
        said("Error response from daemon: network nope not found\n", 1)
    );
    assert_eq!(
        engine.docker(&["network", "connect", "--driver-opt", "x", "dev", "es"]),
        said("invalid key/value pair format in driver options\n", 1)
    );
}
