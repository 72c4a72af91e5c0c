//! The attempts that are under way: how many at once, and what becomes of one that ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use leasehold_store::{Delivery, DeliveryKey, EndpointKey};
use tokio::task::{Id, JoinError, JoinSet};

use super::Endpoints;
use super::attempt::{attempt, book};
use crate::state::App;

/// Attempts under way at most.
const ALL: usize = 64;

/// Attempts at one endpoint under way at most, so that a slow one does not hold up the others.
pub(super) const EACH: usize = 4;

/// Attempts under way.
pub(super) struct Underway {
    app: Arc<App>,
    endpoints: Endpoints,
    tasks: JoinSet<()>,
    deliveries: HashMap<Id, Delivery>,
    keys: HashSet<DeliveryKey>,
    by_endpoint: HashMap<EndpointKey, usize>,
}

impl Underway {
    /// How many deliveries are worth looking for: were all that are under way among them, there
    /// would still be one that is not as long as there is room.
    pub(super) const LIMIT: usize = ALL;

    pub(super) fn new(app: Arc<App>, endpoints: Endpoints) -> Self {
        Self {
            app,
            endpoints,
            tasks: JoinSet::new(),
            deliveries: HashMap::new(),
            keys: HashSet::new(),
            by_endpoint: HashMap::new(),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.deliveries.len() < ALL
    }

    /// Begins an attempt, unless it is under way or there is no room. An endpoint that failed last
    /// is asked by one message at a time: many that fail together would count as many failures,
    /// though it is one.
    pub(super) fn begin(&mut self, delivery: Delivery) {
        let at_endpoint = self.by_endpoint.get(&delivery.key.endpoint()).copied();
        let most = if delivery.failures > 0 { 1 } else { EACH };
        let is_full = !self.has_room() || at_endpoint.unwrap_or(0) >= most;
        if is_full || !self.keys.insert(delivery.key) {
            return;
        }
        *self.by_endpoint.entry(delivery.key.endpoint()).or_default() += 1;
        let (app, endpoints) = (Arc::clone(&self.app), self.endpoints.clone());
        let own = delivery.clone();
        let task = self.tasks.spawn(async move {
            attempt(&app, &endpoints, &own).await;
        });
        self.deliveries.insert(task.id(), delivery);
    }

    /// Returns when an attempt has ended; never when none is under way.
    pub(super) async fn ended(&mut self) {
        let Some(mut ended) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        // Whichever else has ended by now needs no look of its own.
        loop {
            self.settle(ended);
            let Some(next) = self.tasks.try_join_next_with_id() else {
                return;
            };
            ended = next;
        }
    }

    /// Lets what is under way end, for `patience` at most. True when it did.
    pub(super) async fn drain(mut self, patience: Duration) -> bool {
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        let is_in_time = tokio::time::timeout(patience, ended).await.is_ok();
        // Nothing of the store may be held any more when this returns.
        self.tasks.shutdown().await;
        is_in_time
    }

    fn settle(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, is_panic) = match ended {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), true),
        };
        let Some(delivery) = self.deliveries.remove(&id) else {
            return;
        };
        if is_panic {
            // Booked as any other failure, so that it is not tried again at once, and for ever.
            let app = Arc::clone(&self.app);
            let own = delivery.clone();
            let fault = Err("the attempt ended abnormally".to_owned());
            let task = self
                .tasks
                .spawn(async move { book(&app, &own, fault).await });
            self.deliveries.insert(task.id(), delivery);
            return;
        }
        self.keys.remove(&delivery.key);
        let endpoint = delivery.key.endpoint();
        if let Some(count) = self.by_endpoint.get_mut(&endpoint) {
            *count -= 1;
            if *count == 0 {
                self.by_endpoint.remove(&endpoint);
            }
        }
    }
}
