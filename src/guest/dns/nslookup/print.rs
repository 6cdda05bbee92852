//! What busybox's `nslookup` prints of a reply.

use std::fmt::Write;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData};

use super::super::text;

/// What is printed of one reply, and whether it is a failure.
pub(super) fn shown(reply: &[u8], code: u8, name: &str, debug: bool) -> (String, bool) {
    if code != 0 {
        let word = match code {
            11..=15 => code.to_string(),
            _ => text::status(ResponseCode::from_low(code)),
        };
        return (format!("** server can't find {name}: {word}\n"), true);
    }
    let authoritative = reply.get(2).is_some_and(|byte| byte & 4 != 0);
    let mut out = match (authoritative, debug) {
        (false, _) => "Non-authoritative answer:\n".to_owned(),
        (true, true) => "authoritative answer:\n".to_owned(),
        (true, false) => String::new(),
    };
    if let Ok(message) = Message::from_vec(reply) {
        for record in &message.answers {
            describe(&mut out, &bare(&record.name), &record.data);
        }
        return (out, false);
    }
    let _ = writeln!(out, "*** Can't find {name}: Parse error");
    (out, true)
}

/// A name as the C library expands it: without the last dot, the root as `.`.
fn bare(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some("") | None => text,
        Some(bare) => bare.to_owned(),
    }
}

fn describe(out: &mut String, owner: &str, data: &RData) {
    let _ = match data {
        RData::A(address) => writeln!(out, "Name:\t{owner}\nAddress: {address}"),
        RData::AAAA(address) => writeln!(out, "Name:\t{owner}\nAddress: {address}"),
        RData::NS(name) => writeln!(out, "{owner}\tnameserver = {}", bare(name)),
        RData::CNAME(name) => writeln!(out, "{owner}\tcanonical name = {}", bare(name)),
        RData::PTR(name) => writeln!(out, "{owner}\tname = {}", bare(name)),
        RData::MX(mx) => writeln!(
            out,
            "{owner}\tmail exchanger = {} {}",
            mx.preference,
            bare(&mx.exchange)
        ),
        RData::TXT(txt) => match txt.txt_data.first().filter(|first| !first.is_empty()) {
            Some(first) => writeln!(out, "{owner}\ttext = \"{}\"", String::from_utf8_lossy(first)),
            None => Ok(()),
        },
        RData::SRV(srv) => writeln!(
            out,
            "{owner}\tservice = {} {} {} {}",
            srv.priority,
            srv.weight,
            srv.port,
            bare(&srv.target)
        ),
        RData::SOA(soa) => writeln!(
            out,
            "{owner}\n\torigin = {}\n\tmail addr = {}\n\tserial = {}\n\trefresh = {}\n\tretry = {}\n\texpire = {}\n\tminimum = {}",
            bare(&soa.mname),
            bare(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::super::super::message;
    use super::*;

    #[test]
    fn failures_are_named_after_what_was_asked_for() {
        for (code, word) in [
            (1, "FORMERR"),
            (2, "SERVFAIL"),
            (3, "NXDOMAIN"),
            (5, "REFUSED"),
            (12, "12"),
        ] {
            assert_eq!(
                shown(&[0, 1, 0x81, 0x80 | code], code, "es", false),
                (format!("** server can't find es: {word}\n"), true)
            );
        }
        assert_eq!(
            shown(b"ab\x81\x80\0\x01", 0, "es", false),
            (
                "Non-authoritative answer:\n*** Can't find es: Parse error\n".to_owned(),
                true
            )
        );
    }

    #[test]
    fn records_are_described_in_busybox_s_words() {
        let name = message::name("es.lab").unwrap();
        let mut out = String::new();
        describe(
            &mut out,
            "2.0.18.172.in-addr.arpa",
            &RData::PTR(hickory_proto::rr::rdata::PTR(name.clone())),
        );
        describe(&mut out, "www", &RData::CNAME(hickory_proto::rr::rdata::CNAME(name)));
        assert_eq!(
            out,
            "2.0.18.172.in-addr.arpa\tname = es.lab\nwww\tcanonical name = es.lab\n"
        );
    }
}
