//! The core of Leasehold: what a vendor sells, what a licensee owns, and what
//! the answer to "may I run?" is.
//!
//! Everything here is a pure function of its arguments. There is no file,
//! socket, thread, clock or source of randomness: the caller reads the clock
//! once and passes `now`, and passes fresh numbers where new entities are
//! made. Server and agent run this same code, so that an offline answer
//! equals an online one (decision D2).
#![no_std]

extern crate alloc;

pub mod acquire;
pub mod bundle;
pub mod change;
pub mod event;
mod gather;
pub mod license;
pub mod licensee;
mod licensing;
pub mod merge;
pub mod money;
pub mod notification;
pub mod number;
pub mod payment_method;
pub mod plan;
pub mod pricing;
pub mod product;
pub mod property;
pub mod role;
pub mod snapshot;
pub mod template;
pub mod timestamp;
pub mod token;
pub mod transaction;
pub mod transfer;
pub mod trusted_time;
pub mod validate;
pub mod vendor;
pub mod volume;
