//! The installation's key.

use std::os::unix::fs::PermissionsExt;

use leasehold_seal::installation::{InstallationKey, InstallationKeyError};
use proptest::prelude::*;

#[test]
fn the_key_file_is_made_once_for_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("installation.key");
    let made = InstallationKey::load_or_create(&file).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let read = InstallationKey::load_or_create(&file).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    assert_eq!(read.lookup("key"), made.lookup("key"));
    assert_eq!(
        *read.open("p", &made.seal("p", b"plain")).unwrap(),
        b"plain"
    );
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn programs_that_start_at_once_get_one_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("installation.key");
    let lookups = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    InstallationKey::load_or_create(&file)
                        .unwrap()
                        .lookup("key")
                })
            })
            .collect();
        let ends = starts.into_iter().map(|start| start.join().unwrap());
        ends.collect::<Vec<_>>()
    });
    assert!(lookups.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_damaged_key_file_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("installation.key");
    InstallationKey::load_or_create(&file).unwrap();
    let good = std::fs::read(&file).unwrap();
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        let refused = InstallationKey::load_or_create(&file);
        assert!(
            matches!(&refused, Err(InstallationKeyError::Damaged(named)) if *named == file),
            "byte {at}: {refused:?}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), bad);
    }
}

#[test]
fn other_installations_find_and_open_nothing() {
    let (one, other) = (InstallationKey::ephemeral(), InstallationKey::ephemeral());
    assert_ne!(one.lookup("key"), other.lookup("key"));
    assert!(other.open("p", &one.seal("p", b"plain")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens_for_its_purpose_only(purpose in ".{0,20}", plain in any::<Vec<u8>>()) {
        let key = InstallationKey::ephemeral();
        let sealed = key.seal(&purpose, &plain);
        prop_assert_eq!(&*key.open(&purpose, &sealed).unwrap(), &plain);
        let other = format!("{purpose}.");
        prop_assert!(key.open(&other, &sealed).is_err());
        prop_assert_ne!(key.seal(&purpose, &plain), sealed);
    }

    #[test]
    fn altered_cipher_text_does_not_open(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let key = InstallationKey::ephemeral();
        let mut sealed = key.seal("p", b"plain");
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(key.open("p", &sealed).is_err());
        prop_assert!(key.open("p", &sealed[..at]).is_err());
    }
}
