//! Sealing from outside: what an attacker, a damaged disk or a wrong key can do.

mod envelope;
mod installation;
mod keys;
