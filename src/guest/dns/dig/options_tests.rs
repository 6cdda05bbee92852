//! What a command line of dig asks for.

use super::*;

fn read_words(line: &str) -> Result<Request, Stop> {
    read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn options_belong_to_the_name_before_them() {
    let request = read_words("+nostats @10.0.0.1 es A +tcp -x 172.18.0.2 aaaa www +noall +answer").unwrap();
    let [es, address, www] = request.lookups.as_slice() else {
        panic!("three questions: {request:?}")
    };
    assert!(es.tcp && !address.tcp && !www.tcp);
    assert_eq!((es.kind(), es.server.as_deref()), (RecordType::A, Some("10.0.0.1")));
    assert_eq!(address.name, "2.0.18.172.in-addr.arpa");
    assert_eq!(address.kind(), RecordType::AAAA, "a type after -x replaces PTR");
    assert!(!es.show.stats && !www.show.stats && es.show.question && !www.show.question && www.show.answer);
    assert_eq!(request.greeted_server.as_deref(), Some("10.0.0.1"));
}

#[test]
fn words_may_be_shortened_and_unknown_ones_are_invalid() {
    assert!(read_words("es +sho").unwrap().short);
    assert_eq!(read_words("es +tries=1").unwrap().lookups[0].tries, 1);
    assert_eq!(read_words("es +retry=0").unwrap().lookups[0].tries, 1);
    for (line, invalid) in [
        ("es +foo", "+foo"),
        ("es -z", "-z"),
        ("es +time=x", "+time=x"),
        ("es +", "+"),
        ("-p", "-p"),
    ] {
        assert_eq!(read_words(line), Err(Stop::Invalid(invalid.to_owned())), "{line}");
    }
    assert!(matches!(read_words("es +trace"), Err(Stop::Fatal(_))));
}

#[test]
fn without_a_name_the_root_s_servers_are_asked_for() {
    let request = read_words("@10.0.0.1 -p 5353").unwrap();
    assert_eq!((request.lookups[0].name.as_str(), request.port), (".", 5353));
    assert_eq!(request.lookups[0].kind(), RecordType::NS);
    let warned = read_words("es -t foo").unwrap();
    assert_eq!(warned.warnings, [";; Warning, ignoring invalid type foo"]);
    assert_eq!(warned.lookups[0].kind(), RecordType::A);
}
