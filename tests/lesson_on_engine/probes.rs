//! `cnm check --probe`: what the model says is asked again from within the containers, by their own programs.

use cnm::grade::Exit;
use cnm::lesson;

use super::Engine;
use super::tries::reach;

/// A lab in which everything up to a step is done.
async fn after(step: &str) -> Engine {
    let engine = Engine::start();
    let lesson = lesson::embedded("cnm").unwrap();
    let (_, step) = lesson.step(step).unwrap();
    reach(&engine, step).await;
    engine
}

#[tokio::test]
async fn each_name_and_each_packet_is_asked_from_where_it_matters() {
    let engine = after("aliases").await;
    for (step, evidence) in [
        ("call-by-name", "asked    in web, nslookup es: 172.18.0.2"),
        ("default-bridge", "asked    in test, nslookup es: no answer"),
        ("two-networks", "asked    in app, ping -c1 -W1 172.18.0.2: no answer"),
        ("aliases", "asked    in app, nslookup es: 172.19.0.4, 172.19.0.5"),
    ] {
        let (exit, told) = engine.grade(&format!("cnm/{step}"), true).await;
        assert_eq!(exit, Exit::Pass, "{step}: {told}");
        assert!(told.contains(evidence), "{step}: {told}");
    }
    let (_, told) = engine.check("cnm/call-by-name").await;
    assert!(
        !told.contains("asked"),
        "without --probe nothing is run in a container: {told}"
    );
}

#[tokio::test]
async fn what_is_contradicted_from_within_is_red_with_what_was_asked() {
    let engine = after("call-by-name").await;
    // The engine does not know of this: web asks a server outside now.
    engine.0.ok(&[
        "exec",
        "web",
        "sh",
        "-c",
        "echo nameserver 192.168.1.1 > /etc/resolv.conf",
    ]);
    let (exit, told) = engine.check("cnm/call-by-name").await;
    assert_eq!(exit, Exit::Pass, "{told}");
    let (exit, told) = engine.grade("cnm/call-by-name", true).await;
    assert_eq!(exit, Exit::Fail, "{told}");
    assert!(told.contains("seen     in web, nslookup es: no answer"), "{told}");
    // Without the program nothing can be asked: that is told.
    engine.0.ok(&["exec", "web", "sh", "-c", "rm $(command -v nslookup)"]);
    let (exit, told) = engine.grade("cnm/call-by-name", true).await;
    assert_eq!(exit, Exit::Pass, "what cannot be asked contradicts nothing: {told}");
    assert!(told.contains("in web, nslookup es could not be run: "), "{told}");
}
