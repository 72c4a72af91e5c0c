//! One question, for what is prepared or looked up between measurements.

use std::time::Duration;

use super::{Address, Caller, Load, Reply};

struct Once<'a> {
    request: Option<&'a [u8]>,
    status: u16,
    body: Vec<u8>,
}

impl Caller for Once<'_> {
    fn next(&mut self, _place: usize) -> Option<&[u8]> {
        self.request.take()
    }

    fn answered(&mut self, _place: usize, reply: Reply<'_>) -> anyhow::Result<()> {
        self.status = reply.status;
        self.body = reply.body.to_vec();
        Ok(())
    }
}

/// Asks over a connection of its own, and returns the body of the reply, which must be 200.
pub(crate) fn once(address: &Address, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut once = Once {
        request: Some(request),
        status: 0,
        body: Vec::new(),
    };
    Load::open(address, 1)?.closed(&mut once, Duration::ZERO)?;
    let Once { status, body, .. } = once;
    let reply = Reply {
        status,
        body: &body,
    };
    reply.expect_ok()?;
    Ok(body)
}
