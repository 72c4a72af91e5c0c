//! What one writes at first, on either engine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::spawn_blocking;
use tokio_postgres::{Client, NoTls};

use crate::seats::{SEATS, Seats, Thought};

const MAKE: &str = "CREATE TABLE session (name TEXT PRIMARY KEY)";
const COUNT: &str = "SELECT count(*) FROM session";
const INSERT: &str = "INSERT INTO session VALUES ($1)";
const DELETE: &str = "DELETE FROM session WHERE name = $1";

/// How long a connection waits for its turn to write.
const TURN: Duration = Duration::from_secs(60);
const CONNECTIONS: usize = 16;

/// On a SQLite file, with a connection for each call that runs.
pub(crate) struct OnSqlite {
    file: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    thought: Thought,
}

impl OnSqlite {
    /// On a new file, asked by so many.
    pub(crate) fn new(file: &Path, clients: u64) -> Self {
        open(file).execute_batch(MAKE).unwrap();
        Self {
            file: file.to_owned(),
            idle: Arc::default(),
            thought: Thought::new(clients),
        }
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> T {
        let (file, idle) = (self.file.clone(), Arc::clone(&self.idle));
        let worked = spawn_blocking(move || {
            let rested = idle.lock().unwrap().pop();
            let connection = rested.unwrap_or_else(|| open(&file));
            let result = work(&connection);
            idle.lock().unwrap().push(connection);
            result
        });
        worked.await.unwrap()
    }
}

/// Its writes are quick, since nobody's seats hang on them: behind slow ones, check-ins would queue
/// whose sessions count no more, and hide what was given out too much.
fn open(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(TURN).unwrap();
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;";
    connection.execute_batch(settings).unwrap();
    connection
}

impl Seats for OnSqlite {
    async fn check_out(&self, session: &str) -> bool {
        let count = |database: &Connection| database.query_row(COUNT, [], |row| row.get(0));
        let taken: i64 = self.with(count).await.unwrap();
        let free = taken < i64::try_from(SEATS).unwrap();
        if free {
            self.thought.think().await;
            let session = session.to_owned();
            self.with(move |database| database.execute(INSERT, [session]).unwrap())
                .await;
        }
        free
    }

    async fn check_in(&self, session: &str) {
        let session = session.to_owned();
        self.with(move |database| database.execute(DELETE, [session]).unwrap())
            .await;
    }
}

/// On a PostgreSQL database.
pub(crate) struct OnPostgres {
    clients: Vec<Client>,
    thought: Thought,
}

impl OnPostgres {
    /// In an empty database, asked by so many.
    pub(crate) async fn new(url: &str, asking: u64) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            // Its end is seen by the client.
            tokio::spawn(connection);
            clients.push(client);
        }
        clients[0].batch_execute(MAKE).await.unwrap();
        Self {
            clients,
            thought: Thought::new(asking),
        }
    }

    fn client(&self, session: &str) -> &Client {
        let at: usize = session.bytes().map(usize::from).sum();
        &self.clients[at % self.clients.len()]
    }
}

impl Seats for OnPostgres {
    async fn check_out(&self, session: &str) -> bool {
        let client = self.client(session);
        let taken: i64 = client.query_one(COUNT, &[]).await.unwrap().get(0);
        let free = taken < i64::try_from(SEATS).unwrap();
        if free {
            self.thought.think().await;
            client.execute(INSERT, &[&session]).await.unwrap();
        }
        free
    }

    async fn check_in(&self, session: &str) {
        let client = self.client(session);
        client.execute(DELETE, &[&session]).await.unwrap();
    }
}
