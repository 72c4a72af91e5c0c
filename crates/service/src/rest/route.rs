//! The route table: one row an endpoint, which says where it is, who may use
//! it and what answers. Whatever must hold for every endpoint is checked from
//! this table.

use std::future::Future;
use std::pin::Pin;

use leasehold_model::role::Operation;

use crate::rest::call::{Call, Method, Reply};
use crate::rest::problem::Problem;

/// One endpoint.
pub struct Route<A> {
    /// How it is asked.
    pub method: Method,
    /// Where it is, below the base path; `{…}` stands for one captured segment: `/product/{productNumber}`.
    pub path: &'static str,
    /// What it does, hence who may.
    pub operation: Operation,
    /// What answers.
    pub handler: Handler<A>,
}

/// What answers an endpoint.
pub type Handler<A> = for<'a> fn(&'a A, Call) -> Answer<'a>;

/// A handler's answer, underway.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + 'a>>;
