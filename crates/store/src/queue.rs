//! The bounded queue in front of the writer.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::command::Command;
use crate::error::StoreError;

/// Commands in the order in which they were applied in memory.
///
/// A place is reserved before anything is applied, so that a full queue refuses while there is
/// still nothing to take back.
#[derive(Debug)]
pub(crate) struct Queue {
    limit: usize,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Command>,
    /// Reserved and not yet used.
    reserved: usize,
    /// Commands ever queued.
    sequence: u64,
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The store is closing: what waits is still written.
    Closed,
    /// A commit failed: what waits is lost, as its callers are told.
    Stopped,
}

/// A place in the queue, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    queue: &'a Queue,
}

/// What the writer takes at once.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) commands: Vec<Command>,
    /// The count of its last command.
    pub(crate) sequence: u64,
}

impl Queue {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
            news: Condvar::new(),
        }
    }

    /// Takes a place; `Busy` when all are taken.
    pub(crate) fn reserve(&self) -> Result<Place<'_>, StoreError> {
        let mut state = self.lock();
        if state.end.is_some() {
            return Err(StoreError::Stopped);
        }
        if state.waiting.len() + state.reserved >= self.limit {
            return Err(StoreError::Busy);
        }
        state.reserved += 1;
        Ok(Place { queue: self })
    }

    /// The count of the newest command.
    pub(crate) fn newest(&self) -> u64 {
        self.lock().sequence
    }

    /// Up to `most` commands, as soon as there is one; `None` when the queue has ended.
    pub(crate) fn take(&self, most: usize) -> Option<Batch> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.end.is_some() {
                return None;
            }
            state = self
                .news
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.batch(most)
    }

    /// The same without waiting; `None` when there is no command.
    pub(crate) fn take_now(&self, most: usize) -> Option<Batch> {
        self.lock().batch(most)
    }

    /// No more commands; those that wait are still taken.
    pub(crate) fn close(&self) {
        self.lock().end.get_or_insert(End::Closed);
        self.news.notify_all();
    }

    /// No more commands, and those that wait are dropped.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.end = Some(End::Stopped);
        state.waiting.clear();
    }

    // A panic elsewhere cannot leave the state half changed: every change is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn batch(&mut self, most: usize) -> Option<Batch> {
        let count = self.waiting.len().min(most);
        let commands: Vec<Command> = self.waiting.drain(..count).collect();
        let sequence = self.sequence - self.waiting.len() as u64;
        (count > 0).then_some(Batch { commands, sequence })
    }
}

impl Place<'_> {
    /// Queues the command and returns its count.
    pub(crate) fn fill(self, command: Command) -> u64 {
        let mut state = self.queue.lock();
        state.sequence += 1;
        if state.end.is_none() {
            state.waiting.push_back(command);
        }
        let sequence = state.sequence;
        drop(state);
        self.queue.news.notify_one();
        sequence
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.lock().reserved -= 1;
    }
}
