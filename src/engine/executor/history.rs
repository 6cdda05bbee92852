//! The last Plans that were run, for `GET /lab/plans`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::plan::ExecutedPlan;

/// Plans kept.
const CAPACITY: usize = 512;

/// A bounded ring of executed Plans. Cheap to clone; all clones show the same ring.
#[derive(Debug, Clone, Default)]
pub struct History {
    ring: Arc<Mutex<VecDeque<Arc<ExecutedPlan>>>>,
}

impl History {
    /// The Plans kept, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<ExecutedPlan>> {
        self.ring
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    pub(super) fn push(&self, plan: ExecutedPlan) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() == CAPACITY {
            ring.pop_front();
        }
        ring.push_back(Arc::new(plan));
    }
}
