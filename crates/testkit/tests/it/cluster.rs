//! The temporary PostgreSQL that other tests stand on keeps what was committed, also when it is
//! killed, and is reached directly and by way of a pooler.

use leasehold_testkit::postgres::{Cluster, Pgbouncer};
use tokio_postgres::{Client, NoTls};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_outlives_stop_and_kill() {
    let mut cluster = Cluster::start();
    let url = cluster.create_database("kept");
    let client = connect(&url).await;
    let make = "CREATE TABLE kept (n BIGINT PRIMARY KEY)";
    client.batch_execute(make).await.unwrap();
    for n in 0..3_i64 {
        let client = connect(&url).await;
        let insert = "INSERT INTO kept VALUES ($1)";
        client.execute(insert, &[&n]).await.unwrap();
        if n == 0 {
            cluster.stop();
        } else {
            cluster.kill();
        }
        cluster.start_again();
    }

    let pooler = Pgbouncer::start(&cluster);
    let client = connect(&pooler.url("kept")).await;
    let count = "SELECT count(*) FROM kept";
    let count: i64 = client.query_typed(count, &[]).await.unwrap()[0].get(0);
    assert_eq!(count, 3);
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    // Its end is seen by the client.
    tokio::spawn(connection);
    client
}
