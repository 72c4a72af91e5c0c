//! Pages beside the API: below no base path and in no envelope, for whoever looks after the process.

use std::pin::Pin;

use crate::rest::forwarded::Seen;
use crate::rest::problem::Problem;

/// A page, for callers on this machine and for whoever signs in.
pub struct Page<A> {
    /// Where it is: `/agent/status`.
    pub path: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What writes it.
    pub text: for<'a> fn(&'a A, &'a Seen) -> PageText<'a>,
}

/// A page's text, underway.
pub type PageText<'a> = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + 'a>>;
