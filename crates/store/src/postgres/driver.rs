//! The thread on which connections live, and how everybody else waits for them.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::error::StoreError;

/// A runtime of our own: engines block, and are called from threads that belong to another runtime
/// as well as from threads that belong to none.
#[derive(Debug)]
pub(super) struct Driver {
    /// `None` only while this is dropped.
    runtime: Option<Runtime>,
    place: Place,
}

/// Where connections live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On a thread for them.
    Apart,
    /// On the thread that waits, which is always the same and belongs to no other runtime: no other
    /// thread needs to wake up on the way to the database and back.
    Here,
}

impl Driver {
    /// With a thread for connections that anybody may use.
    pub(super) fn start() -> Result<Self, StoreError> {
        Self::build(Builder::new_multi_thread().worker_threads(1), Place::Apart)
    }

    /// For the connection of one thread, which must be the only one that ever waits for it.
    pub(super) fn for_one_thread() -> Result<Self, StoreError> {
        Self::build(&mut Builder::new_current_thread(), Place::Here)
    }

    fn build(builder: &mut Builder, place: Place) -> Result<Self, StoreError> {
        let runtime = builder
            .thread_name("store-postgres")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|source| StoreError::engine("start the database thread", source))?;
        Ok(Self {
            runtime: Some(runtime),
            place,
        })
    }

    /// Runs `work` where connections live.
    pub(super) fn spawn<F>(&self, work: F) -> Option<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.runtime.as_ref().map(|runtime| runtime.spawn(work))
    }

    /// Waits on this thread. What is waited for lives on the driver's thread and only wakes us, so
    /// that this may be called wherever blocking may be.
    pub(super) fn wait<F: Future>(&self, work: F) -> F::Output {
        match (&self.runtime, self.place) {
            (Some(runtime), Place::Here) => runtime.block_on(work),
            (runtime, _) => {
                // For its timers.
                let _context = runtime.as_ref().map(Runtime::enter);
                block_on(work)
            }
        }
    }

    /// The same, for at most `patience`.
    pub(super) fn wait_for<F: Future>(&self, patience: Duration, work: F) -> Option<F::Output> {
        self.wait(async move { tokio::time::timeout(patience, work).await.ok() })
    }
}

/// Without waiting: the last handle may be dropped on a thread that must not block.
impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(work: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
