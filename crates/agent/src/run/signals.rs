//! What a running agent is told from outside.

use std::future::pending;
use std::io::{self, IsTerminal};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{INTERRUPTED, TERMINATED};

/// What a signal asks for.
pub(super) enum Asked {
    /// To stop; with the exit code that it means when it is the second.
    Stop(u8),
    /// To read the certificate again.
    Reload,
}

/// What the process is told from outside.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None`: a terminal that hangs up ends the program, as it does any other.
    hangup: Option<Signal>,
}

impl Signals {
    /// From here on they count.
    pub(super) fn listen() -> io::Result<Self> {
        let is_service = !io::stdin().is_terminal();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_service {
                true => Some(signal(SignalKind::hangup())?),
                false => None,
            },
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Asked {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop(INTERRUPTED),
            _ = self.terminate.recv() => Asked::Stop(TERMINATED),
            _ = hangup => Asked::Reload,
        }
    }
}
