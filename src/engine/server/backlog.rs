//! Pieces on their way to one client, bounded in bytes: a queue of pieces alone would hold next to nothing of a program that
//! writes letter by letter, and far too much of one that writes a lot at once.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that a client may lag behind before its sender waits (moby, `pkg/ioutils/bytespipe.go`, `blockThreshold`).
pub const LAG: u32 = 1_000_000;
/// What a piece takes beside its bytes: its place in the queue, its counts, its allocation.
const PIECE: usize = 96;

/// The receiver has gone, or wants no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver has gone")]
pub struct Gone;

/// A queue that holds pieces of at most `bytes` bytes, and always one.
#[must_use]
pub fn backlog<T>(bytes: u32) -> (Sender<T>, Receiver<T>) {
    let (items, taken) = unbounded_channel();
    let room = Arc::new(Semaphore::new(bytes as usize));
    let sender = Sender {
        items,
        room: Arc::clone(&room),
        capacity: bytes,
    };
    (sender, Receiver { items: taken, room })
}

/// The writing side. Cloning gives another handle to the same.
#[derive(Debug)]
pub struct Sender<T> {
    items: UnboundedSender<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    capacity: u32,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
            room: Arc::clone(&self.room),
            capacity: self.capacity,
        }
    }
}

impl<T> Sender<T> {
    /// Sends a piece of so many bytes, once there is room for it.
    ///
    /// # Errors
    /// Nobody will take it.
    pub async fn send(&self, piece: T, bytes: usize) -> Result<(), Gone> {
        let cost = u32::try_from(bytes + PIECE).map_or(self.capacity, |cost| cost.min(self.capacity));
        let room = Arc::clone(&self.room)
            .acquire_many_owned(cost)
            .await
            .map_err(|_| Gone)?;
        self.items.send((piece, room)).map_err(|_| Gone)
    }

    /// Whether the receiver has gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.items.is_closed()
    }

    /// Waits until the receiver has gone.
    pub async fn closed(&self) {
        self.items.closed().await;
    }
}

/// The reading side.
#[derive(Debug)]
pub struct Receiver<T> {
    items: UnboundedReceiver<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

impl<T> Receiver<T> {
    /// The next piece; nothing once all senders have gone.
    pub async fn recv(&mut self) -> Option<T> {
        self.items.recv().await.map(|(piece, _)| piece)
    }

    /// The same, for those who poll.
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(ready!(self.items.poll_recv(context)).map(|(piece, _)| piece))
    }

    /// A piece that is there already.
    pub fn try_recv(&mut self) -> Option<T> {
        self.items.try_recv().ok().map(|(piece, _)| piece)
    }

    /// Takes no more than what was sent.
    pub fn close(&mut self) {
        self.items.close();
        self.room.close();
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // Whoever waits for room waits for nothing.
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// How many pieces of so many bytes are taken before the sender waits.
    async fn taken(bytes: usize) -> usize {
        let (sender, _receiver) = backlog(1000);
        let mut count = 0;
        while timeout(Duration::from_millis(50), sender.send(count, bytes))
            .await
            .is_ok()
        {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn it_holds_bytes_and_not_pieces() {
        assert_eq!(taken(1000 - PIECE).await, 1);
        assert_eq!(taken(500 - PIECE).await, 2);
        assert_eq!(
            taken(usize::MAX - PIECE).await,
            1,
            "a piece that is larger than the queue goes alone"
        );
        assert!(taken(1).await <= 1000 / PIECE, "small ones are not free");
    }

    #[tokio::test]
    async fn a_taken_piece_makes_room_and_a_receiver_that_goes_ends_the_wait() {
        let (sender, mut receiver) = backlog(1000);
        sender.send("one", 1000).await.unwrap();
        let waiting = {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send("two", 1000).await })
        };
        assert_eq!(receiver.recv().await, Some("one"));
        waiting.await.unwrap().unwrap();
        let waiting = tokio::spawn(async move { sender.send("three", 1000).await });
        tokio::task::yield_now().await;
        receiver.close();
        assert_eq!(waiting.await.unwrap(), Err(Gone));
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some("two"), None));
    }
}
