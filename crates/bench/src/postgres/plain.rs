//! How one uses PostgreSQL without thinking about many callers: each does its own transaction. The
//! references, and the mistake that must be caught.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};

/// Rows among which the single statements are spread.
const ROWS: i32 = 10_000;

/// How far one client's next row is from its last.
const STEP: i32 = 7919;

/// How a seat is found free.
#[derive(Clone, Copy)]
pub(crate) enum Seats {
    /// One by one, under the lock of the pool's row.
    Locked,
    /// By counting, and nothing else: two who count at once both find the last one free.
    Counted,
}

/// What the clients saw.
pub(crate) struct Seen {
    pub(crate) per_second: f64,
    pub(crate) most_live: usize,
}

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

/// Whoever contends, counting as the clients of the hot licensee do.
struct Table {
    seats: Seats,
    end: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    asked: i64,
    live: VecDeque<i64>,
    most_live: usize,
}

/// Lets many clients, each with a connection, contend for the pool's seats.
pub(crate) async fn contend(
    config: &Config,
    seats: Seats,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Seen> {
    let opened = connected(config, clients).await?;
    opened[0].batch_execute("DELETE FROM session").await?;
    let began = Instant::now();
    let table = Arc::new(Table {
        seats,
        end: began + time,
        state: Mutex::default(),
    });
    let mut running = JoinSet::new();
    for client in opened {
        let table = Arc::clone(&table);
        running.spawn(async move { table.play(client).await });
    }
    let answered = sum(running).await?;
    let most_live = table.state().most_live;
    Ok(Seen {
        per_second: answered as f64 / began.elapsed().as_secs_f64(),
        most_live,
    })
}

impl Table {
    /// Takes a seat whenever there is one, and gives the oldest back when there is none.
    async fn play(&self, mut client: Client) -> anyhow::Result<u64> {
        let mut answered = 0;
        while Instant::now() < self.end {
            let session = {
                let mut state = self.state();
                state.asked += 1;
                state.asked
            };
            let is_granted = match self.seats {
                Seats::Locked => check_out_locked(&mut client, session).await?,
                Seats::Counted => check_out_counted(&client, session).await?,
            };
            answered += 1;
            if is_granted {
                let mut state = self.state();
                state.live.push_back(session);
                state.most_live = state.most_live.max(state.live.len());
                continue;
            }
            let oldest = self.state().live.pop_front();
            if let Some(oldest) = oldest {
                match self.seats {
                    Seats::Locked => check_in_locked(&mut client, oldest).await?,
                    Seats::Counted => check_in(&client, oldest).await?,
                }
                answered += 1;
            }
        }
        Ok(answered)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change of it can be cut in half.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const LOCK: &str = "SELECT seats FROM pool WHERE id = 1 FOR UPDATE";

async fn check_out_locked(client: &mut Client, session: i64) -> anyhow::Result<bool> {
    let transaction = client.transaction().await?;
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

async fn check_in_locked(client: &mut Client, session: i64) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;
    transaction.query_one(LOCK, &[]).await?;
    let delete = "DELETE FROM session WHERE id = $1";
    transaction.execute(delete, &[&session]).await?;
    transaction.commit().await?;
    Ok(())
}

async fn check_out_counted(client: &Client, session: i64) -> anyhow::Result<bool> {
    let insert = "INSERT INTO session SELECT $1 FROM pool
                  WHERE id = 1 AND seats > (SELECT count(*) FROM session)";
    Ok(client.execute(insert, &[&session]).await? == 1)
}

async fn check_in(client: &Client, session: i64) -> anyhow::Result<()> {
    let delete = "DELETE FROM session WHERE id = $1";
    client.execute(delete, &[&session]).await?;
    Ok(())
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

async fn sum(mut running: JoinSet<anyhow::Result<u64>>) -> anyhow::Result<u64> {
    let mut all = 0;
    while let Some(ended) = running.join_next().await {
        all += ended??;
    }
    Ok(all)
}
