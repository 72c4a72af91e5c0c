//! Signs replies to validations, and remembers those it has signed: a signature takes a millisecond,
//! and within a minute the same question mostly has the same answer (decision 0020).

use std::collections::HashMap;
use std::error::Error;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leasehold_seal::digest::sha256;
use leasehold_seal::xmldsig::{self, ResponseKey};
use leasehold_wire::media::Media;

use crate::rest::call::Reply;
use crate::rest::problem::Problem;

/// What a generation of signed replies may take, in bytes: some 800 replies.
const GENERATION: usize = 2 * 1024 * 1024;

/// What one takes beside its bytes: its place in a table.
const ENTRY: usize = 96;

/// Signs, and remembers.
#[derive(Default)]
pub(crate) struct Signing(Mutex<Remembered>);

impl Signing {
    /// The envelope in XML with its signature. What must be signed is signed on a thread of its own.
    pub(crate) async fn sign(
        &self,
        reply: Reply,
        signer: Arc<ResponseKey>,
    ) -> Result<Reply, Problem> {
        let document = match &reply {
            Reply::Context(context) => leasehold_wire::xml::write(context),
            Reply::Validation(validation) => leasehold_wire::xml::write(validation),
            Reply::Document(..) | Reply::NoContent => return Ok(reply),
        };
        let kind = Media::Xml.content_type();
        let name = sha256(&[signer.fingerprint(), &document]);
        if let Some(signed) = self.remembered().get(&name) {
            return Ok(Reply::Document(kind, signed.to_vec()));
        }
        let signing = tokio::task::spawn_blocking(move || xmldsig::sign(&document, &signer));
        let internal = |error: Box<dyn Error + Send + Sync>| Problem::Internal(error);
        let signed = signing.await.map_err(|error| internal(error.into()))?;
        let signed = signed.map_err(|error| internal(error.into()))?;
        self.remembered().put(name, signed.as_slice().into());
        Ok(Reply::Document(kind, signed))
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The digest of a signing key and of all that it signed: what has the same name has the same
/// signature, since RSA as it is used here has no randomness in it.
type Name = [u8; 32];

/// Signed replies by their names. What nobody asks for is gone after two generations.
#[derive(Default)]
struct Remembered {
    young: HashMap<Name, Arc<[u8]>>,
    old: HashMap<Name, Arc<[u8]>>,
    /// What the young ones take.
    size: usize,
}

impl Remembered {
    fn get(&mut self, name: &Name) -> Option<Arc<[u8]>> {
        if let Some(signed) = self.young.get(name) {
            return Some(Arc::clone(signed));
        }
        let signed = self.old.remove(name)?;
        self.put(*name, Arc::clone(&signed));
        Some(signed)
    }

    fn put(&mut self, name: Name, signed: Arc<[u8]>) {
        let size = ENTRY + signed.len();
        if size > GENERATION {
            return;
        }
        if self.size + size > GENERATION {
            self.old = mem::take(&mut self.young);
            self.size = 0;
        }
        if self.young.insert(name, signed).is_none() {
            self.size += size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(length: usize) -> Arc<[u8]> {
        vec![b'x'; length].into()
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut remembered = Remembered::default();
        let asked = [0xff; 32];
        remembered.put(asked, reply(1000));
        for nth in 0..10_000u32 {
            let mut name = [0; 32];
            name[..4].copy_from_slice(&nth.to_be_bytes());
            remembered.put(name, reply(1000));
            assert!(remembered.get(&asked).is_some(), "after {nth}");
            let held = remembered.young.len() + remembered.old.len();
            assert!(
                held * (1000 + ENTRY) <= 2 * GENERATION,
                "after {nth}: {held}"
            );
        }
        assert!(remembered.get(&[0; 32]).is_none());
    }

    #[test]
    fn one_that_would_be_all_there_is_is_not_kept() {
        let mut remembered = Remembered::default();
        remembered.put([1; 32], reply(10));
        remembered.put([2; 32], reply(GENERATION));
        assert!(remembered.get(&[1; 32]).is_some());
        assert!(remembered.get(&[2; 32]).is_none());
    }
}
