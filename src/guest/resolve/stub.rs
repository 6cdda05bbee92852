//! The stub resolver: all servers are asked at once, the first answer that settles a question counts (as in musl's
//! `res_msend`), and an answer cut short is asked for again over TCP.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::super::dns::{ask, message};
use super::Settings;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// A server says that the name does not exist (NXDOMAIN).
    NoSuchName,
    /// Nobody answered, or only with errors.
    NoAnswer,
}

/// Asks for records of several types of one name; one message per type, in their order.
///
/// # Errors
/// NXDOMAIN to any of them, or no usable answer to one.
pub(super) fn ask(settings: &Settings, name: &str, kinds: &[RecordType]) -> Result<Vec<Message>, Failure> {
    ask_at(settings, 53, name, kinds)
}

fn ask_at(settings: &Settings, port: u16, name: &str, kinds: &[RecordType]) -> Result<Vec<Message>, Failure> {
    let asked = message::name(name).map_err(|_| Failure::NoSuchName)?;
    let mut questions = Vec::new();
    for kind in kinds {
        // A distinct identifier per question tells the answers apart.
        let id = loop {
            let id = message::new_id();
            if questions.iter().all(|question: &Question| question.id != id) {
                break id;
            }
        };
        let query = message::query(id, &asked, *kind, DNSClass::IN, &message::Flags::default());
        questions.push(Question {
            id,
            bytes: query.to_vec().map_err(|_| Failure::NoSuchName)?,
            answer: None,
            failed: 0,
        });
    }
    let mut servers: Vec<(SocketAddr, UdpSocket)> = Vec::new();
    for address in &settings.servers {
        let server = SocketAddr::new(*address, port);
        // A server without a route to it is one that will not answer.
        servers.extend(ask::connected(server).ok().map(|socket| (server, socket)));
    }
    let wait = settings.timeout / settings.attempts;
    for _ in 0..settings.attempts {
        send(&mut servers, &questions);
        let end = Instant::now() + wait;
        while questions.iter().any(|question| question.open(servers.len())) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !hear(&mut servers, &mut questions, left) {
                break;
            }
        }
        if questions.iter().all(|question| question.answer.is_some()) || servers.is_empty() {
            break;
        }
        for question in &mut questions {
            question.failed = 0;
        }
    }
    settle(questions)
}

/// One question under way.
struct Question {
    id: u16,
    bytes: Vec<u8>,
    answer: Option<Message>,
    /// Servers that answered it with an error.
    failed: usize,
}

impl Question {
    fn open(&self, servers: usize) -> bool {
        self.answer.is_none() && self.failed < servers
    }
}

fn send(servers: &mut Vec<(SocketAddr, UdpSocket)>, questions: &[Question]) {
    servers.retain(|(_, socket)| {
        questions
            .iter()
            .filter(|question| question.answer.is_none())
            .all(|question| socket.send(&question.bytes).is_ok())
    });
}

/// Waits for datagrams and reads them; false once the time is up.
fn hear(servers: &mut Vec<(SocketAddr, UdpSocket)>, questions: &mut [Question], left: Duration) -> bool {
    let ready: Vec<bool> = {
        let mut watched: Vec<PollFd> = servers
            .iter()
            .map(|(_, socket)| PollFd::new(socket.as_fd(), PollFlags::POLLIN))
            .collect();
        let millis = u16::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u16::MAX);
        match poll(&mut watched, PollTimeout::from(millis)) {
            Ok(0) => return false,
            Ok(_) => watched.iter().map(|one| one.any().unwrap_or(false)).collect(),
            Err(nix::errno::Errno::EINTR) => return true,
            Err(_) => return false,
        }
    };
    let mut at = 0;
    servers.retain(|(server, socket)| {
        let is_ready = ready.get(at).copied().unwrap_or(false);
        at += 1;
        // A host whose word is that nobody listens there is asked no more.
        !is_ready || receive(*server, socket, questions).is_ok()
    });
    !servers.is_empty()
}

