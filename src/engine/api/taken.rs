//! Whether a client has read what was sent to it, and whether it reads at all.
#![allow(unsafe_code)] // an ioctl that no crate wraps for sockets

use std::io;
use std::time::Duration;

use rustix::ioctl::{Getter, Opcode, ioctl};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::time::{Instant, sleep, timeout};

/// `SIOCOUTQ`, Linux' `linux/sockios.h`; the number is `TIOCOUTQ`'s.
const OUTPUT_LEFT: Opcode = 0x5411;
/// How often is looked: the kernel tells nobody when a peer has read.
const LOOK: Duration = Duration::from_millis(1);
/// A client that reads nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long output waits for a client that takes nothing at all; then the client is cut off. Docker waits for ever, and a
/// client that was stopped there stops the container and every other client with it.
pub const STALLED: Duration = Duration::from_secs(60);

/// Writes everything, however slowly it is read. False once the client has gone, or has taken nothing for so long.
pub async fn write(client: &mut OwnedWriteHalf, mut bytes: &[u8], patience: Duration) -> bool {
    let (mut taken, mut unread) = (Instant::now(), i32::MAX);
    while !bytes.is_empty() {
        match timeout(patience / 8, client.write(bytes)).await {
            Ok(Ok(count @ 1..)) => {
                bytes = &bytes[count..];
                (taken, unread) = (Instant::now(), i32::MAX);
            }
            Ok(_) => return false,
            Err(_) => {
                // A socket has room again only once most of it was read (Linux, `unix_writable`): that a little was is seen here.
                let now = left(client).unwrap_or(i32::MAX);
                if now < unread {
                    (taken, unread) = (Instant::now(), now);
                } else if taken.elapsed() >= patience {
                    tracing::warn!("a client that took no output was cut off");
                    return false;
                }
            }
        }
    }
    true
}

/// Waits until the client has read everything.
///
/// docker-py reads an answer's head through a buffer, and then from the socket behind the buffer: whatever the buffer took along
/// with the head is lost to it. A Docker Engine needs so long to start a process that this never shows.
pub async fn all_read(client: &OwnedWriteHalf) {
    let deadline = Instant::now() + PATIENCE;
    while left(client).is_ok_and(|bytes| bytes > 0) && Instant::now() < deadline {
        sleep(LOOK).await;
    }
}

/// Memory that unread output takes (`unix(7)`: for stream sockets more than its bytes, and nothing when all is read).
fn left(client: &OwnedWriteHalf) -> io::Result<i32> {
    // SAFETY: the request writes one int, and does nothing else to the socket.
    Ok(unsafe { ioctl(client.as_ref(), Getter::<OUTPUT_LEFT, i32>::new()) }?)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn what_was_read_is_told_from_what_was_not() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (_, mut writer) = ours.into_split();
        assert_eq!(left(&writer).unwrap(), 0);
        writer.write_all(b"head").await.unwrap();
        assert!(left(&writer).unwrap() > 0);
        let reading = tokio::spawn(async move {
            sleep(Duration::from_millis(20)).await;
            let mut buffer = [0; 8192];
            let count = theirs.read(&mut buffer).await.unwrap();
            (theirs, count)
        });
        all_read(&writer).await;
        writer.write_all(b"more").await.unwrap();
        let (mut theirs, count) = reading.await.unwrap();
        assert_eq!(count, 4, "the head alone");
        let mut buffer = [0; 8192];
        assert_eq!(theirs.read(&mut buffer).await.unwrap(), 4);
    }

    /// What a client gets of a megabyte that reads `at_once` bytes every 20 ms and is given up after a second without any.
    async fn got(at_once: usize) -> (bool, usize) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (_reader, mut writer) = ours.into_split();
        let writing = tokio::spawn(async move {
            let sent = vec![0; 1 << 20];
            write(&mut writer, &sent, Duration::from_secs(1)).await
        });
        let mut count = 0;
        let mut buffer = vec![0; at_once];
        // Of no bytes nothing is read.
        loop {
            sleep(Duration::from_millis(20)).await;
            match theirs.read(&mut buffer).await.unwrap() {
                0 => break,
                more => count += more,
            }
        }
        (writing.await.unwrap(), count)
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_everything_and_who_does_not_read_is_given_up() {
        assert_eq!(got(8192).await, (true, 1 << 20));
        assert_eq!(got(0).await, (false, 0));
    }
}
