//! `docker system prune`.

use super::super::client::{Client, is_older};
use super::super::container::prune as containers;
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::image::remove::{self as images, human_size_of};
use super::super::json::lines_of;
use super::super::network::connect as networks;
use super::super::table::natural_order;
use super::super::{prompt, say};

/// The first API version with a build cache to prune.
const BUILD_CACHE: &str = "1.31";

/// `docker system prune`.
pub(in crate::docker_cli) async fn prune(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let filters = || parsed.all("filter").filter_map(|filter| filter.split_once('='));
    let volumes = parsed.on("volumes");
    if volumes && filters().any(|(name, _)| name.trim().eq_ignore_ascii_case("until")) {
        return Err(Failure::said(
            "ERROR: The \"until\" filter is not supported with \"--volumes\"",
        ));
    }
    if volumes {
        return Err(Failure::said(
            "--volumes is not built yet in cnm's docker: the lab has no volumes",
        ));
    }
    let cache = !is_older(client.version(), BUILD_CACHE);
    if !parsed.on("force") {
        prompt::confirm(&question(parsed, cache)).await?;
    }
    let mut space = 0;
    let (text, won) = containers::pruned(client, parsed).await?;
    say(&text);
    space += won;
    say(&networks::pruned(client, parsed).await?);
    let (text, won) = images::pruned(client, parsed).await?;
    say(&text);
    space += won;
    if cache {
        space += build_cache(client, parsed).await?;
    }
    say(&format!("Total reclaimed space: {}\n", human_size_of(space)));
    Ok(0)
}

/// What will go, and the question.
fn question(parsed: &Parsed, cache: bool) -> String {
    let all = parsed.on("all");
    let mut warnings = vec![
        "all stopped containers",
        "all networks not used by at least one container",
        if all {
            "all images without at least one container associated to them"
        } else {
            "all dangling images"
        },
    ];
    if cache {
        warnings.push(if all { "all build cache" } else { "unused build cache" });
    }
    let mut filters: Vec<String> = parsed
        .all("filter")
        .filter_map(|filter| filter.split_once('='))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim()))
        .filter(|(name, _)| matches!(name.as_str(), "label" | "label!" | "until"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    filters.sort_by(|one, other| natural_order(one, other));
    let listed = |lines: Vec<String>| {
        let one = |text: String, line: &String| text + "\n  - " + line;
        lines.iter().fold(String::new(), one)
    };
    let warned = listed(warnings.into_iter().map(str::to_owned).collect());
    let filtered = if filters.is_empty() {
        "\n".to_owned()
    } else {
        format!("\n\n  Items to be pruned will be filtered with:{}\n", listed(filters))
    };
    format!("WARNING! This will remove:{warned}{filtered}\nAre you sure you want to continue?")
}

/// Prunes the build cache; the bytes won. Told as the other parts are.
async fn build_cache(client: &Client, parsed: &Parsed) -> Result<u64, Failure> {
    use super::super::client::query;
    use super::super::filter;
    let all = parsed.on("all").then(|| "1".to_owned());
    let options = query(&[
        ("all", all),
        ("filters", filter::query(parsed, &[])),
        ("keep-storage", Some("0".to_owned())),
    ]);
    let answer = client.post_json(&format!("/build/prune{options}"), None).await?;
    let deleted = lines_of(&answer["CachesDeleted"]);
    if deleted.is_empty() {
        return Ok(0);
    }
    say(&format!("Deleted build cache objects:\n{deleted}\n"));
    Ok(answer["SpaceReclaimed"].as_u64().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::super::super::flag::{self, switch, values};
    use super::*;

    #[test]
    fn the_question_names_what_goes() {
        let flags = [switch("all", "x").letter('a'), values("filter", "filter", "x")];
        let read = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(ToString::to_string).collect();
            flag::parse(&flags, &args, true).unwrap()
        };
        assert_eq!(
            question(&read(&[]), true),
            "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  - all dangling images\n  - unused build cache\n\nAre you sure you want to continue?"
        );
        assert_eq!(
            question(&read(&["-a", "--filter", "until=1h", "--filter", "label=a"]), false),
            "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  - all images without at least one container associated to them\n\n  Items to be pruned will be filtered with:\n  - label=a\n  - until=1h\n\nAre you sure you want to continue?"
        );
    }
}
