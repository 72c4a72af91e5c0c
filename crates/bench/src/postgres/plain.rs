//! How one uses PostgreSQL without thinking about many callers: each does its own transaction. The
//! references, and the mistake that must be caught.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};

use super::seats::{Player, sum};

/// Rows among which the single statements are spread.
const ROWS: i32 = 10_000;

/// How far one client's next row is from its last.
const STEP: i32 = 7919;

/// Makes the tables.
pub(crate) async fn prepare(config: &Config, seats: usize) -> anyhow::Result<()> {
    let client = connect(config).await?;
    let tables = format!(
        "CREATE TABLE pool (id int PRIMARY KEY, seats bigint NOT NULL);
         CREATE TABLE session (id bigint PRIMARY KEY);
         CREATE TABLE credit (id int PRIMARY KEY, used bigint NOT NULL, quantity bigint NOT NULL)
             WITH (fillfactor = 50);
         INSERT INTO pool VALUES (1, {seats});
         INSERT INTO credit SELECT id, 0, 1000000000 FROM generate_series(0, {ROWS} - 1) AS id;
         ANALYZE credit;"
    );
    client.batch_execute(&tables).await?;
    Ok(())
}

const LOCK: &str = "SELECT seats FROM pool WHERE id = 1 FOR UPDATE";
const DELETE: &str = "DELETE FROM session WHERE id = $1";

/// Finds a seat free under the lock of the pool's row.
pub(super) struct Locked(Client);

/// Finds it free by counting, and nothing else: two who count at once both find the last one free.
pub(super) struct Counted(Client);

pub(super) async fn locked(config: &Config, clients: usize) -> anyhow::Result<Vec<Locked>> {
    Ok(empty(config, clients).await?.map(Locked).collect())
}

pub(super) async fn counted(config: &Config, clients: usize) -> anyhow::Result<Vec<Counted>> {
    Ok(empty(config, clients).await?.map(Counted).collect())
}

/// Clients of seats that are all free.
async fn empty(
    config: &Config,
    clients: usize,
) -> anyhow::Result<impl Iterator<Item = Client> + use<>> {
    let opened = connected(config, clients).await?;
    opened[0].batch_execute("DELETE FROM session").await?;
    Ok(opened.into_iter())
}

impl Player for Locked {
    async fn check_out(&mut self, session: i64) -> anyhow::Result<bool> {
        let transaction = self.0.transaction().await?;
        let seats: i64 = transaction.query_one(LOCK, &[]).await?.get(0);
        let taken = transaction.query_one("SELECT count(*) FROM session", &[]);
        let taken: i64 = taken.await?.get(0);
        let is_free = taken < seats;
        if is_free {
            let insert = "INSERT INTO session VALUES ($1)";
            transaction.execute(insert, &[&session]).await?;
        }
        transaction.commit().await?;
        Ok(is_free)
    }

    async fn check_in(&mut self, session: i64) -> anyhow::Result<()> {
        let transaction = self.0.transaction().await?;
        transaction.query_one(LOCK, &[]).await?;
        transaction.execute(DELETE, &[&session]).await?;
        transaction.commit().await?;
        Ok(())
    }
}

impl Player for Counted {
    async fn check_out(&mut self, session: i64) -> anyhow::Result<bool> {
        let insert = "INSERT INTO session SELECT $1 FROM pool
                      WHERE id = 1 AND seats > (SELECT count(*) FROM session)";
        Ok(self.0.execute(insert, &[&session]).await? == 1)
    }

    async fn check_in(&mut self, session: i64) -> anyhow::Result<()> {
        self.0.execute(DELETE, &[&session]).await?;
        Ok(())
    }
}

/// Durable commits a second, of one statement each.
pub(crate) async fn committing(
    config: &Config,
    clients: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let opened = connected(config, clients).await?;
    let began = Instant::now();
    let mut running = JoinSet::new();
    for (row, client) in (0..).zip(opened) {
        running.spawn(async move {
            let update = "UPDATE credit SET used = used + 1 WHERE id = $1 AND used < quantity";
            let update = client.prepare(update).await?;
            let (mut row, mut committed) = (row, 0);
            while began.elapsed() < time {
                row = (row + STEP) % ROWS;
                committed += client.execute(&update, &[&row]).await?;
            }
            Ok(committed)
        });
    }
    let committed = sum(running).await?;
    Ok(committed as f64 / began.elapsed().as_secs_f64())
}

async fn connected(config: &Config, clients: usize) -> anyhow::Result<Vec<Client>> {
    let mut opened = Vec::with_capacity(clients);
    for _ in 0..clients {
        opened.push(connect(config).await?);
    }
    Ok(opened)
}

async fn connect(config: &Config) -> anyhow::Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    // It ends with its client, and whatever it fails by, the client fails by too.
    tokio::spawn(connection);
    Ok(client)
}
