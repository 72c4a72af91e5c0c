//! `leasehold`: the server and its administration commands.
fn main() {}
