//! `docker container prune`.

use super::super::client::{Client, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::image::remove::human_size_of;
use super::super::json::lines_of;
use super::super::{filter, prompt, say};

const QUESTION: &str = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue?";

/// `docker container prune`.
pub(in crate::docker_cli) async fn prune(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    if !parsed.on("force") {
        prompt::confirm(QUESTION).await?;
    }
    let (text, space) = pruned(client, parsed).await?;
    say(&format!("{text}Total reclaimed space: {}\n", human_size_of(space)));
    Ok(0)
}

/// Prunes without asking: what to tell, and the bytes won.
pub(in crate::docker_cli) async fn pruned(client: &Client, parsed: &Parsed) -> Result<(String, u64), Failure> {
    let path = format!("/containers/prune{}", query(&[("filters", filter::query(parsed, &[]))]));
    let answer = client.post_json(&path, None).await?;
    let ids = lines_of(&answer["ContainersDeleted"]);
    if ids.is_empty() {
        return Ok((String::new(), 0));
    }
    let space = answer["SpaceReclaimed"].as_u64().unwrap_or(0);
    Ok((format!("Deleted Containers:\n{ids}\n"), space))
}
