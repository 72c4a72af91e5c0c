//! What one durable write costs on this disk: the unit in which durable replies are counted.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// The median of an 8 kB write with its sync, in milliseconds.
pub(crate) fn milliseconds(folder: &Path) -> std::io::Result<f64> {
    const WRITES: usize = 60;
    let path = folder.join("sync");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let mut taken = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let began = Instant::now();
        file.write_all(&[7; 8192])?;
        file.sync_data()?;
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    std::fs::remove_file(path)?;
    taken.sort_by(f64::total_cmp);
    Ok(taken[WRITES / 2])
}
