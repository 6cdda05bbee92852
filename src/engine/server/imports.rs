//! From an archive on the wire to an unpacked image.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::engine::images::{UnpackError, Unpacked};
use crate::engine::sandbox::SandboxClient;

/// Memory that the imported images of one lab may take together, bytes.
const ROOM: u64 = 1 << 30;
/// What one may take of it.
const LARGEST: u64 = 512 << 20;
/// How long a sender may send nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// What is still read of an archive that has been refused, so that its sender comes to read why.
const LISTENED: usize = 64 << 20;

/// Where archives are unpacked and images kept.
pub trait Shelf: Send + Sync {
    /// Begins to unpack what comes from `archive` under that name, in at most `size` bytes; writes the outcome, as JSON, to
    /// `outcome`.
    ///
    /// # Errors
    /// The kernel's refusal; nothing of the image remains.
    fn unpack(&self, image: &str, size: u64, archive: OwnedFd, outcome: OwnedFd) -> io::Result<()>;

    /// The image is complete.
    ///
    /// # Errors
    /// The kernel's refusal.
    fn seal(&self, image: &str) -> io::Result<()>;

    /// The image is not wanted.
    ///
    /// # Errors
    /// The kernel's refusal.
    fn remove(&self, image: &str) -> io::Result<()>;
}

impl Shelf for SandboxClient {
    fn unpack(&self, image: &str, size: u64, archive: OwnedFd, outcome: OwnedFd) -> io::Result<()> {
        self.unpack_image(image, size, archive.as_fd(), outcome.as_fd())
            .map_err(io::Error::other)
    }

    fn seal(&self, image: &str) -> io::Result<()> {
        self.seal_image(image).map_err(io::Error::other)
    }

    fn remove(&self, image: &str) -> io::Result<()> {
        self.drop_image(image).map_err(io::Error::other)
    }
}

/// Why an archive did not become an image.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What is wrong with it.
    #[error(transparent)]
    Archive(#[from] UnpackError),
    /// It did not arrive.
    #[error("the archive did not arrive whole: {0}")]
    Sender(#[source] axum::Error),
    /// Others wait for their turn meanwhile.
    #[error("the archive did not arrive whole: nothing came for {} seconds", SILENCE.as_secs())]
    Silent,
    /// The images there are have taken all the room there is.
    #[error("no space left: the imported images of this lab may take {} MiB together; docker rmi makes room", ROOM >> 20)]
    Full,
    /// The machine's refusal.
    #[error("unpack the archive: {0}")]
    Os(#[from] io::Error),
}

/// Imports under way, and the names they get.
pub struct Imports {
    shelf: Arc<dyn Shelf>,
    next: AtomicU64,
    /// One at a time: what an archive takes is known once it is there only.
    turn: Semaphore,
}

/// The right to import, until it is dropped.
pub struct Turn<'a>(#[expect(dead_code, reason = "it is held, not looked at")] SemaphorePermit<'a>);

/// An unpacked archive.
#[derive(Debug)]
pub struct Shelved {
    /// The name it is kept under.
    pub store: String,
    /// What it came to.
    pub unpacked: Unpacked,
}

impl Imports {
    /// Onto a shelf.
    pub fn new(shelf: Arc<dyn Shelf>) -> Self {
        Self {
            shelf,
            next: AtomicU64::new(1),
            turn: Semaphore::new(1),
        }
    }

    /// Waits for its turn; to be held until the image is there, so that what the images take is known to the next.
    ///
    /// # Errors
    /// The lab is ending.
    pub async fn turn(&self) -> Result<Turn<'_>, ImportError> {
        let ending = |_| ImportError::Os(io::Error::other("the lab is ending"));
        self.turn.acquire().await.map(Turn).map_err(ending)
    }

    /// Unpacks a body. `taken` is what the images there are take, bytes.
    ///
    /// # Errors
    /// Nothing remains of an archive that is refused.
    pub async fn unpack(&self, _: &Turn<'_>, body: Body, taken: u64) -> Result<Shelved, ImportError> {
        match ROOM.saturating_sub(taken).min(LARGEST) {
            0 => Err(ImportError::Full),
            room => self.shelve(body, room).await,
        }
    }

    /// Takes an image away that nobody was told of.
    pub async fn remove(&self, image: String) {
        let keeper = Arc::clone(&self.shelf);
        let removed = blocking(move || keeper.remove(&image)).await;
        if let Err(error) = removed {
            tracing::warn!(%error, "an image could not be taken away");
        }
    }

    async fn shelve(&self, body: Body, room: u64) -> Result<Shelved, ImportError> {
        let image = format!("import-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let (archive, sink) = pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from)?;
        let (source, outcome) = pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from)?;
        let (sink, source) = (
            pipe::Sender::from_owned_fd(sink)?,
            pipe::Receiver::from_owned_fd(source)?,
        );
        let (keeper, name) = (Arc::clone(&self.shelf), image.clone());
        blocking(move || keeper.unpack(&name, room, archive, outcome)).await?;
        let sent = send(body, sink).await;
        let told = outcome_of(source).await;
        let result = match (sent, told) {
            (_, Ok(Err(error))) => Err(error.into()),
            (Err(error), _) => Err(error),
            (Ok(()), Ok(Ok(unpacked))) => {
                let (keeper, name) = (Arc::clone(&self.shelf), image.clone());
                let sealed = blocking(move || keeper.seal(&name)).await;
                sealed.map(|()| unpacked).map_err(ImportError::from)
            }
            (Ok(()), Err(error)) => Err(error.into()),
        };
        match result {
            Ok(unpacked) => Ok(Shelved { store: image, unpacked }),
            Err(error) => {
                self.remove(image).await;
                Err(error)
            }
        }
    }
}

/// Writes a body to a pipe, holding no more of it than a piece at a time. That nobody reads any more is no error here: the
/// reader says why.
async fn send(body: Body, mut sink: pipe::Sender) -> Result<(), ImportError> {
    let mut pieces = body.into_data_stream();
    while let Some(piece) = next(&mut pieces).await? {
        if sink.write_all(&piece).await.is_err() {
            let mut heard = 0;
            while heard < LISTENED
                && let Ok(Some(piece)) = next(&mut pieces).await
            {
                heard += piece.len();
            }
            break;
        }
    }
    Ok(())
}

async fn next(pieces: &mut BodyDataStream) -> Result<Option<Bytes>, ImportError> {
    let piece = poll_fn(|context| std::pin::Pin::new(&mut *pieces).poll_next(context));
    let piece = timeout(SILENCE, piece).await.map_err(|_| ImportError::Silent)?;
    piece.transpose().map_err(ImportError::Sender)
}

async fn outcome_of(mut source: pipe::Receiver) -> io::Result<Result<Unpacked, UnpackError>> {
    let mut text = Vec::new();
    source.read_to_end(&mut text).await?;
    serde_json::from_slice(&text).map_err(|_| io::Error::other("the process that did it has ended"))
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
