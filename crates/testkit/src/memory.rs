//! What a process takes of memory, as the kernel tells it.

/// Anonymous memory in kilobytes: what it has asked for, without mapped files.
pub fn anonymous_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_ascii_whitespace().next());
    number.expect("the kernel tells it").parse().unwrap()
}
