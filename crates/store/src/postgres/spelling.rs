//! Reads all our SQL for what a clustered database or a pooler would not take.

use std::path::Path;

/// Each with why it is not there.
const FORBIDDEN: [(&str, &str); 19] = [
    (
        "advisory",
        "unknown to several clustered databases; tied to a session",
    ),
    ("listen ", "tied to a session"),
    ("notify ", "unknown to several clustered databases"),
    ("serial", "ids are made by the store"),
    ("nextval", "ids are made by the store"),
    ("create sequence", "ids are made by the store"),
    ("generated ", "ids are made by the store"),
    ("trigger", "what is written is written by the store"),
    ("create function", "what is decided is decided by the store"),
    ("procedure", "what is decided is decided by the store"),
    ("savepoint", "a transaction is retried as a whole"),
    ("truncate", "not in every database"),
    ("temp table", "tied to a session"),
    ("temporary table", "tied to a session"),
    ("create extension", "not in every database"),
    ("set session", "tied to a session"),
    ("set local", "not in every pooler"),
    ("skip locked", "was wrong in some databases"),
    ("deallocate", "statements are never named"),
];

/// Tables without a vendor.
const OF_ALL: [&str; 7] = [
    "audit", "head", "touched", "node", "claim", "setting", "vendor",
];

fn literals(text: &str) -> Vec<String> {
    let code: Vec<_> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let literals = code.split('"').skip(1).step_by(2);
    literals
        .filter(|literal| literal.contains(' '))
        .map(str::to_lowercase)
        .collect()
}

fn each_source(mut visit: impl FnMut(&Path, &str)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![
        root.join("src/sql"),
        root.join("src/postgres"),
        root.join("migrations/postgres"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("spelling.rs") {
                visit(&path, &std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}

#[test]
fn no_statement_needs_what_not_every_database_has() {
    let mut read = 0;
    each_source(|path, text| {
        let statements = match path.extension().and_then(|extension| extension.to_str()) {
            Some("sql") => {
                let code = text.lines().filter(|line| !line.starts_with("--"));
                vec![code.collect::<Vec<_>>().join("\n").to_lowercase()]
            }
            _ => literals(text),
        };
        for statement in statements {
            read += 1;
            for (word, why) in FORBIDDEN {
                let found = statement.contains(word);
                assert!(!found, "{}: '{word}': {why}:\n{statement}", path.display());
            }
        }
    });
    assert!(read > 100, "only {read} statements were read");
}

#[test]
fn every_condition_names_the_vendor() {
    each_source(|path, text| {
        // The checks look at all vendors.
        if path.ends_with("sql/verify.rs") {
            return;
        }
        for statement in literals(text) {
            let statement = statement.replace("for update", "").replace("do update", "");
            let table = ["insert into ", "update ", "delete from ", " from "]
                .iter()
                .find_map(|word| statement.split(word).nth(1))
                .and_then(|rest| rest.split_whitespace().next());
            let Some(table) = table.filter(|_| statement.contains("where ")) else {
                continue;
            };
            // What begins with a piece that is put in has its vendor there.
            let is_fine = statement.contains("vendor_id")
                || statement.contains('{')
                || OF_ALL.contains(&table);
            assert!(is_fine, "{}:\n{statement}", path.display());
        }
    });
}
