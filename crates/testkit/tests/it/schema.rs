//! Every XML reply that the tests saw is valid against the schema 2.1, says `xmllint`.
//!
//! `script/test` names a folder in `LEASEHOLD_XML_REPLIES`, in which the parts before this one have
//! kept what they saw. By itself this part asks a small shop for all that there is to list.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use leasehold_model::vendor::TtlMinutes;
use leasehold_service::clock::ManualClock;
use leasehold_testkit::http::Client;
use leasehold_testkit::within::Server;
use leasehold_testkit::{judges, replies};
use leasehold_wire::media::Media;
use tempfile::TempDir;

use crate::shop::sell;

const LISTS: &[&str] = &[
    "product",
    "productmodule",
    "licensetemplate",
    "licensee",
    "license",
    "transaction",
    "token",
    "paymentmethod",
    "bundle",
    "notification",
    "utility/countries",
    "utility/licensingModels",
    "utility/licenseTypes",
    "nothing",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_xml_reply_is_valid() {
    let folder = TempDir::new().unwrap();
    let mut files = asked(&folder).await;
    let own = files.len();
    if let Some(kept) = replies::folder() {
        let kept = fs::read_dir(kept).unwrap();
        files.extend(kept.map(|entry| entry.unwrap().path()));
    }
    if let Some(faults) = judges::against_schema(&files) {
        let told: Vec<_> = faults
            .lines()
            .filter(|line| !line.ends_with(" validates"))
            .take(20)
            .collect();
        panic!("{}", told.join("\n"));
    }
    println!(
        "schema: {} replies valid, {} of them kept by other parts",
        files.len(),
        files.len() - own
    );

    let wrong = folder.path().join("wrong.xml");
    let reply = fs::read_to_string(&files[0]).unwrap();
    fs::write(&wrong, reply.replacen("ns2:infos", "ns2:info", 2)).unwrap();
    assert!(judges::against_schema(&[wrong]).is_some(), "xmllint judges");
}

/// Replies of a small shop, as files.
async fn asked(folder: &TempDir) -> Vec<PathBuf> {
    let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::start(&folder.path().join("server"), clock).await;
    let key = server.add_vendor("vendor", TtlMinutes::DEFAULT).await;
    let client = Client::new(server.address(), "apiKey", &key);
    sell(&client, "5").await;
    let xml = client.asking_for(Media::Xml);
    let mut bodies = Vec::new();
    for list in LISTS {
        bodies.push(xml.get(&format!("/{list}")).await.unwrap().body);
    }
    bodies.push(xml.post("/licensee/I/validate", &[]).await.unwrap().body);
    server.stop().await;
    let place = |at| folder.path().join(format!("{at}.xml"));
    for (at, body) in bodies.iter().enumerate() {
        fs::write(place(at), body).unwrap();
    }
    (0..bodies.len()).map(place).collect()
}
