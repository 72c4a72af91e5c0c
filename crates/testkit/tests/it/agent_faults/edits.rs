//! Somebody edits the store of a stopped agent: it says so, and serves nothing (T7, T22).

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::Installation;
use leasehold_testkit::offline::carry;
use leasehold_testkit::programs::Serving;

use super::{ends, told};
use crate::ledger::sell;

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_store_is_not_served() {
    let installation = Installation::new();
    let (server, vendor) = installation.serve();
    sell(&vendor).await;
    let key = vendor.make("/token", &[("tokenType", "APIKEY")]).await;
    let key = key.get("number").unwrap().to_owned();
    let home = installation.beside("agent");
    carry(server.address(), &["I0", "I1"], &home);
    let database = home.join("database/leasehold.db");
    let serving = Serving::agent(&home);
    let client = Client::new(serving.address(), "apiKey", &key);
    let form = [("productModuleNumber", "CREDITS"), ("usedQuantity", "7")];
    let used = client.post("/licensee/I0/validate", &form).await.unwrap();
    assert_eq!(used.status, 200);
    assert!(serving.stop().success());
    let sound = std::fs::read(&database).unwrap();
    let edits = [
        (
            "more seats",
            "UPDATE license SET properties = '{}' WHERE number = 'SEATS0'",
        ),
        ("a use taken away", "DELETE FROM usage"),
        (
            "a used quantity set back",
            "UPDATE license SET used = 0, used_quantity = NULL WHERE used > 0",
        ),
        (
            "a mark of the time spoiled",
            "UPDATE document SET content = x'00' WHERE name = 'trusted time'",
        ),
        (
            "the journal cut",
            "DELETE FROM audit WHERE position = (SELECT max(position) FROM audit)",
        ),
        (
            "a row of the journal edited",
            "UPDATE audit SET action = 'x' WHERE position = (SELECT max(position) FROM audit)",
        ),
        (
            "two licensees in each other's place",
            "UPDATE licensee SET number = CASE number WHEN 'I0' THEN 'I1 ' ELSE 'I0 ' END",
        ),
        ("an import forgotten", "DELETE FROM import"),
    ];
    for (what, edit) in edits {
        std::fs::write(&database, &sound).unwrap();
        let open = rusqlite::Connection::open(&database).unwrap();
        let changed = open.execute(edit, []).unwrap();
        assert!(changed > 0, "{what}: there is nothing to edit");
        open.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        drop(open);
        let mut serve = told(&home, &["run-offline", "--port=0"]);
        ends(&mut serve, 12, "The local database");
        println!("agent-faults: {what}: exit 12");
    }
    let refused = edits.len();
    std::fs::write(&database, &sound).unwrap();
    let serving = Serving::agent(&home);
    assert!(serving.stop().success());
    println!("agent-faults: {refused} edits of the store, each exit 12");
    assert!(server.stop().success());
}
