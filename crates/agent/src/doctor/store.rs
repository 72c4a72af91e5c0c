//! The store: is it there, whose is it, who may read it, and does the clock agree with it.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::around::mode;
use super::{Check, Found};
use crate::status::{Status, instant, stopped};
use crate::{control, database};

/// What was found, and whether an agent runs on it.
pub(super) struct Looked {
    pub(super) checks: Vec<Check>,
    pub(super) is_running: bool,
}

pub(super) async fn look(work_dir: &Path, now: Timestamp) -> Looked {
    let (found, status, is_running) = match control::status(work_dir).await {
        Ok(Some(status)) => {
            let url = status.serving.as_ref().map(|serving| serving.url.clone());
            let url = url.unwrap_or_default();
            (
                Found::Good(format!("an agent answers on {url}")),
                Some(status),
                true,
            )
        }
        Ok(None) => match stopped(work_dir).await {
            Ok(status) => (
                Found::Good("it opens, and is sound".to_owned()),
                Some(status),
                false,
            ),
            Err(error) => (Found::Bad(error), None, false),
        },
        Err(error) => (Found::Bad(error), None, true),
    };
    let mut checks = vec![Check {
        name: "store",
        found,
    }];
    if database::exists(work_dir) {
        checks.push(permissions(&database::directory(work_dir)));
    }
    checks.extend(status.map(|status| clock(&status, now)));
    Looked { checks, is_running }
}

/// 0700, and 0600 for what is in it (section 3).
fn permissions(directory: &Path) -> Check {
    let files = fs::read_dir(directory).into_iter().flatten();
    let files = files.filter_map(|file| Some(file.ok()?.path()));
    let open = std::iter::once(directory.to_owned())
        .chain(files)
        .find(|path| fs::metadata(path).is_ok_and(|metadata| mode(&metadata) & 0o077 != 0));
    let found = match open {
        None => Found::Good("only the owner may read the database".to_owned()),
        Some(path) => Found::Warning(format!(
            "others than the owner may reach '{}': chmod -R go= '{}'",
            path.display(),
            directory.display()
        )),
    };
    Check {
        name: "permissions",
        found,
    }
}

/// A clock behind what was written down earlier is wrong, whoever set it.
fn clock(status: &Status, now: Timestamp) -> Check {
    let newest = status
        .products
        .iter()
        .map(|product| &product.imported)
        .max();
    let now = instant(now);
    let found = match newest {
        // Both are written alike, so that texts compare as the instants do.
        Some(imported) if *imported > now => Found::Warning(format!(
            "it is {now} by this machine, and the newest package was taken in at {imported}: set the clock"
        )),
        _ => Found::Good(format!("it is {now}")),
    };
    Check {
        name: "clock",
        found,
    }
}
