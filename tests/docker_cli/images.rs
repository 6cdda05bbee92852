//! Images are named, removed, brought in and asked for.

use crate::engine::{Engine, Outcome, message, printed, said, script};

#[test]
fn images_get_and_lose_names() {
    let engine = Engine::start(script(&[
        ("POST /images/alpine/tag?repo=me%2Fapp&tag=1", 201, ""),
        (
            "DELETE /images/me/app%3A1",
            200,
            r#"[{"Untagged":"me/app:1"},{"Deleted":"sha256:4cb3"}]"#,
        ),
        (
            "DELETE /images/nope?force=1",
            404,
            &message("No such image: nope:latest"),
        ),
    ]));
    assert_eq!(engine.docker(&["tag", "alpine", "me/app:1"]), printed(""));
    assert_eq!(
        engine.docker(&["tag", "alpine", "UP"]),
        said(
            "Error parsing reference: \"UP\" is not a valid repository/tag: invalid reference format: repository name (library/UP) must be lowercase\n",
            1
        )
    );
    assert_eq!(
        engine.docker(&["rmi", "me/app:1"]),
        printed("Untagged: me/app:1\nDeleted: sha256:4cb3\n")
    );
    assert_eq!(
        engine.docker(&["rmi", "-f", "nope"]),
        Outcome {
            out: String::new(),
            err: "Error response from daemon: No such image: nope:latest\n".into(),
            status: 0
        }
    );
}

#[test]
fn an_image_is_asked_for_or_brought() {
    let progress = "{\"status\":\"Pulling from library/alpine\",\"id\":\"3.20\"}\r\n{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1,\"total\":2},\"id\":\"a\"}\r\n";
    let engine = Engine::start(script(&[
        (
            "POST /images/create?fromImage=docker.io%2Flibrary%2Falpine&tag=3.20",
            200,
            progress,
        ),
        (
            "POST /images/create?fromImage=docker.io%2Flibrary%2Fnope&tag=latest",
            500,
            &message("this engine has no registry"),
        ),
        (
            "POST /images/create?changes=CMD%20sh&fromSrc=-&repo=mine",
            200,
            "{\"status\":\"sha256:4cb3\"}\r\n",
        ),
        (
            "POST /images/create?fromSrc=-",
            200,
            "{\"errorDetail\":{\"message\":\"archive/tar: invalid tar header\"},\"error\":\"archive/tar: invalid tar header\"}\r\n",
        ),
    ]));
    assert_eq!(
        engine.docker(&["pull", "alpine:3.20"]),
        printed("3.20: Pulling from library/alpine\ndocker.io/library/alpine:3.20\n")
    );
    assert_eq!(
        engine.docker(&["pull", "-q", "alpine:3.20"]),
        printed("docker.io/library/alpine:3.20\n")
    );
    assert_eq!(
        engine.docker(&["pull", "nope"]),
        Outcome {
            out: "Using default tag: latest\n".into(),
            err: "Error response from daemon: this engine has no registry\n".into(),
            status: 1
        }
    );
    assert_eq!(
        engine.docker_with_input(&["import", "-c", "CMD sh", "-", "mine"], b"archive"),
        printed("sha256:4cb3\n")
    );
    assert_eq!(
        engine.docker_with_input(&["import", "-"], b"x"),
        said("archive/tar: invalid tar header\n", 1)
    );
    assert_eq!(
        engine.docker(&["import", "/nowhere.tar"]),
        said("open /nowhere.tar: no such file or directory\n", 1)
    );
}
