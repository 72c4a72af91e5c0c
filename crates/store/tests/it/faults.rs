//! What a database server does to its clients: connections that end, transactions that are taken
//! back, commits whose answer never comes. What was acknowledged is there, once.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use leasehold_store::{DatabaseUrl, Options, Store, StoreError};
use tempfile::TempDir;

use crate::build::*;
use crate::cluster::{self, Database};

/// What becomes of the next commit that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The connection ends before the server has heard of it.
    Before,
    /// The connection ends when the server has done it, and nobody is told.
    After,
}

/// Stands between a store and its server.
struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    next: Option<Cut>,
    cuts: u32,
    is_down: bool,
    /// Open connections, to end them.
    open: Vec<TcpStream>,
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Proxy {
    fn start(server: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                pass(client, &server, &shared);
            }
        });
        Self { port, state }
    }

    fn cut_next(&self, cut: Cut) {
        locked(&self.state).next = Some(cut);
    }

    fn cuts(&self) -> u32 {
        locked(&self.state).cuts
    }

    fn take_down(&self) {
        let mut state = locked(&self.state);
        state.is_down = true;
        for connection in state.open.drain(..) {
            let _gone = connection.shutdown(Shutdown::Both);
        }
    }

    fn bring_up(&self) {
        locked(&self.state).is_down = false;
    }
}

/// Passes on what client and server say to each other.
fn pass(client: TcpStream, server: &Path, state: &Arc<Mutex<State>>) {
    {
        let mut state = locked(state);
        if state.is_down {
            return;
        }
        state.open.push(client.try_clone().unwrap());
    }
    let server = UnixStream::connect(server).unwrap();
    let is_muted = Arc::new(Mutex::new(false));
    let mute = Arc::clone(&is_muted);
    let (to_server, from_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let shared = Arc::clone(state);
    std::thread::spawn(move || listen_to_client(from_client, to_server, &shared, &mute));
    std::thread::spawn(move || listen_to_server(server, client, &is_muted));
}

/// Looks for the COMMIT of a connection that has written, and does to it what is to be done.
fn listen_to_client(
    mut client: TcpStream,
    mut server: UnixStream,
    state: &Mutex<State>,
    mute: &Mutex<bool>,
) {
    let (mut heard, mut has_written) = (Vec::new(), false);
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        heard.extend_from_slice(&buffer[..read]);
        has_written |= contains(&heard, b"UPDATE head");
        let is_commit = contains(&heard, b"\0COMMIT\0");
        if has_written && is_commit {
            has_written = false;
            let mut state = locked(state);
            match state.next.take() {
                Some(Cut::Before) => {
                    state.cuts += 1;
                    break;
                }
                Some(Cut::After) => {
                    state.cuts += 1;
                    *mute.lock().unwrap() = true;
                }
                None => {}
            }
        }
        if is_commit {
            heard.clear();
        }
        if server.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _gone = (
        client.shutdown(Shutdown::Both),
        server.shutdown(Shutdown::Both),
    );
}

fn listen_to_server(mut server: UnixStream, mut client: TcpStream, is_muted: &Mutex<bool>) {
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = server.read(&mut buffer) {
        if *is_muted.lock().unwrap() {
            // What the server says when it is done.
            if contains(&buffer[..read], b"COMMIT\0") {
                break;
            }
        } else if client.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _gone = (
        client.shutdown(Shutdown::Both),
        server.shutdown(Shutdown::Both),
    );
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

struct Place {
    directory: TempDir,
    database: Database,
    proxy: Proxy,
}

impl Place {
    async fn new() -> Option<Self> {
        let database = cluster::database().await?;
        Some(Self {
            directory: tempfile::tempdir().unwrap(),
            proxy: Proxy::start(database.socket()),
            database,
        })
    }

    fn options(&self) -> Options {
        let (port, name) = (self.proxy.port, &self.database.name);
        let url = format!("postgres://test@127.0.0.1:{port}/{name}");
        Options {
            database: Some(DatabaseUrl(url.into())),
            patience: Duration::from_secs(5),
            ..Options::default()
        }
    }

    async fn store(&self) -> Store {
        store(self.directory.path(), self.options(), &["L"]).await
    }
}

async fn used(store: &Store) -> i64 {
    let found = aggregate(store, "L").await.unwrap();
    let license = found.licenses.iter().find(|license| license.used() > 0);
    license.map_or(0, |license| license.used())
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_counts_once() {
    let Some(place) = Place::new().await else {
        return;
    };
    let store = place.store().await;
    for (nth, cut) in (1..).zip([Cut::Before, Cut::After, Cut::After, Cut::Before]) {
        place.proxy.cut_next(cut);
        apply(&store, "L", vec![use_credits("C-L", 1)])
            .await
            .unwrap();
        assert_eq!(place.proxy.cuts(), nth, "{cut:?}");
        assert_eq!(used(&store).await, i64::from(nth), "{cut:?}");
    }
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_database_nothing_is_said_to_be_written() {
    let Some(place) = Place::new().await else {
        return;
    };
    let mut options = place.options();
    // Long enough for a busy machine's answer, once there is one again.
    options.patience = Duration::from_secs(3);
    let store = store(place.directory.path(), options, &["L"]).await;
    place.proxy.take_down();
    let refused = apply(&store, "L", vec![use_credits("C-L", 1)]).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable)),
        "{refused:?}"
    );
    place.proxy.bring_up();
    apply(&store, "L", vec![use_credits("C-L", 2)])
        .await
        .unwrap();
    assert_eq!(used(&store).await, 2);
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

/// Makes the server take back the first transactions that reach a table, as one does that finds
/// them in each other's way. `when` is a row's change, or the commit.
fn collisions(table: &str, when: &str) -> String {
    let (kind, deferred) = match when {
        "COMMIT" => ("CONSTRAINT TRIGGER", "AFTER INSERT"),
        _ => ("TRIGGER", when),
    };
    let deferrable = if when == "COMMIT" {
        "DEFERRABLE INITIALLY DEFERRED"
    } else {
        ""
    };
    format!(
        "CREATE SEQUENCE seen_{table};
         CREATE FUNCTION collide_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('seen_{table}') <= 2 THEN
                RAISE EXCEPTION 'in each other''s way' USING ERRCODE = '40001';
            END IF;
            RETURN NEW;
         END $$;
         CREATE {kind} collide {deferred} ON {table} {deferrable}
            FOR EACH ROW EXECUTE FUNCTION collide_{table}();"
    )
}

#[tokio::test]
async fn a_transaction_that_is_taken_back_is_tried_again() {
    let Some(place) = Place::new().await else {
        return;
    };
    let store = place.store().await;
    let url = place.database.url.0.clone();
    for (nth, (table, when)) in (1..).zip([
        ("usage", "BEFORE INSERT"),
        ("license", "BEFORE UPDATE"),
        ("touched", "BEFORE INSERT"),
        ("head", "BEFORE UPDATE"),
        ("audit", "COMMIT"),
    ]) {
        cluster::run(&url, &collisions(table, when)).await;
        apply(&store, "L", vec![use_credits("C-L", 1)])
            .await
            .unwrap();
        assert_eq!(used(&store).await, nth, "{table}");
    }
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}
