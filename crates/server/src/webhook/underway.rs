//! The attempts that are under way: how many at once, what follows one that ends, and what becomes
//! of it.

use std::collections::{HashMap, HashSet, VecDeque};
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
const EACH: usize = 4;

/// Deliveries to one endpoint that are looked up at once. A look at a long queue takes its time, so
/// that it should be good for more than those that begin at once.
pub(super) const READY: usize = 64;

/// Attempts under way.
pub(super) struct Underway {
    app: Arc<App>,
    endpoints: Endpoints,
    /// Each gives whether its message was taken.
    tasks: JoinSet<bool>,
    deliveries: HashMap<Id, Delivery>,
    keys: HashSet<DeliveryKey>,
    by_endpoint: HashMap<EndpointKey, usize>,
    /// What the last look found and there was no room for, in its order.
    ready: HashMap<EndpointKey, VecDeque<Delivery>>,
}

impl Underway {
    /// Deliveries that are looked up at once.
    pub(super) const LIMIT: usize = ALL * 16;

    pub(super) fn new(app: Arc<App>, endpoints: Endpoints) -> Self {
        Self {
            app,
            endpoints,
            tasks: JoinSet::new(),
            deliveries: HashMap::new(),
            keys: HashSet::new(),
            by_endpoint: HashMap::new(),
            ready: HashMap::new(),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.deliveries.len() < ALL
    }

    /// Begins with what a look has found, as far as there is room; the rest follows as attempts
    /// end. What an earlier look has left does not count any more.
    pub(super) fn begin(&mut self, due: Vec<Delivery>) {
        self.ready.clear();
        for delivery in due {
            if self.keys.contains(&delivery.key) {
                continue;
            }
            if self.has_room_for(&delivery) {
                self.start(delivery);
            } else {
                let ready = self.ready.entry(delivery.key.endpoint()).or_default();
                ready.push_back(delivery);
            }
        }
    }

    /// An endpoint that failed last is asked by one message at a time: many that fail together
    /// would count as many failures, though it is one.
    fn has_room_for(&self, delivery: &Delivery) -> bool {
        let at_endpoint = self.by_endpoint.get(&delivery.key.endpoint());
        let most = if delivery.failures > 0 { 1 } else { EACH };
        self.has_room() && at_endpoint.copied().unwrap_or(0) < most
    }

    fn start(&mut self, delivery: Delivery) {
        self.keys.insert(delivery.key);
        *self.by_endpoint.entry(delivery.key.endpoint()).or_default() += 1;
        let (app, endpoints) = (Arc::clone(&self.app), self.endpoints.clone());
        let own = delivery.clone();
        let attempt = async move { attempt(&app, &endpoints, own).await };
        let task = self.tasks.spawn(attempt);
        self.deliveries.insert(task.id(), delivery);
    }

    /// Returns when an attempt has ended; never when none is under way. True when another one
    /// follows it, so that nothing need be looked up yet.
    pub(super) async fn ended(&mut self) -> bool {
        let Some(mut ended) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        // Whichever else has ended by now needs no look of its own.
        let mut goes_on = true;
        loop {
            goes_on &= self.settle(ended);
            let Some(next) = self.tasks.try_join_next_with_id() else {
                return goes_on;
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

    fn settle(&mut self, ended: Result<(Id, bool), JoinError>) -> bool {
        let (id, is_taken) = match ended {
            Ok((id, is_taken)) => (id, Some(is_taken)),
            Err(error) => (error.id(), None),
        };
        let Some(delivery) = self.deliveries.remove(&id) else {
            return false;
        };
        let Some(is_taken) = is_taken else {
            // Booked as any other failure, so that it is not tried again at once, and for ever.
            let app = Arc::clone(&self.app);
            let own = delivery.clone();
            let fault = Err("the attempt ended abnormally".to_owned());
            let task = self
                .tasks
                .spawn(async move { book(&app, &own, fault).await });
            self.deliveries.insert(task.id(), delivery);
            return true;
        };
        self.keys.remove(&delivery.key);
        let endpoint = delivery.key.endpoint();
        if let Some(count) = self.by_endpoint.get_mut(&endpoint) {
            *count -= 1;
            if *count == 0 {
                self.by_endpoint.remove(&endpoint);
            }
        }
        if !is_taken {
            // It may be paused by now.
            self.ready.remove(&endpoint);
            return false;
        }
        let ready = self.ready.get_mut(&endpoint);
        let Some(mut next) = ready.and_then(VecDeque::pop_front) else {
            return false;
        };
        // It has just taken a message.
        next.failures = 0;
        if self.has_room_for(&next) {
            self.start(next);
        }
        // One that failed before may be asked by more messages at once again.
        delivery.failures == 0
    }
}
