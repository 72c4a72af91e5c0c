//! The leader of a highly available PostgreSQL is killed under a stream of changes: the standby
//! takes over, and nothing that was acknowledged is lost or doubled.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use leasehold_testkit::patroni::Patroni;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

const CALLERS: usize = 8;
/// Acknowledgements before the leader is killed, and after the first that follows.
const CHANGES: usize = 2_000;
/// Between two attempts of one caller.
const PAUSE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_by_a_failover() {
    let mut patroni = Patroni::start();
    let url = patroni.create_database("leasehold");
    make(&connect(&url).await.unwrap()).await;
    let stream = Arc::new(Stream::default());
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(Arc::clone(&stream).call(url.clone(), caller));
    }
    stream.wait_for(CHANGES).await;
    patroni.kill_leader();
    let killed = stream.acknowledged();
    stream.wait_for(killed + CALLERS + CHANGES).await;
    stream.enough.store(true, Ordering::SeqCst);
    while let Some(ended) = callers.join_next().await {
        ended.unwrap();
    }

    let client = connect(&url).await.unwrap();
    let (kept, count) = read(&client).await;
    let acknowledged = stream.told.lock().unwrap().acknowledged.clone();
    let lost = acknowledged.difference(&kept).count();
    let doubled = count.abs_diff(kept.len());
    println!(
        "failover: the leader killed after {killed} changes, an outage of {:.1} s; {} acknowledged, \
         {lost} lost, {doubled} doubled",
        stream.told.lock().unwrap().outage.as_secs_f64(),
        acknowledged.len(),
    );
    assert_eq!((lost, doubled), (0, 0));
}

/// What all callers together have seen.
#[derive(Default)]
struct Stream {
    told: Mutex<Told>,
    enough: AtomicBool,
}

#[derive(Default)]
struct Told {
    acknowledged: HashSet<String>,
    latest: Option<Instant>,
    /// The longest time between two acknowledgements.
    outage: Duration,
}

impl Stream {
    fn acknowledged(&self) -> usize {
        self.told.lock().unwrap().acknowledged.len()
    }

    async fn wait_for(&self, acknowledged: usize) {
        while self.acknowledged() < acknowledged {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Makes one change after another. One that fails in whatever way is made again, by the same
    /// key, until it is acknowledged.
    async fn call(self: Arc<Self>, url: String, caller: usize) {
        let mut client = None;
        for change in 0.. {
            let key = format!("{caller}-{change}");
            loop {
                if self.enough.load(Ordering::SeqCst) {
                    return;
                }
                if attempt(&mut client, &url, &key).await.is_ok() {
                    self.acknowledge(key);
                    break;
                }
                client = None;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn acknowledge(&self, key: String) {
        let mut told = self.told.lock().unwrap();
        let now = Instant::now();
        if let Some(before) = told.latest.replace(now) {
            told.outage = told.outage.max(now - before);
        }
        told.acknowledged.insert(key);
    }
}

async fn attempt(
    client: &mut Option<Client>,
    url: &str,
    key: &str,
) -> Result<(), tokio_postgres::Error> {
    let connected = match client.take() {
        Some(connected) => connected,
        None => connect(url).await?,
    };
    connected.execute(CHANGE, &[&key]).await?;
    *client = Some(connected);
    Ok(())
}

/// Counts a key once, however often it comes.
const CHANGE: &str =
    "WITH new AS (INSERT INTO change VALUES ($1) ON CONFLICT DO NOTHING RETURNING key)
    UPDATE count SET n = n + (SELECT count(*) FROM new)";

async fn make(client: &Client) {
    let tables = "CREATE TABLE change (key TEXT PRIMARY KEY);
        CREATE TABLE count (n BIGINT NOT NULL);
        INSERT INTO count VALUES (0)";
    client.batch_execute(tables).await.unwrap();
}

/// The keys that were kept, and their count.
async fn read(client: &Client) -> (HashSet<String>, usize) {
    let keys = client.query("SELECT key FROM change", &[]).await.unwrap();
    let count = client.query_one("SELECT n FROM count", &[]).await.unwrap();
    let count: i64 = count.get(0);
    let keys = keys.iter().map(|row| row.get(0)).collect();
    (keys, usize::try_from(count).unwrap())
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Its end is seen by the client.
    tokio::spawn(connection);
    Ok(client)
}
