//! A small budget changes what stays in memory, and nothing else.

use leasehold_store::{Options, Store};
use proptest::prelude::*;

use crate::build::*;

const LICENSEES: usize = 1000;

/// Room for about a hundred of the licensees below, and most of these packed.
const SMALL: usize = 20_000;

/// Room for all of them, and nearly all packed.
const MEDIUM: usize = 400_000;

/// Room for all of them, ready to be decided on.
const LARGE: usize = 1 << 30;

async fn filled(directory: &std::path::Path, cache_bytes: usize) -> Store {
    let options = Options {
        cache_bytes,
        ..Options::default()
    };
    let store = store(directory, options, &[]).await;
    let writes = (0..LICENSEES).flat_map(|at| customer(&at.to_string(), 5));
    write(&store, "V", writes.collect()).await.unwrap();
    store
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn small_and_medium_caches_answer_as_a_large_one(
        deeds in prop::collection::vec((0..LICENSEES, 0..3, 1_i64..100), 300),
    ) {
        runtime().block_on(async {
            let directories = [(); 3].map(|()| tempfile::tempdir().unwrap());
            let small = filled(directories[0].path(), SMALL).await;
            let medium = filled(directories[1].path(), MEDIUM).await;
            let large = filled(directories[2].path(), LARGE).await;
            for (licensee, deed, amount) in deeds {
                let licensee = licensee.to_string();
                let change = match deed {
                    0 => Vec::new(),
                    1 => vec![use_credits(&format!("C-{licensee}"), amount)],
                    _ => vec![hold(&format!("F-{licensee}"), "s", after(amount))],
                };
                for store in [&small, &medium, &large] {
                    apply(store, &licensee, change.clone()).await.unwrap();
                }
                let expected = aggregate(&large, &licensee).await;
                assert_eq!(aggregate(&small, &licensee).await, expected);
                assert_eq!(aggregate(&medium, &licensee).await, expected);
            }
            let expected = everything(&large, "V").await;
            for (store, directory) in [(small, &directories[0]), (medium, &directories[1])] {
                assert_eq!(everything(&store, "V").await, expected);
                assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
                drop(store);
                // Opened with a small budget, most licensees begin on disk, the others packed.
                let options = Options { cache_bytes: SMALL, ..Options::default() };
                let store = Store::open(directory.path(), options).unwrap();
                assert_eq!(everything(&store, "V").await, expected);
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_share_a_cache_that_holds_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        cache_bytes: 0,
        ..Options::default()
    };
    let store = store(directory.path(), options, &["L", "K", "J"]).await;
    let tasks = (0..30).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            let licensee = ["L", "K", "J"][task % 3];
            for _ in 0..10 {
                let credits = use_credits(&format!("C-{licensee}"), 1);
                apply(&store, licensee, vec![credits]).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for licensee in ["L", "K", "J"] {
        let kept = aggregate(&store, licensee).await.unwrap();
        let number = license_number(&format!("C-{licensee}"));
        assert_eq!(kept.license(&number).unwrap().used(), 100);
    }
    assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
}
