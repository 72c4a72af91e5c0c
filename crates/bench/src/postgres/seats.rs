//! Contention for the seats of one licensee without HTTP: by whoever knows how to take a seat and to give
//! it back. Counted as for the hot licensee: a session is live from its acknowledgement until it is
//! about to be given back, so that the count never exceeds the truth.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// One client.
pub(super) trait Player: Send + 'static {
    /// Takes a seat for a session that nobody has had before. False: there is none.
    fn check_out(&mut self, session: i64) -> impl Future<Output = anyhow::Result<bool>> + Send;

    /// Gives it back.
    fn check_in(&mut self, session: i64) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What the clients saw.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// Seats taken and given back. To refuse one takes a lock here and nothing at all there, and whoever
    /// was refused asks again at once.
    pub(super) per_second: f64,
    pub(super) most_live: usize,
}

/// What they share.
struct Table {
    end: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    asked: i64,
    live: VecDeque<i64>,
    most_live: usize,
}

/// Lets all contend, and gives everything back in the end.
pub(super) async fn contend(players: Vec<impl Player>, time: Duration) -> anyhow::Result<Seen> {
    let began = Instant::now();
    let table = Arc::new(Table {
        end: began + time,
        state: Mutex::default(),
    });
    let mut running = JoinSet::new();
    for player in players {
        let table = Arc::clone(&table);
        running.spawn(async move { table.play(player).await });
    }
    let done = sum(running).await?;
    let most_live = table.state().most_live;
    Ok(Seen {
        per_second: done as f64 / began.elapsed().as_secs_f64(),
        most_live,
    })
}

impl Table {
    /// Takes a seat whenever there is one, and gives the oldest back when there is none. Returns how many
    /// it took and gave back.
    async fn play(&self, mut player: impl Player) -> anyhow::Result<u64> {
        let mut done = 0;
        while Instant::now() < self.end {
            let session = {
                let mut state = self.state();
                state.asked += 1;
                state.asked
            };
            if player.check_out(session).await? {
                let mut state = self.state();
                state.live.push_back(session);
                state.most_live = state.most_live.max(state.live.len());
                done += 1;
                continue;
            }
            done += u64::from(self.give_back(&mut player).await?);
        }
        while self.give_back(&mut player).await? {
            done += 1;
        }
        Ok(done)
    }

    async fn give_back(&self, player: &mut impl Player) -> anyhow::Result<bool> {
        let oldest = self.state().live.pop_front();
        if let Some(oldest) = oldest {
            player.check_in(oldest).await?;
        }
        Ok(oldest.is_some())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change of it can be cut in half.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all tasks count together.
pub(super) async fn sum(mut running: JoinSet<anyhow::Result<u64>>) -> anyhow::Result<u64> {
    let mut all = 0;
    while let Some(ended) = running.join_next().await {
        all += ended??;
    }
    Ok(all)
}
