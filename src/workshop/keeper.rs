use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::{LessonProgress, Notice, ProgressStore};

/// Saves progress behind the screen's back: the disk's time is not the learner's. Dropping it waits for the last save.
#[derive(Debug)]
pub(super) struct Keeper {
    sender: Option<Sender<LessonProgress>>,
    notice: Arc<Mutex<Option<Notice>>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn new(store: ProgressStore, lesson: String) -> Self {
        let (sender, receiver) = channel();
        let notice = Arc::new(Mutex::new(None));
        let told = Arc::clone(&notice);
        let thread = std::thread::Builder::new().name("progress".into());
        let thread = thread.spawn(move || save_each(&store, &lesson, &receiver, &told)).ok();
        Self {
            sender: Some(sender),
            notice,
            thread,
        }
    }

    pub(super) fn keep(&self, progress: LessonProgress) {
        if let Some(sender) = &self.sender {
            // Only fails when the thread could not be started; there is then nowhere to keep it.
            let _ = sender.send(progress);
        }
    }

    /// What saving had to tell, once.
    pub(super) fn take_notice(&self) -> Option<Notice> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn save_each(store: &ProgressStore, lesson: &str, receiver: &Receiver<LessonProgress>, told: &Mutex<Option<Notice>>) {
    while let Ok(mut progress) = receiver.recv() {
        // Only the newest matters.
        while let Ok(newer) = receiver.try_recv() {
            progress = newer;
        }
        let notice = store.save(lesson, &progress).unwrap_or_else(Some);
        if notice.is_some() {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = notice;
        }
    }
}

impl Keeper {
    /// Waits for the last save, and what it had to tell.
    #[cfg(test)]
    pub(super) fn finish(mut self) -> Option<Notice> {
        self.wait();
        self.take_notice()
    }

    fn wait(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.wait();
    }
}
