//! Cryptography: signing, sealing, secrets at rest. It knows bytes, not
//! licenses, so that one reviewer can have all of it on one desk.

pub mod agent_key;
pub mod deflate;
pub mod digest;
pub mod envelope;
pub mod installation;
pub mod keys;
pub mod mac;
pub mod report;
pub mod sealed_file;
pub mod secret;
pub mod xmldsig;
