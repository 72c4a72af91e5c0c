//! What a node knows of the others that share its database.
//!
//! Nobody owns a licensee: any node decides, on what it remembers, and the commit decides whether
//! that still held. Commits of all nodes are in one order, and each begins by noting what the others
//! have committed since; a command that rests on what one of them has changed is *overtaken*: it is
//! left out, memory is read anew, and whoever asked is decided on again. So no two nodes ever give
//! away the same seat, and none waits for a lock while it thinks.
//!
//! Time is counted here in moments: each thing noted is one. What a decision may rest on is told by
//! the moment up to which everything noted had reached memory when it began.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::command::Command;
use crate::footprint::{Feed, Footprint, Reach};
use crate::ids::{LicenseeId, Position, VendorId};

/// Counts what a node has noted of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// How many licensees and calls are remembered as changed, before the oldest are forgotten.
const REMEMBERED: usize = 65_536;

/// See above. Where there is one node, nothing is ever noted, and nothing overtaken.
#[derive(Debug)]
pub(crate) struct Others {
    known: Mutex<Known>,
    /// Told when there is something to bring to memory, or all is over.
    news: Condvar,
    /// Told when a call has been decided anew.
    retries: Condvar,
    /// Up to where memory has what was noted.
    applied: watch::Sender<Moment>,
    heard: watch::Sender<Heard>,
    /// False when there were no other nodes when this one last looked.
    are_there: AtomicBool,
}

#[derive(Debug, Default)]
struct Known {
    /// How far the audit log has been noted.
    seen: Position,
    now: Moment,
    /// Of what was forgotten, the newest: a decision from before it cannot be judged.
    horizon: Moment,
    licensees: HashMap<LicenseeId, Moment>,
    calls: HashMap<[u8; 32], Moment>,
    vendors: HashMap<VendorId, VendorMoments>,
    accounts: Moment,
    /// Noted and not yet in memory.
    pending: Vec<Footprint>,
    /// Counts who wants memory to be as new as can be.
    asked: u64,
    /// Counts the calls that were overtaken and have been decided anew.
    retried: u64,
    is_over: bool,
}

/// How lately this node has heard of the others.
#[derive(Debug, Clone, Copy)]
struct Heard {
    /// Up to which of those who asked.
    asked: u64,
    at: Instant,
}

/// What the follower is to do.
#[derive(Debug)]
pub(crate) struct Round {
    /// What it will have answered by hearing the others once more.
    asked: u64,
}

/// When a vendor was last reached, so far or further.
#[derive(Debug, Clone, Copy, Default)]
struct VendorMoments {
    names: Moment,
    vendor: Moment,
}

impl Others {
    /// Everything up to `seen` is in memory.
    pub(crate) fn new(seen: Position) -> Self {
        Self {
            known: Mutex::new(Known {
                seen,
                ..Known::default()
            }),
            news: Condvar::new(),
            retries: Condvar::new(),
            applied: watch::Sender::default(),
            heard: watch::Sender::new(Heard {
                asked: 0,
                at: Instant::now(),
            }),
            are_there: AtomicBool::new(true),
        }
    }

    /// How far the audit log has been noted.
    pub(crate) fn seen(&self) -> Position {
        self.lock().seen
    }

    /// Notes what other nodes committed after [`Others::seen`].
    pub(crate) fn note(&self, feed: Feed) {
        self.are_there.store(feed.has_others, Ordering::Relaxed);
        let mut known = self.lock();
        let seen = known.seen;
        // The same rows may have come by another way meanwhile.
        for footprint in feed.footprints {
            if footprint.position > seen {
                known.note(footprint);
            }
        }
        known.seen = seen.max(feed.position);
        self.tell(known);
    }

    /// This node has committed up to `position`, and noted what others had before.
    pub(crate) fn advance(&self, position: Position) {
        let mut known = self.lock();
        known.seen = known.seen.max(position);
    }

    /// True when `command` still stands. One that does not is noted itself: what it did in memory
    /// must be taken back, and what was decided on that is overtaken with it.
    pub(crate) fn judge(&self, command: &Command) -> bool {
        let mut known = self.lock();
        let stands = known.stands(command);
        if !stands {
            let footprint = command.taken_back(known.seen);
            known.note(footprint);
            self.tell(known);
        }
        stands
    }

    /// Nothing of a batch was written.
    pub(crate) fn take_back(&self, commands: &[Command]) {
        let mut known = self.lock();
        for command in commands {
            let footprint = command.taken_back(known.seen);
            known.note(footprint);
        }
        self.tell(known);
    }

    /// What a decision that begins now rests on.
    pub(crate) fn applied(&self) -> Moment {
        *self.applied.borrow()
    }

