use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::{LessonProgress, Notice, ProgressStore};

/// Saves progress behind the screen's back: the disk's time is not the learner's. Dropping it waits for the last save.
#[derive(Debug)]
pub(super) struct Keeper {
    store: ProgressStore,
    lesson: String,
    /// What the file had when this session last read or wrote it.
    known: LessonProgress,
    notice: Arc<Mutex<Option<Notice>>>,
    /// Started with the first save: until a lab is launched the process has one thread only.
    worker: Option<(Sender<LessonProgress>, JoinHandle<()>)>,
}

impl Keeper {
    pub(super) fn new(store: ProgressStore, lesson: String, known: LessonProgress) -> Self {
        Self {
            store,
            lesson,
            known,
            notice: Arc::default(),
            worker: None,
        }
    }

    pub(super) fn keep(&mut self, progress: LessonProgress) {
        if self.worker.is_none() {
            self.worker = self.start();
        }
        if let Some((sender, _)) = &self.worker {
            // It ends only with us.
            drop(sender.send(progress));
        } else {
            let saved = self.store.save_over(&self.lesson, Some(&self.known), &progress);
            tell(&self.notice, saved);
            self.known = progress;
        }
    }

    /// What saving had to tell, once.
    pub(super) fn take_notice(&self) -> Option<Notice> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// None where the system has no thread to give: progress is then saved on the spot.
    fn start(&self) -> Option<(Sender<LessonProgress>, JoinHandle<()>)> {
        let (sender, receiver) = channel();
        let (store, lesson, notice) = (self.store.clone(), self.lesson.clone(), Arc::clone(&self.notice));
        let known = self.known.clone();
        let work = move || save_each((&store, &lesson), known, &receiver, &notice);
        let worker = thread::Builder::new().name("progress".into()).spawn(work).ok()?;
        Some((sender, worker))
    }

    /// Waits for the last save, and what it had to tell.
    #[cfg(test)]
    pub(super) fn finish(mut self) -> Option<Notice> {
        self.wait();
        self.take_notice()
    }

    fn wait(&mut self) {
        if let Some((sender, worker)) = self.worker.take() {
            drop(sender);
            // A panic in there has been reported by its own thread.
            let _ = worker.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.wait();
    }
}

fn save_each(
    (store, lesson): (&ProgressStore, &str),
    mut known: LessonProgress,
    receiver: &Receiver<LessonProgress>,
    notice: &Mutex<Option<Notice>>,
) {
    while let Ok(mut progress) = receiver.recv() {
        // Only the newest matters.
        while let Ok(newer) = receiver.try_recv() {
            progress = newer;
        }
        tell(notice, store.save_over(lesson, Some(&known), &progress));
        known = progress;
    }
}

fn tell(notice: &Mutex<Option<Notice>>, saved: Result<Option<Notice>, Notice>) {
    if let Some(new) = saved.unwrap_or_else(Some) {
        *notice.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
    }
}
