//! What the zygote hears from the engine, and says to it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::refusal::{refused, unreadable};
use crate::engine::sandbox::protocol::{Answer, FromZygote, Request};
use crate::engine::sandbox::wire;

/// The engine's end of the conversation.
#[derive(Debug)]
pub(super) struct Outbox(OwnedFd);

impl Outbox {
    pub fn new(socket: OwnedFd) -> Self {
        Self(socket)
    }

    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// The next request. One that cannot be read is refused to the one who asked; `None` where the engine has ended.
    pub fn hear(&self) -> Option<Heard> {
        let packet = wire::receive_packet(&self.0).ok().flatten()?;
        let id = packet.number;
        Some(match packet.read() {
            Ok((request, fds)) => Heard::Request(request, fds),
            Err(error) => {
                self.reply(id, unreadable(&error), None);
                Heard::Nothing
            }
        })
    }

    /// Answers a request; false where the answer was too much for the socket, or for our descriptors: then a refusal is sent in
    /// its place, for somebody waits. If the engine has ended, so does the zygote, at its next look.
    pub fn reply(&self, id: u64, answer: Answer, fd: Option<BorrowedFd<'_>>) -> bool {
        let Err(error) = wire::send_numbered(&self.0, id, &FromZygote::Reply { id, answer }, fd.as_slice()) else {
            return true;
        };
        if !wire::is_gone(&error) {
            let answer = refused("send the answer".into(), &error);
            let _ = wire::send_numbered(&self.0, id, &FromZygote::Reply { id, answer }, &[]);
        }
        false
    }

    /// Reports the end of a container's first process.
    pub fn exit(&self, container: &str, code: i32) {
        let container = container.to_owned();
        let _ = wire::send(&self.0, &FromZygote::Exit { container, code }, &[]);
    }

    /// Reports the end of an exec.
    pub fn exec_exit(&self, container: &str, exec: &str, code: i32) {
        let (container, exec) = (container.to_owned(), exec.to_owned());
        let _ = wire::send(&self.0, &FromZygote::ExecExit { container, exec, code }, &[]);
    }
}

/// What the engine said.
#[derive(Debug)]
pub(super) enum Heard {
    /// What it asks, with descriptors.
    Request(Request, Vec<OwnedFd>),
    /// What could not be read.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sandbox::protocol::Ask;

    fn reply_of(answer: Answer) -> (bool, FromZygote) {
        let (ours, theirs) = wire::pair().unwrap();
        let sent = Outbox::new(ours).reply(7, answer, None);
        (sent, wire::receive(&theirs).unwrap().unwrap().0)
    }

    #[test]
    fn an_answer_that_cannot_be_sent_is_refused_to_the_one_who_asked() {
        assert_eq!(
            reply_of(Answer::Done),
            (
                true,
                FromZygote::Reply {
                    id: 7,
                    answer: Answer::Done
                }
            )
        );
        let before = Some("x".repeat(17 << 20));
        let (sent, reply) = reply_of(Answer::Text { before });
        let answer = Answer::Refused {
            doing: "send the answer".into(),
            errno: libc::EMSGSIZE,
        };
        assert_eq!((sent, reply), (false, FromZygote::Reply { id: 7, answer }));
    }

    #[test]
    fn a_request_that_cannot_be_read_is_refused_and_the_next_is_heard() {
        let (ours, theirs) = wire::pair().unwrap();
        let zygote = Outbox::new(ours);
        wire::send_numbered(&theirs, 7, &"no request", &[]).unwrap();
        let ask = Ask::SealImage { image: "i".into() };
        wire::send_numbered(&theirs, 8, &Request { id: 8, ask }, &[]).unwrap();
        assert!(matches!(zygote.hear(), Some(Heard::Nothing)));
        let (FromZygote::Reply { id: 7, answer }, _) = wire::receive(&theirs).unwrap().unwrap() else {
            panic!("the request was not answered");
        };
        assert!(matches!(answer, Answer::Refused { .. }), "{answer:?}");
        assert!(matches!(zygote.hear(), Some(Heard::Request(Request { id: 8, .. }, _))));
        drop(theirs);
        assert!(zygote.hear().is_none());
    }

    #[test]
    fn nothing_is_told_to_an_engine_that_has_gone() {
        let (ours, theirs) = wire::pair().unwrap();
        drop(theirs);
        assert!(!Outbox::new(ours).reply(7, Answer::Done, None));
    }
}
