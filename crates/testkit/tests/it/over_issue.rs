//! One licensee, fewer seats than clients: no engine, and no number of servers on one database, gives
//! out more seats than there are. The same service written naively is caught on either engine: it
//! reads the count and inserts afterwards, and holds no lock in between.

mod naive;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::postgres::Cluster;

use crate::seats::{DAY_S, SEATS, Servers, contend, sell};

const CLIENTS: u64 = 100;
const GRANTS: u64 = 3_000;

#[tokio::test(flavor = "multi_thread")]
async fn one_server_on_sqlite() {
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client, SEATS, DAY_S).await;
    let seen = contend(Servers(vec![client]), CLIENTS, GRANTS).await;
    println!("over-issue: one server on SQLite, {seen}");
    seen.judge();
    assert!(server.stop().success());
    assert_eq!(installation.verify(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_service_on_sqlite_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let naive = naive::OnSqlite::new(&folder.path().join("naive.db"));
    let seen = contend(naive, CLIENTS, GRANTS).await;
    println!("over-issue: the naive service on SQLite, {seen}");
    assert!(seen.highest > SEATS, "the test cannot tell over-issue");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_service_on_postgresql_is_caught() {
    let cluster = Cluster::start();
    let naive = naive::OnPostgres::new(&cluster.create_database("naive")).await;
    let seen = contend(naive, CLIENTS, GRANTS).await;
    println!("over-issue: the naive service on PostgreSQL, {seen}");
    assert!(seen.highest > SEATS, "the test cannot tell over-issue");
}
