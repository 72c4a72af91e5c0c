//! The schema and its migrations: numbered, forward only, embedded; each statement by itself.

use super::node::{NOW_MS, only};
use super::retry::Failure;
use super::session::Session;
use super::statement::{Param, Statement};
use crate::error::StoreError;
use crate::sql::row::get;

/// In this order; the version is how many have run. Old ones never change.
pub(crate) const MIGRATIONS: [&str; 6] = [
    include_str!("../../migrations/postgres/0001_object_model.sql"),
    include_str!("../../migrations/postgres/0002_nodes.sql"),
    include_str!("../../migrations/postgres/0003_uses_in_order.sql"),
    include_str!("../../migrations/postgres/0004_documents.sql"),
    include_str!("../../migrations/postgres/0005_bindings.sql"),
    include_str!("../../migrations/postgres/0006_touched.sql"),
];

/// The newest schema that this program knows.
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Where the migrations themselves are written down.
const SETTING: &str = "
    CREATE TABLE IF NOT EXISTS setting (
        name TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    )";

/// How long one node may be at a migration's statement before another takes over.
const TURN_MS: i64 = 300_000;

/// Runs the migrations that have not run yet, or waits until another node has; refuses a schema of
/// a later program.
pub(super) fn migrate(session: &Session, mut pause: impl FnMut()) -> Result<(), StoreError> {
    make_setting(session, &mut pause)?;
    loop {
        let found = version(session)?;
        if found > KNOWN {
            return Err(StoreError::NewerSchema {
                found,
                known: KNOWN,
            });
        }
        if found == KNOWN {
            return Ok(());
        }
        if !take_turn(session)? {
            pause();
            continue;
        }
        for (at, migration) in (1..).zip(MIGRATIONS).filter(|(at, _)| *at > found) {
            for statement in statements(migration) {
                session.run(Statement::plain(statement))?;
            }
            set(session, "schema", &at.to_string())?;
        }
        set(session, "migrating", "0")?;
    }
}

/// Two nodes that make the first table at the same time get in each other's way, harmlessly.
fn make_setting(session: &Session, pause: &mut impl FnMut()) -> Result<(), StoreError> {
    loop {
        match session.run(Statement::plain(SETTING)) {
            Err(error) if matches!(Failure::of(&error), Failure::Taken | Failure::Collided) => {
                pause();
            }
            made => return made.map(drop),
        }
    }
}

/// Statements end by a semicolon at the end of a line, and nothing else does.
pub(super) fn statements(migration: &'static str) -> impl Iterator<Item = &'static str> {
    migration.split(";\n").filter(|statement| {
        statement
            .lines()
            .any(|line| !line.trim().is_empty() && !line.starts_with("--"))
    })
}

fn version(session: &Session) -> Result<i64, StoreError> {
    let found = setting(session, "schema")?;
    found.map_or(Ok(0), |version| {
        version
            .parse()
            .map_err(|_| StoreError::Damaged(format!("the schema's version is '{version}'")))
    })
}

/// True when nobody else is at it, which stays so for a while.
fn take_turn(session: &Session) -> Result<bool, StoreError> {
    let now_ms = only(&session.ask(&[Statement::plain(NOW_MS)])?)?;
    let taken = session.run(Statement::new(
        "INSERT INTO setting (name, value) VALUES ('migrating', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value
         WHERE CAST(setting.value AS BIGINT) <= $2",
        vec![
            Param::Text(Some((now_ms + TURN_MS).to_string())),
            Param::Integer(Some(now_ms)),
        ],
    ))?;
    Ok(taken > 0)
}

pub(super) fn setting(session: &Session, name: &str) -> Result<Option<Box<str>>, StoreError> {
    let found = session.ask(&[Statement::new(
        "SELECT value FROM setting WHERE name = $1",
        vec![Param::Text(Some(name.into()))],
    )])?;
    let row = found.first().and_then(|answer| answer.rows.first());
    row.map(|row| get(row, 0)).transpose()
}

fn set(session: &Session, name: &str, value: &str) -> Result<(), StoreError> {
    session
        .run(Statement::new(
            "INSERT INTO setting (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            vec![
                Param::Text(Some(name.into())),
                Param::Text(Some(value.into())),
            ],
        ))
        .map(drop)
}

/// The first node says which installation this is; one with another key is refused.
pub(super) fn agree_on_key(session: &Session, fingerprint: &[u8; 32]) -> Result<(), StoreError> {
    let ours = fingerprint.map(|byte| format!("{byte:02x}")).concat();
    session.enqueue(Statement::new(
        "INSERT INTO setting (name, value) VALUES ('installation', $1)
         ON CONFLICT (name) DO NOTHING",
        vec![Param::Text(Some(ours.clone()))],
    ))?;
    if setting(session, "installation")?.as_deref() == Some(&*ours) {
        return Ok(());
    }
    Err(StoreError::OtherInstallation)
}
