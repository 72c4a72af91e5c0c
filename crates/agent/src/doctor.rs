//! `doctor`: looks at all that an agent needs, and says what to do where something is amiss.

mod around;
mod store;

use std::fmt::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::{Doctor, Form};
use crate::error::AgentError;
use crate::status::json;

/// What was found of one thing.
#[derive(Debug)]
pub(crate) enum Found {
    /// As it should be.
    Good(String),
    /// It works, and somebody should look after it.
    Warning(String),
    /// It does not work.
    Bad(AgentError),
}

/// One thing that was looked at.
#[derive(Debug)]
pub(crate) struct Check {
    /// `store`, for example.
    pub(crate) name: &'static str,
    pub(crate) found: Found,
}

/// What is told of everything, and what a running agent would fail with.
pub(crate) struct Diagnosis {
    pub(crate) text: String,
    pub(crate) failure: Option<AgentError>,
}

/// Looks at everything, whatever is amiss on the way.
pub(crate) async fn run(
    work_dir: &Path,
    order: &Doctor,
    now: Timestamp,
) -> Result<Diagnosis, AgentError> {
    let mut checks = vec![around::directory(work_dir)];
    let looked = store::look(work_dir, now).await;
    let is_running = looked.is_running;
    checks.extend(looked.checks);
    checks.push(around::disk(work_dir));
    checks.extend(around::tls(order.serving.tls.as_ref(), now).await);
    if !is_running {
        checks.extend(around::ports(&order.serving).await);
    }
    if let Some(host) = &order.host {
        checks.push(around::upstream(host).await);
    }
    let text = match order.form {
        Form::Text => checks.iter().map(told).collect(),
        Form::Json => json(&checks.iter().map(Told::from).collect::<Vec<_>>())?,
    };
    let failure = checks.into_iter().find_map(|check| match check.found {
        Found::Bad(error) => Some(error),
        Found::Good(_) | Found::Warning(_) => None,
    });
    Ok(Diagnosis { text, failure })
}

#[derive(Serialize)]
struct Told {
    check: &'static str,
    state: &'static str,
    text: String,
}

impl From<&Check> for Told {
    fn from(check: &Check) -> Self {
        let (state, text) = match &check.found {
            Found::Good(text) => ("good", text.clone()),
            Found::Warning(text) => ("warning", text.clone()),
            Found::Bad(error) => ("bad", error.line()),
        };
        Self {
            check: check.name,
            state,
            text,
        }
    }
}

fn told(check: &Check) -> String {
    let Told { check, state, text } = check.into();
    let mut line = String::new();
    let _ = writeln!(line, "{state:<8} {check:<12} {text}");
    line
}
