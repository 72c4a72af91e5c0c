//! Which calls with a key of their own were answered lately.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;
use crate::write::CallKey;

/// How long a reply is remembered (decision D19).
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// The index of remembered replies; the replies themselves lie on disk.
#[derive(Debug, Default)]
pub(crate) struct Calls(HashMap<[u8; 32], Answered>);

#[derive(Debug, Clone, Copy)]
struct Answered {
    request: [u8; 32],
    at: Timestamp,
}

/// What is known of a call's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing.
    New,
    /// This very call was answered.
    Answered,
    /// Another call with this key was answered.
    OtherCall,
}

impl Calls {
    pub(crate) fn known(&self, call: &CallKey, now: Timestamp) -> Known {
        match self.0.get(&call.key) {
            Some(answered) if now < end(answered.at) => {
                if answered.request == call.request {
                    Known::Answered
                } else {
                    Known::OtherCall
                }
            }
            _ => Known::New,
        }
    }

    /// Fails when the key was used meanwhile.
    pub(crate) fn check(&self, call: &CallKey, now: Timestamp) -> Result<(), StoreError> {
        match self.known(call, now) {
            Known::New => Ok(()),
            Known::Answered | Known::OtherCall => Err(StoreError::CallAnswered),
        }
    }

    pub(crate) fn put(&mut self, call: &CallKey, at: Timestamp) {
        let request = call.request;
        self.0.insert(call.key, Answered { request, at });
    }

    /// The call was not answered after all.
    pub(crate) fn take_back(&mut self, call: &CallKey) {
        let is_this = |answered: &Answered| answered.request == call.request;
        if self.0.get(&call.key).is_some_and(is_this) {
            self.0.remove(&call.key);
        }
    }

    /// Drops what need not be remembered any more.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.0.retain(|_, answered| now < end(answered.at));
    }
}

/// Replies of calls before this instant need not be remembered at `now`.
pub(crate) fn remembered_since(now: Timestamp) -> Timestamp {
    now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN)
}

fn end(at: Timestamp) -> Timestamp {
    at.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX)
}
