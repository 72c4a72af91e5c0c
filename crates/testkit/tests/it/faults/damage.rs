//! A page of the database is overwritten while nobody looks.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use leasehold_testkit::http::Client;
use leasehold_testkit::installation::{Installation, LOGIN, PASSWORD};
use leasehold_testkit::programs::{Serving, leasehold, serve};
use leasehold_testkit::random::Random;

use crate::ledger::{LICENSEES, sell};

const PAGE: u64 = 4096;
/// How many pages are damaged, one at a time.
const PAGES: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_is_named_and_no_answer_is_wrong() {
    let seed = Random::seed();
    println!("faults: LEASEHOLD_SEED={seed}");
    let mut random = Random::new(seed);
    let installation = Installation::new();
    let (server, client) = installation.serve();
    sell(&client).await;
    let right = answers(&client).await;
    assert!(server.stop().success());
    let pages = super::database(&installation.data())
        .metadata()
        .unwrap()
        .len()
        / PAGE;
    let (mut refused, mut served) = (0, 0);

    for round in 0..PAGES {
        // Every part of the file, the first page included.
        let page = round * pages / PAGES + random.below(pages / PAGES);
        let data = installation.beside(&format!("damaged {round}"));
        copy(&installation.data(), &data);
        overwrite(&super::database(&data), page, &mut random);
        match Serving::try_start(&mut serve(&data)) {
            Err(ended) => {
                refused += 1;
                assert_eq!(ended.status.code(), Some(1), "page {page}: {}", ended.text);
                let says = super::unopened(&data);
                assert!(ended.text.contains(&says), "page {page}: {}", ended.text);
            }
            Ok(server) => {
                served += 1;
                let client = Client::new(server.address(), LOGIN, PASSWORD);
                for (answer, right) in answers(&client).await.iter().zip(&right) {
                    let is_right = answer == right || answer.0 >= 500;
                    assert!(is_right, "page {page}: {answer:?} instead of {right:?}");
                }
            }
        }
        let verify = super::run_to_end(leasehold().args(["verify", "--data"]).arg(&data));
        let said = super::text(&verify);
        assert_eq!(verify.status.code(), Some(1), "page {page}: {said}");
    }
    println!(
        "faults: {PAGES} of {pages} pages damaged, each named; {refused} refused at the start, \
         {served} served, 0 answers wrong"
    );
}

/// The status and body of whatever can be asked about the licensees.
async fn answers(client: &Client) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    for licensee in 0..LICENSEES {
        for path in [
            format!("/licensee/I{licensee}"),
            format!("/license/SEATS{licensee}"),
            format!("/license/CREDITS{licensee}"),
        ] {
            let reply = client.get(&path).await.unwrap();
            answers.push((reply.status, reply.text()));
        }
    }
    answers
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // The control socket is no file to copy.
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Overwrites a page with bytes that mean nothing.
fn overwrite(database: &Path, page: u64, random: &mut Random) {
    let noise: Vec<u8> = (0..PAGE)
        .map(|_| u8::try_from(random.below(256)).unwrap())
        .collect();
    let file = File::options().write(true).open(database).unwrap();
    file.write_all_at(&noise, page * PAGE).unwrap();
}
