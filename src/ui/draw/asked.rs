//! A question to a resolver, in one line: who asked for what, and who answered, or why nobody did.

use crate::observe::{AnswerReason, Answerer, Failure, ForwardReason, Outcome, address_asked};
use crate::texts::{self, Lang};
use crate::ui::look::Look;

/// A question as the timeline has it.
pub struct Question<'a> {
    /// Name of the container that asked.
    pub container: &'a str,
    /// What it asked for.
    pub name: &'a str,
    /// `A`, `PTR` …
    pub kind: &'a str,
    /// What became of it.
    pub outcome: &'a Outcome,
    /// How many times it was asked in a row.
    pub count: u64,
}

/// The sentence: `web ? es.dev → 172.18.0.2 (dev)`.
pub fn sentence(question: &Question<'_>, lang: Lang, look: Look) -> String {
    let name = spoken(question.name);
    let answer = answer(question, lang, look);
    let values = [("container", question.container), ("name", &name), ("answer", &answer)];
    let mut text = texts::fill(lang, "ui.event.dns", &values);
    if question.count > 1 {
        text.push(' ');
        text.push_str(look.pick("×", "x"));
        text.push_str(&question.count.to_string());
    }
    text
}

/// What was asked for, as people say it: an address for a PTR question.
pub fn spoken(name: &str) -> String {
    address_asked(name).map_or_else(|| name.to_owned(), |address| address.to_string())
}

/// What became of it: `→ 172.18.0.2 (dev)`.
pub fn answer(question: &Question<'_>, lang: Lang, look: Look) -> String {
    let signs = [("arrow", look.pick("→", "->")), ("cross", look.pick("✗", "x"))];
    let fill = |key, values: &[(&str, &str)]| texts::fill(lang, key, &[&signs, values].concat());
    let kind = ("kind", question.kind);
    match question.outcome {
        Outcome::Addresses { addresses, by } => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let values = [("what", &*addresses.join(", ")), ("network", &who(by, lang))];
            fill("ui.dns.answered", &values)
        }
        Outcome::Name { target, by } => {
            let values = [("what", target.trim_end_matches('.')), ("network", &*who(by, lang))];
            fill("ui.dns.answered", &values)
        }
        Outcome::NoData { by } => fill("ui.dns.no_data", &[kind, ("network", &by.network_name)]),
        Outcome::SingleLabel => fill("ui.dns.single_label", &[]),
        Outcome::Forwarded { servers, rcode, .. } if rcode == "NOERROR" => {
            let server = servers
                .last()
                .map_or_else(String::new, |asked| asked.server.to_string());
            fill("ui.dns.outside", &[("server", &server)])
        }
        Outcome::Forwarded { why, .. } => fill(not_here(*why), &[kind]),
        Outcome::Failed { why, cause, .. } => {
            let here = fill(not_here(*why), &[kind]);
            let outside = match cause {
                Failure::InternalOnly => "ui.dns.internal_only",
                Failure::TooMany => "ui.dns.too_many",
                Failure::NoUsableAnswer => "ui.dns.silent",
            };
            fill(outside, &[("here", &here)])
        }
    }
}

/// The network that answered, and those that it was preferred to.
fn who(by: &Answerer, lang: Lang) -> String {
    match &by.why {
        AnswerReason::First { also, .. } => {
            let values = [("network", &*by.network_name), ("also", &*also.join(", "))];
            texts::fill(lang, "ui.dns.before", &values)
        }
        AnswerReason::OnlyNetwork | AnswerReason::OnlyHolder | AnswerReason::NetworkNamed => by.network_name.clone(),
    }
}

