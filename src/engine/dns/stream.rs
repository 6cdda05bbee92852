//! Questions over a connection: each behind its length (RFC 1035 §4.2.2), one after the other.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::serve::{Reaction, Served, Shared, react};
use crate::observe::Transport;

/// The first question must be there by then, and each answer taken (miekg/dns `dnsTimeout`).
const FIRST: Duration = Duration::from_secs(2);
/// Every later question (miekg/dns `tcpIdleTimeout`).
const IDLE: Duration = Duration::from_secs(8);
/// Questions on one connection (miekg/dns `maxTCPQueries`).
const QUESTIONS: usize = 128;

/// Answers on one connection until its client ends it, is too slow, or has asked enough.
pub(super) async fn serve(mut connection: TcpStream, shared: Rc<Shared>, served: Served) {
    let mut patience = FIRST;
    for _ in 0..QUESTIONS {
        let Ok(Ok(packet)) = timeout(patience, read(&mut connection)).await else {
            return;
        };
        patience = IDLE;
        let reply = match react(&shared, &served, &packet, Transport::Tcp) {
            Reaction::Reply(reply) => Some(reply),
            Reaction::Ask(errand) => errand.run(&shared).await,
            Reaction::Silence => None,
        };
        if let Some(reply) = reply
            && !matches!(timeout(FIRST, write(&mut connection, &reply)).await, Ok(Ok(())))
        {
            return;
        }
    }
}

/// One message. Room for it is made as it comes: a client that only announces one costs nothing.
pub(super) async fn read(connection: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = usize::from(connection.read_u16().await?);
    let mut packet = Vec::new();
    connection.take(length as u64).read_to_end(&mut packet).await?;
    if packet.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(packet)
}

/// One message, length and all in one segment.
pub(super) async fn write(connection: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut framed = Vec::with_capacity(message.len() + 2);
    framed.extend(length.to_be_bytes());
    framed.extend(message);
    connection.write_all(&framed).await
}