    /// Returns when all that has been noted until now is in memory.
    pub(crate) async fn settled(&self) {
        let now = self.lock().now;
        let mut applied = self.applied.subscribe();
        // The sender lives as long as this.
        let _reached = applied.wait_for(|applied| *applied >= now).await;
    }

    /// True when all that has been noted until now is in memory.
    pub(crate) fn is_settled(&self) -> bool {
        self.lock().now == self.applied()
    }

    /// True unless this node was alone when it last looked.
    pub(crate) fn are_there(&self) -> bool {
        self.are_there.load(Ordering::Relaxed)
    }

    /// How long ago memory was as new as could be.
    pub(crate) fn age(&self) -> Duration {
        self.heard.borrow().at.elapsed()
    }

    /// Returns when memory has all that was committed anywhere before this was called.
    pub(crate) async fn caught_up(&self) {
        let mine = {
            let mut known = self.lock();
            known.asked += 1;
            known.asked
        };
        self.news.notify_all();
        let mut heard = self.heard.subscribe();
        // The sender lives as long as this.
        let _reached = heard.wait_for(|heard| heard.asked >= mine).await;
    }

    /// For the follower: returns when somebody asked, something was noted, or `patience` is over.
    /// `None` when all is over.
    pub(crate) fn wait(&self, patience: Duration) -> Option<Round> {
        let answered = self.heard.borrow().asked;
        let (known, _) = self
            .news
            .wait_timeout_while(self.lock(), patience, |known| {
                known.pending.is_empty() && known.asked == answered && !known.is_over
            })
            .unwrap_or_else(PoisonError::into_inner);
        (!known.is_over).then_some(Round { asked: known.asked })
    }

    /// For the follower: what is to be brought to memory, and the moment that
    /// [`Others::has_applied`] is told then.
    pub(crate) fn take(&self) -> (Vec<Footprint>, Moment) {
        let mut known = self.lock();
        (std::mem::take(&mut known.pending), known.now)
    }

    /// For the follower: what others had committed at `began` is in memory.
    pub(crate) fn has_heard(&self, round: Round, began: Instant) {
        self.heard.send_replace(Heard {
            asked: round.asked,
            at: began,
        });
    }

    /// What could not be brought to memory is tried again.
    pub(crate) fn put_back(&self, footprints: Vec<Footprint>) {
        let mut known = self.lock();
        known.pending.splice(0..0, footprints);
    }

    /// All that was noted up to `moment` is in memory.
    pub(crate) fn has_applied(&self, moment: Moment) {
        self.applied.send_replace(moment);
        self.lock().forget(moment);
    }

    /// For the follower: waits, unless all is over.
    pub(crate) fn pause(&self, time: Duration) {
        let waited = self
            .news
            .wait_timeout_while(self.lock(), time, |known| !known.is_over);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// An overtaken call has been decided anew, whatever came of it.
    pub(crate) fn has_retried(&self) {
        self.lock().retried += 1;
        self.retries.notify_all();
    }

    /// For the writer: what [`Others::wait_for_retries`] will count from.
    pub(crate) fn retried(&self) -> u64 {
        self.lock().retried
    }

    /// For the writer: waits until so many calls have been decided anew, for `patience` at most.
    pub(crate) fn wait_for_retries(&self, count: u64, patience: Duration) {
        let waited = self
            .retries
            .wait_timeout_while(self.lock(), patience, |known| {
                known.retried < count && !known.is_over
            });
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Nothing is noted any more.
    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.news.notify_all();
        self.retries.notify_all();
    }

    fn tell(&self, known: MutexGuard<'_, Known>) {
        let is_news = !known.pending.is_empty();
        drop(known);
        if is_news {
            self.news.notify_all();
        }
    }

    // A panic elsewhere leaves at worst a footprint noted in part, which only overtakes less: but
    // nothing under this lock can panic.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn note(&mut self, footprint: Footprint) {
        if footprint.reach == Reach::Outside && !footprint.announces {
            return;
        }
        self.now = Moment(self.now.0 + 1);
        let now = self.now;
        for licensee in &footprint.licensees {
            self.licensees.insert(*licensee, now);
        }
        for call in &footprint.calls {
            self.calls.insert(call.key, now);
        }
        let vendor = self.vendors.entry(footprint.vendor).or_default();
        if footprint.reach >= Reach::Names {
            vendor.names = now;
        }
        if footprint.reach >= Reach::Vendor {
            vendor.vendor = now;
        }
        if footprint.reach >= Reach::Account {
            self.accounts = now;
        }
        self.pending.push(footprint);
    }