fn receive(server: SocketAddr, socket: &UdpSocket, questions: &mut [Question]) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let length = match socket.recv(&mut buffer) {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
        Err(error) => return Err(error),
    };
    let bytes = &buffer[..length];
    let Some(question) = bytes
        .get(..2)
        .map(|id| u16::from_be_bytes([id[0], id[1]]))
        .and_then(|id| questions.iter_mut().find(|question| question.id == id))
    else {
        return Ok(());
    };
    if question.answer.is_some() || bytes.get(2).is_none_or(|flags| flags & 0x80 == 0) {
        return Ok(());
    }
    let truncated = bytes.get(2).is_some_and(|flags| flags & 2 != 0);
    let whole = if truncated {
        // musl: what came over UDP counts where TCP does not work.
        ask::over_tcp(server, &question.bytes, Duration::from_secs(5)).unwrap_or_else(|_| bytes.to_vec())
    } else {
        bytes.to_vec()
    };
    match Message::from_vec(&whole) {
        Ok(message)
            if matches!(
                message.metadata.response_code,
                ResponseCode::NoError | ResponseCode::NXDomain
            ) =>
        {
            question.answer = Some(message);
        }
        _ => question.failed += 1,
    }
    Ok(())
}

fn settle(questions: Vec<Question>) -> Result<Vec<Message>, Failure> {
    let answers: Option<Vec<Message>> = questions.into_iter().map(|question| question.answer).collect();
    let answers = answers.ok_or(Failure::NoAnswer)?;
    if answers
        .iter()
        .any(|answer| answer.metadata.response_code == ResponseCode::NXDomain)
    {
        return Err(Failure::NoSuchName);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    use hickory_proto::rr::rdata::A;
    use hickory_proto::rr::{RData, Record};

    use super::*;

    fn settings(servers: usize) -> Settings {
        let text = "nameserver 127.0.0.1\n".repeat(servers);
        Settings::read(&format!("{text}options timeout:20 attempts:2\n"))
    }

    fn reply(query: &[u8], code: ResponseCode, addresses: u32) -> Vec<u8> {
        let mut message = Message::from_vec(query).unwrap().into_response();
        message.metadata.response_code = code;
        let question = message.queries[0].clone();
        if question.query_type() == RecordType::A {
            for last in 0..addresses {
                let address = Ipv4Addr::from_bits(0xac12_0000 + last);
                message.add_answer(Record::from_rdata(question.name().clone(), 600, RData::A(A(address))));
            }
        }
        message.to_vec().unwrap()
    }

    /// A server that answers two datagrams in its own way.
    fn served(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> u16 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut buffer) {
                let _ = socket.send_to(b"rubbish", client);
                let _ = socket.send_to(&answer(&buffer[..length]), client);
            }
        });
        port
    }

    const BOTH: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

    #[test]
    fn both_families_are_asked_for_and_both_must_be_answered() {
        let port = served(|query| reply(query, ResponseCode::NoError, 2));
        let answers = ask_at(&settings(1), port, "es", &BOTH).unwrap();
        assert_eq!(
            answers.iter().map(|answer| answer.answers.len()).collect::<Vec<_>>(),
            [2, 0]
        );
    }

    #[test]
    fn errors_settle_a_question_once_every_server_gave_one() {
        let port = served(|query| reply(query, ResponseCode::NXDomain, 0));
        assert_eq!(ask_at(&settings(1), port, "nosuch", &BOTH), Err(Failure::NoSuchName));
        let port = served(|query| reply(query, ResponseCode::ServFail, 0));
        assert_eq!(ask_at(&settings(1), port, "es", &BOTH), Err(Failure::NoAnswer));
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(ask_at(&settings(2), closed, "es", &BOTH), Err(Failure::NoAnswer));
        assert_eq!(ask_at(&settings(1), port, "a..b", &BOTH), Err(Failure::NoSuchName));
    }

    #[test]
    fn an_answer_cut_short_is_asked_for_again_over_tcp() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 512];
            let (length, client) = socket.recv_from(&mut buffer).unwrap();
            let mut cut = reply(&buffer[..length], ResponseCode::NoError, 1);
            cut[2] |= 2;
            socket.send_to(&cut, client).unwrap();
        });
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut prefix = [0; 2];
            stream.read_exact(&mut prefix).unwrap();
            let mut query = vec![0; usize::from(u16::from_be_bytes(prefix))];
            stream.read_exact(&mut query).unwrap();
            let answer = reply(&query, ResponseCode::NoError, 300);
            stream
                .write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes())
                .unwrap();
            stream.write_all(&answer).unwrap();
        });
        let answers = ask_at(&settings(1), port, "many", &[RecordType::A]).unwrap();
        assert_eq!(answers[0].answers.len(), 300);
    }
}
