//! The route table: one row an endpoint, which says where it is, who may use
//! it and what answers. Whatever must hold for every endpoint is checked from
//! this table.

use std::future::Future;
use std::pin::Pin;

use leasehold_model::role::Operation;
use leasehold_wire::form::Limits;

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
    /// What a reader of the API's description learns.
    pub about: About,
    /// What answers.
    pub handler: Handler<A>,
}

/// An endpoint described, for the OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What it reads of query and form; the path's own are told by the path.
    pub parameters: &'static [Parameter],
    /// What it answers when all went well.
    pub returns: Returns,
    /// What else is particular about it.
    pub notes: &'static [Note],
}

impl About {
    /// How much a request may bring along.
    pub(crate) fn limits(&self) -> Limits {
        match self.notes.contains(&Note::TakesMuch) {
            true => Limits::BULK,
            false => Limits::FORM,
        }
    }
}

/// What an endpoint has beside most others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A vendor's plan may not cover it: 402.
    NeedsPlan,
    /// A parameter, too, names what is asked for: 404, although the path names nothing.
    FindsByParameter,
    /// A request may speak of very many licensees ([`Limits::BULK`]).
    TakesMuch,
    /// There is a better one.
    Deprecated,
}

/// A parameter described.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name; nothing where it stands for all others ([`ParameterKind::Custom`]).
    pub name: &'static str,
    /// Without it the request is refused.
    pub is_required: bool,
    /// What it may be.
    pub kind: ParameterKind,
    /// What it means.
    pub about: &'static str,
}

impl Parameter {
    /// One that may be left out.
    #[must_use]
    pub const fn may(name: &'static str, kind: ParameterKind, about: &'static str) -> Self {
        Self {
            name,
            is_required: false,
            kind,
            about,
        }
    }

    /// One without which the request is refused.
    #[must_use]
    pub const fn must(name: &'static str, kind: ParameterKind, about: &'static str) -> Self {
        Self {
            is_required: true,
            ..Self::may(name, kind, about)
        }
    }
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy)]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// The number of what is made or renamed.
    Number,
    /// Any text, as often as one likes.
    Texts,
    /// `true` or `false`.
    Boolean,
    /// An integer, at least this.
    Integer(i64),
    /// A decimal.
    Decimal,
    /// A date, or a date and time.
    Instant,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any text, under any name that no other parameter has.
    Custom,
}

/// What an endpoint answers when all went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// An envelope with one item of this type.
    Item(&'static str),
    /// An envelope with items of these types.
    Items(&'static [&'static str]),
    /// An envelope with a page of items of this type.
    Page(&'static str),
    /// 204.
    Nothing,
    /// A document of this media type.
    Document(&'static str),
}

/// What answers an endpoint.
pub type Handler<A> = for<'a> fn(&'a A, Call) -> Answer<'a>;

/// A handler's answer, underway.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send + 'a>>;

/// What every list reads.
pub const FILTER: Parameter = Parameter::may(
    "filter",
    ParameterKind::Text,
    "key=value terms joined by ';', with 'page' (from 0) and 'items' (1 to 1000) among them",
);