    fn stands(&self, command: &Command) -> bool {
        let basis = command.basis;
        if command.reach == Reach::Outside {
            return true;
        }
        if basis < self.horizon {
            return false;
        }
        let vendor = self.vendors.get(&command.vendor);
        let vendor = vendor.copied().unwrap_or_default();
        let is_newer = |moment: Option<&Moment>| moment.is_some_and(|moment| *moment > basis);
        let is_overtaken = vendor.vendor > basis
            || (command.reach >= Reach::Names && vendor.names > basis)
            || (command.reach >= Reach::Account && self.accounts > basis)
            || command
                .touched
                .iter()
                .any(|licensee| is_newer(self.licensees.get(licensee)))
            || command
                .calls()
                .any(|call| is_newer(self.calls.get(&call.key)));
        !is_overtaken
    }

    /// Decisions that begin from now on rest on `applied` at least; of those before, the ones that
    /// are still on their way may be overtaken for nothing.
    fn forget(&mut self, applied: Moment) {
        if self.licensees.len() + self.calls.len() <= REMEMBERED {
            return;
        }
        self.licensees.retain(|_, moment| *moment > applied);
        self.calls.retain(|_, moment| *moment > applied);
        self.horizon = applied;
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use leasehold_model::number::VendorNumber;

    use super::*;
    use crate::write::Origin;

    const VENDOR: VendorId = VendorId(1);

    fn command(reach: Reach, touched: &[i64], basis: Moment) -> Command {
        Command {
            vendor: VENDOR,
            vendor_number: VendorNumber::parse("V").unwrap(),
            licensee: None,
            origin: Origin {
                actor: "test".into(),
                action: "test",
            },
            at: Timestamp::UNIX_EPOCH,
            steps: Vec::new(),
            basis,
            reach,
            touched: touched.iter().map(|id| LicenseeId(*id)).collect(),
            newest_id: 0,
        }
    }

    fn feed(position: i64, reach: Reach, touched: &[i64]) -> Feed {
        let position = Position(position);
        Feed {
            position,
            has_others: true,
            footprints: vec![command(reach, touched, Moment(0)).footprint(position)],
        }
    }

    #[test]
    fn what_another_node_touched_overtakes_what_rested_on_it() {
        let table = [
            (Reach::Licensees, Reach::Licensees, true, true),
            (Reach::Licensees, Reach::Names, false, true),
            (Reach::Names, Reach::Licensees, false, true),
            (Reach::Names, Reach::Names, false, false),
            (Reach::Vendor, Reach::Licensees, false, false),
            (Reach::Licensees, Reach::Vendor, false, true),
            (Reach::Account, Reach::Account, false, false),
            (Reach::Vendor, Reach::Outside, false, true),
        ];
        for (theirs, ours, same, stands) in table {
            let others = Others::new(Position(0));
            let basis = others.applied();
            others.note(feed(1, theirs, &[7]));
            let touched: &[i64] = if same { &[7] } else { &[8] };
            let stands = if same { false } else { stands };
            assert_eq!(
                others.judge(&command(ours, touched, basis)),
                stands,
                "{theirs:?} {ours:?} {same}"
            );
        }
    }

    #[test]
    fn what_is_in_memory_overtakes_nothing_any_more() {
        let others = Others::new(Position(0));
        others.note(feed(1, Reach::Licensees, &[7]));
        let (pending, moment) = others.take();
        assert_eq!(pending.len(), 1);
        others.has_applied(moment);
        assert!(others.judge(&command(Reach::Licensees, &[7], others.applied())));
        // The same row, read once more.
        others.note(feed(1, Reach::Licensees, &[7]));
        assert!(others.judge(&command(Reach::Licensees, &[7], others.applied())));
    }

    #[test]
    fn what_rests_on_an_overtaken_command_is_overtaken() {
        let others = Others::new(Position(0));
        let basis = others.applied();
        others.note(feed(1, Reach::Names, &[7]));
        assert!(!others.judge(&command(Reach::Names, &[9], basis)));
        assert!(!others.judge(&command(Reach::Licensees, &[9], basis)));
        assert!(others.judge(&command(Reach::Licensees, &[10], basis)));
    }

    #[test]
    fn a_batch_that_was_not_written_is_taken_back() {
        let others = Others::new(Position(5));
        let basis = others.applied();
        others.take_back(&[command(Reach::Licensees, &[3], basis)]);
        assert!(!others.judge(&command(Reach::Licensees, &[3], basis)));
        assert_eq!(others.seen(), Position(5));
    }

    #[test]
    fn what_is_forgotten_overtakes_rather_too_much() {
        let others = Others::new(Position(0));
        let basis = others.applied();
        let many: Vec<i64> = (0..REMEMBERED as i64 + 1).collect();
        others.note(feed(1, Reach::Licensees, &many));
        let (_, moment) = others.take();
        others.has_applied(moment);
        assert!(!others.judge(&command(Reach::Licensees, &[-1], basis)));
        assert!(others.judge(&command(Reach::Licensees, &[-2], others.applied())));
    }
}
