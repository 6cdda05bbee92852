//! Many containers in one lab.

use std::time::Instant;

use crate::deeds;
use crate::family::family;
use crate::lab::Lab;

/// How many containers share a network: more networks than a classroom has, fewer than there are pools.
const TO_A_NETWORK: usize = 100;

/// Starts so many containers, one after the other, and prints what they took.
pub async fn measure(lab: &Lab, count: usize) {
    let docker = lab.client().await;
    let before = memory(lab);
    let began = Instant::now();
    let mut last = began;
    for n in 0..count {
        let network = format!("crowd-{}", n / TO_A_NETWORK);
        if n % TO_A_NETWORK == 0 {
            deeds::create_network(&docker, &network).await;
        }
        if n + TO_A_NETWORK == count {
            last = Instant::now();
        }
        deeds::run(&docker, "alpine", &format!("crowd-c-{n}"), &network).await;
    }
    let took = began.elapsed();
    let each = last.elapsed() / u32::try_from(TO_A_NETWORK.min(count)).unwrap_or(1);
    #[allow(clippy::cast_precision_loss, reason = "two digits are shown")]
    let kib = memory(lab).saturating_sub(before) as f64 / count as f64;
    println!(
        "{count:>5} containers: {:.2} s in all, {:.2} ms each of the last hundred, {:.2} MiB each",
        took.as_secs_f64(),
        each.as_secs_f64() * 1e3,
        kib / 1024.0
    );
}

/// Memory of all processes of the lab, in KiB, what they share counted once (proc(5), `smaps_rollup`).
fn memory(lab: &Lab) -> u64 {
    family(lab.0.id())
        .iter()
        .filter_map(|(pid, _)| {
            let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            let line = text.lines().find(|line| line.starts_with("Pss:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        })
        .sum()
}
