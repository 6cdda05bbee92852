use hickory_proto::rr::RecordType;

use super::*;
use crate::observe::{AnswerReason, Answerer};

fn question() -> Question {
    Question {
        name: "search".into(),
        kind: RecordType::A,
    }
}

/// An answer with these addresses of 172.18.0.0/16, in this order.
fn answer(teller: &mut Teller, generation: u64, last: &[u8]) {
    let container: Arc<str> = "c0ffee".into();
    let said = Said {
        container: &container,
        transport: Transport::Udp,
        question: &question(),
        began: Instant::now(),
    };
    let addresses: Vec<Ipv4Addr> = last.iter().map(|last| [172, 18, 0, *last].into()).collect();
    let first = addresses.first().copied();
    teller.answered(&said, generation, first, || Outcome::Addresses {
        addresses,
        by: Answerer {
            network: "n1".into(),
            network_name: "dev".into(),
            why: AnswerReason::OnlyNetwork,
        },
    });
}

/// The last byte of the first address and the count of what was told, sorted.
fn told(log: &Log) -> Vec<(u8, u64)> {
    let told = log.snapshot();
    let mut told: Vec<(u8, u64)> = told
        .iter()
        .filter_map(|observation| match &observation.event {
            Event::Dns(exchange) => match &exchange.outcome {
                Outcome::Addresses { addresses, .. } => Some((addresses[0].octets()[3], exchange.count)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    told.sort_unstable();
    told
}

#[test]
fn repeats_are_counted_for_each_first_address_and_told_when_the_window_ends() {
    let log = Log::with_capacity(64);
    let mut teller = Teller::new(log.clone(), Instant::now());
    for order in [&[2, 3], &[3, 2], &[2, 3], &[2, 3]] {
        answer(&mut teller, 1, order);
    }
    assert_eq!(told(&log), [(2, 1), (3, 1)], "told at once, once");
    teller.flush();
    assert_eq!(told(&log), [(2, 1), (2, 2), (3, 1)]);
    answer(&mut teller, 2, &[2]);
    assert_eq!(told(&log), [(2, 1), (2, 1), (2, 2), (3, 1)], "another state");
}
