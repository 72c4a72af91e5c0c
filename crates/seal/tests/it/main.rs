//! Sealing from outside: what an attacker, a damaged disk or a wrong key can do.

#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod envelope;
mod installation;
mod keys;
mod xmldsig;
