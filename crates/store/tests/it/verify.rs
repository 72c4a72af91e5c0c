//! What `verify` notices: one finding for one alteration, by name and number.

use std::path::Path;

use leasehold_store::{Options, Store};
use rusqlite::Connection;

use crate::build::*;

async fn with_history(directory: &Path) -> Store {
    let store = store(directory, Options::default(), &["L"]).await;
    apply(&store, "L", vec![use_credits("C-L", 7)])
        .await
        .unwrap();
    apply(&store, "L", vec![hold("F-L", "s", after(60))])
        .await
        .unwrap();
    apply(&store, "L", vec![hold("F-L", "t", after(60))])
        .await
        .unwrap();
    store
}

/// Alters the file of a store that runs, and returns what it then says.
async fn findings_after(alteration: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let store = with_history(directory.path()).await;
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    let other = Connection::open(directory.path().join("leasehold.db")).unwrap();
    other.pragma_update(None, "foreign_keys", false).unwrap();
    other.execute_batch(alteration).unwrap();
    store.verify().await.unwrap()
}

#[tokio::test]
async fn an_altered_audit_row_is_found() {
    assert_eq!(
        findings_after("UPDATE audit SET detail = '[]' WHERE position = 6").await,
        ["audit row 6 (vendor 'V', licensee.validate) does not match its hash"]
    );
}

#[tokio::test]
async fn a_missing_audit_row_is_found() {
    assert_eq!(
        findings_after("DELETE FROM audit WHERE position = 2").await,
        [
            "audit rows are missing between 1 and 3",
            "audit row 3 is not chained to the row before it",
        ]
    );
}

#[tokio::test]
async fn a_cut_off_audit_log_is_found_by_what_names_its_rows() {
    let findings = findings_after("DELETE FROM audit WHERE position > 4").await;
    assert!(
        findings.contains(&"2 sessions name audit rows that are not there, the first is 5".into()),
        "{findings:?}"
    );
}

#[tokio::test]
async fn a_usage_that_does_not_add_up_is_found() {
    assert_eq!(
        findings_after("DELETE FROM usage").await,
        [
            "vendor 'V', licensee 'L', license 'C-L': used is 7, its write-offs sum up to 0, its \
             usedQuantity says 7"
        ]
    );
}

#[tokio::test]
async fn a_seat_too_many_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(directory.path(), Options::default(), &[]).await;
    write(&store, "V", customer("L", 1)).await.unwrap();
    for session in ["s", "t"] {
        apply(&store, "L", vec![hold("F-L", session, after(60))])
            .await
            .unwrap();
    }
    assert_eq!(
        store.verify().await.unwrap(),
        ["vendor 'V', licensee 'L', module 'M': 2 live sessions on 1 seats"]
    );
}

#[tokio::test]
async fn a_lowered_limit_is_no_fault() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_history(directory.path()).await;
    let mut lowered = aggregate(&store, "L").await.unwrap().licenses[1].clone();
    assert_eq!(lowered.sessions.len(), 2);
    lowered.set("maxSessions", "1");
    let put = leasehold_model::change::LicenseeChange::PutLicense {
        former: Some(lowered.number.clone()),
        license: lowered,
    };
    write(&store, "V", vec![change("L", put)]).await.unwrap();
    // A renewal takes no seat either.
    apply(&store, "L", vec![hold("F-L", "s", after(90))])
        .await
        .unwrap();
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_reference_to_nothing_is_found() {
    let findings = findings_after("UPDATE session SET license_id = 1 WHERE session = 's'").await;
    assert_eq!(
        findings,
        [
            "1 rows of session refer to rows of license that are not there",
            "vendor 'V': licensee 'L' in memory differs from the disk",
        ]
    );
}

#[tokio::test]
async fn memory_is_compared_with_the_disk() {
    let cases = [
        (
            "UPDATE licensee SET name = 'x'",
            "vendor 'V': licensee 'L' in memory differs from the disk",
        ),
        (
            "UPDATE product SET name = 'x'",
            "vendor 'V': the catalogue in memory differs from the disk",
        ),
        (
            "UPDATE vendor SET revision = 9",
            "vendor 'V': the account in memory differs from the disk",
        ),
        (
            "INSERT INTO generation SELECT id, 'P', 'r', 1 FROM vendor",
            "vendor 'V': the books of tokens, bundles, notifications, exports and imports in memory differs from the disk",
        ),
    ];
    for (alteration, finding) in cases {
        assert_eq!(findings_after(alteration).await, [finding]);
    }
}
