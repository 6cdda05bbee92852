//! Objects are shown as the engine has them.

use crate::engine::{Engine, Outcome, message, printed, script};

#[test]
fn inspect_prints_the_engine_s_own_json_and_looks_everywhere() {
    let engine = Engine::start(script(&[
        (
            "GET /networks/dev",
            200,
            r#"{"Name":"dev","Unknown":{"b":1.50,"a":"\u003c"},"Containers":{}}"#,
        ),
        ("GET /networks/nope", 404, &message("network nope not found")),
    ]));
    let dev = "[\n    {\n        \"Name\": \"dev\",\n        \"Unknown\": {\n            \"b\": 1.50,\n            \"a\": \"\\u003c\"\n        },\n        \"Containers\": {}\n    }\n]\n";
    assert_eq!(engine.docker(&["inspect", "dev"]), printed(dev));
    assert_eq!(
        engine.docker(&["inspect", "nope", "dev"]),
        Outcome {
            out: dev.into(),
            err: "Error: No such object: nope\n".into(),
            status: 1
        }
    );
    assert_eq!(
        engine.docker(&["network", "inspect", "nope"]),
        Outcome {
            out: "[]\n".into(),
            err: "Error response from daemon: network nope not found\n".into(),
            status: 1
        }
    );
}
