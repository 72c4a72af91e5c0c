//! One licensee, fewer seats than clients: no engine, and no number of servers on one database, gives
//! out more seats than there are. The same service written naively is caught on either engine: it
//! reads the count and inserts afterwards, and holds no lock in between.

mod naive;

use leasehold_testkit::installation::Installation;
use leasehold_testkit::nodes::Nodes;
use leasehold_testkit::postgres::{Cluster, Pgbouncer};

use crate::seats::{DAY_S, SEATS, Servers, contend, sell};

const CLIENTS: u64 = 100;
const GRANTS: u64 = 3_000;
/// Where each grant is a transaction that two servers compete for.
const SHARED_GRANTS: u64 = 500;

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
async fn two_servers_on_postgresql() {
    let cluster = Cluster::start();
    two_servers(&cluster.create_database("seats"), "PostgreSQL").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_by_way_of_pgbouncer() {
    let cluster = Cluster::start();
    cluster.create_database("seats");
    let pooler = Pgbouncer::start(&cluster);
    two_servers(&pooler.url("seats"), "Pgbouncer").await;
}

async fn two_servers(url: &str, on: &str) {
    // Each asks the database before it refuses, so that at rest every seat can be had.
    let nodes = Nodes::start(url, 2, &["--database-staleness", "0s"]);
    let clients = nodes.clients();
    sell(&clients[0], SEATS, DAY_S).await;
    let seen = contend(Servers(clients), CLIENTS, SHARED_GRANTS).await;
    println!("over-issue: two servers on {on}, {seen}");
    seen.judge();
    assert_eq!(nodes.stop_and_verify(), None);
}

/// A server that knows of the other's changes only later may refuse a seat that has just become
/// free; it never gives one that is taken.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_hear_of_each_other_later() {
    let cluster = Cluster::start();
    let nodes = Nodes::start(&cluster.create_database("seats"), 2, &[]);
    let clients = nodes.clients();
    sell(&clients[0], SEATS, DAY_S).await;
    let seen = contend(Servers(clients), CLIENTS, SEATS as u64).await;
    println!("over-issue: two servers on PostgreSQL, a little behind, {seen}");
    assert!(seen.highest <= SEATS, "over-issued: {seen}");
    assert_eq!(nodes.stop_and_verify(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_service_on_sqlite_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let naive = naive::OnSqlite::new(&folder.path().join("naive.db"), CLIENTS);
    let seen = contend(naive, CLIENTS, GRANTS).await;
    println!("over-issue: the naive service on SQLite, {seen}");
    assert!(seen.highest > SEATS, "the test cannot tell over-issue");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_naive_service_on_postgresql_is_caught() {
    let cluster = Cluster::start();
    let naive = naive::OnPostgres::new(&cluster.create_database("naive"), CLIENTS).await;
    let seen = contend(naive, CLIENTS, GRANTS).await;
    println!("over-issue: the naive service on PostgreSQL, {seen}");
    assert!(seen.highest > SEATS, "the test cannot tell over-issue");
}