/// Why none of the container's networks answered.
const fn not_here(why: ForwardReason) -> &'static str {
    match why {
        ForwardReason::UnknownName => "ui.dns.unknown_name",
        ForwardReason::UnknownAddress => "ui.dns.unknown_address",
        ForwardReason::TypeNotServed => "ui.dns.type_not_served",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::{Asked, Precedence};

    const PLAIN: Look = Look {
        ascii: false,
        color: true,
        theme: crate::settings::Theme::Dark,
    };

    fn said(name: &str, outcome: &Outcome, count: u64) -> [String; 2] {
        let question = Question {
            container: "web",
            name,
            kind: if name.ends_with("arpa") { "PTR" } else { "AAAA" },
            outcome,
            count,
        };
        Lang::ALL.map(|lang| sentence(&question, lang, PLAIN).replace('\u{a0}', " "))
    }

    fn by(why: AnswerReason) -> Answerer {
        Answerer {
            network: "n1".into(),
            network_name: "dev".into(),
            why,
        }
    }

    #[test]
    fn an_answer_names_the_network_that_gave_it_and_those_it_came_before() {
        let addresses = || vec!["172.18.0.2".parse().unwrap(), "172.18.0.3".parse().unwrap()];
        let one = Outcome::Addresses {
            addresses: addresses()[..1].to_vec(),
            by: by(AnswerReason::NetworkNamed),
        };
        assert_eq!(said("es.dev", &one, 1)[0], "web ? es.dev → 172.18.0.2 (dev)");
        let first = AnswerReason::First {
            by: Precedence::NetworkName,
            also: vec!["prod".into(), "za".into()],
        };
        let two = Outcome::Addresses {
            addresses: addresses(),
            by: by(first),
        };
        let [fr, en] = said("es", &two, 12);
        assert_eq!(fr, "web ? es → 172.18.0.2, 172.18.0.3 (dev, avant prod, za) ×12");
        assert_eq!(en, "web ? es → 172.18.0.2, 172.18.0.3 (dev, before prod, za) ×12");
        let name = Outcome::Name {
            target: "es.dev.".into(),
            by: by(AnswerReason::OnlyNetwork),
        };
        assert_eq!(
            said("2.0.18.172.in-addr.arpa", &name, 1)[1],
            "web ? 172.18.0.2 → es.dev (dev)"
        );
    }

    #[test]
    fn where_nobody_answered_it_says_why() {
        let forwarded = |rcode: &str| Outcome::Forwarded {
            why: ForwardReason::UnknownName,
            servers: vec![Asked {
                server: "192.168.1.1".parse().unwrap(),
                from_host: true,
                rcode: Some(rcode.into()),
            }],
            rcode: rcode.into(),
        };
        let [fr, en] = said("es", &forwarded("NXDOMAIN"), 1);
        assert_eq!(fr, "web ? es ✗ aucun de ses réseaux ne connaît ce nom");
        assert_eq!(en, "web ? es ✗ none of its networks knows this name");
        assert_eq!(
            said("example.org", &forwarded("NOERROR"), 1)[1],
            "web ? example.org → answered outside (192.168.1.1)"
        );
        let failed = Outcome::Failed {
            why: ForwardReason::UnknownName,
            servers: vec![],
            cause: Failure::InternalOnly,
            rcode: Some("SERVFAIL".into()),
        };
        let [fr, _] = said("es", &failed, 1);
        assert_eq!(
            fr,
            "web ? es ✗ aucun de ses réseaux ne connaît ce nom, et un réseau interne n’a pas de dehors à qui demander"
        );
        let no_data = Outcome::NoData {
            by: by(AnswerReason::OnlyNetwork),
        };
        assert_eq!(said("es", &no_data, 1)[0], "web ? es ✗ rien de type AAAA (dev)");
    }

    #[test]
    fn in_ascii_it_is_ascii() {
        let question = Question {
            container: "web",
            name: "es",
            kind: "A",
            outcome: &Outcome::SingleLabel,
            count: 2,
        };
        let look = Look { ascii: true, ..PLAIN };
        assert!(sentence(&question, Lang::En, look).is_ascii());
    }
}
