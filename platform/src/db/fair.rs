//! A fair wait in front of the pool: no tenant's work keeps the others' waiting.
//!
//! A tenant has at most its share of the connections at a time. Who finds no connection waits in a line of their tenant's
//! own, and the lines are served in turn, one of each: a tenant that asks for a thousand things at once makes its own line
//! long, and nobody else's. A line has a bound, and so has the time in it; who is past either is refused, which is said with
//! 503 and costs nothing.
//!
//! Work without a tenant, such as finding out whose host it is, has a line too, with a bound of its own, and no share.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::id::TenantId;

/// Counts those who got no turn, by the reason.
pub const REFUSED: &str = "rowhouse_database_turns_refused_total";
/// How long those waited who got one.
pub const WAITED: &str = "rowhouse_database_wait_seconds";
/// Upper bounds, in seconds.
pub const WAITED_BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0];

/// How many wait who do nobody's work, at most. Strangers make such work, and who leaves a line walks along it while
/// everybody else waits.
const NOBODYS_LINE: usize = 1000;

/// Says what the numbers mean, to whatever collects them.
pub fn describe() {
    metrics::describe_counter!(REFUSED, "Transactions that were refused a connection, by why: line_full, too_long.");
    metrics::describe_histogram!(
        WAITED,
        metrics::Unit::Seconds,
        "Time that transactions waited for their tenant's turn, those left out that did not wait."
    );
}

/// How connections are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairSettings {
    /// How many there are.
    pub connections: usize,
    /// How many of them one tenant has at a time, at most.
    pub share: usize,
    /// How many of one tenant wait, at most.
    pub line: usize,
    /// How long one waits, at most.
    pub patience: Duration,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTurn {
    /// Too many of the same tenant, or of nobody, wait already.
    #[error("{0} transactions of this workspace wait for a connection already")]
    LineFull(usize),
    /// The wait took too long.
    #[error("no turn for a connection came up within {} ms", .0.as_millis())]
    TooLong(Duration),
}

/// Whose work it is; `None`: nobody's.
type Whose = Option<TenantId>;

/// Gives out turns.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    settings: FairSettings,
}

#[derive(Debug, Default)]
struct State {
    /// Connections in use.
    running: usize,
    /// Those who have or want connections.
    lanes: HashMap<Whose, Lane>,
    /// Whose line is served next, each once; those whose line is empty are not in it.
    order: VecDeque<Whose>,
    /// Names those who wait.
    last: u64,
}

#[derive(Debug, Default)]
struct Lane {
    running: usize,
    line: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    call: oneshot::Sender<Turn>,
}

/// The right to one connection, until it is dropped.
pub(super) struct Turn {
    gate: Arc<Gate>,
    whose: Whose,
}

impl fmt::Debug for Turn {
    /// Without the gate, which would have to be locked for it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Turn").field("whose", &self.whose).finish_non_exhaustive()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.gate.give_back(self.whose);
    }
}

/// A place in a line, which is left when this is dropped.
struct Place<'a> {
    gate: &'a Gate,
    whose: Whose,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.leave(self.whose, self.number);
    }
}

impl Gate {
    pub(super) fn new(settings: FairSettings) -> Arc<Self> {
        let connections = settings.connections.max(1);
        let settings = FairSettings { connections, share: settings.share.clamp(1, connections), ..settings };
        Arc::new(Self { state: Mutex::default(), settings })
    }

    /// Waits for a turn. Who gives up leaves the line.
    pub(super) async fn turn(self: &Arc<Self>, whose: Whose) -> Result<Turn, NoTurn> {
        let began = std::time::Instant::now();
        let (number, called) = match self.enter(whose) {
            Ok(Entered::AtOnce(turn)) => return Ok(turn),
            Ok(Entered::Waits(number, called)) => (number, called),
            Err(refused) => {
                metrics::counter!(REFUSED, "why" => "line_full").increment(1);
                return Err(refused);
            }
        };
        let place = Place { gate: self, whose, number };
        let patience = self.settings.patience;
        let turn = tokio::time::timeout(patience, called).await;
        drop(place);
        // The caller's half stays in the line until it is used or we leave, so only time can run out.
        let Ok(Ok(turn)) = turn else {
            metrics::counter!(REFUSED, "why" => "too_long").increment(1);
            return Err(NoTurn::TooLong(patience));
        };
        metrics::histogram!(WAITED).record(began.elapsed().as_secs_f64());
        Ok(turn)
    }

    fn enter(self: &Arc<Self>, whose: Whose) -> Result<Entered, NoTurn> {
        let mut state = self.state();
        let state = &mut *state;
        let is_free = state.running < self.settings.connections;
        let most = self.most(whose);
        let lane = state.lanes.entry(whose).or_default();
        if is_free && lane.running < most && lane.line.is_empty() {
            lane.running += 1;
            state.running += 1;
            return Ok(Entered::AtOnce(Turn { gate: Arc::clone(self), whose }));
        }
        let longest = if whose.is_some() { self.settings.line } else { NOBODYS_LINE };
        if lane.line.len() >= longest {
            return Err(NoTurn::LineFull(lane.line.len()));
        }
        if lane.line.is_empty() {
            state.order.push_back(whose);
        }
        let (call, called) = oneshot::channel();
        state.last += 1;
        let number = state.last;
        lane.line.push_back(Waiting { number, call });
        Ok(Entered::Waits(number, called))
    }

    fn give_back(self: &Arc<Self>, whose: Whose) {
        {
            let mut state = self.state();
            state.running = state.running.saturating_sub(1);
            if let Some(lane) = state.lanes.get_mut(&whose) {
                lane.running = lane.running.saturating_sub(1);
                if lane.running == 0 && lane.line.is_empty() {
                    state.lanes.remove(&whose);
                }
            }
        }
        self.call();
    }

    /// Calls whoever's turn it is, as long as there are connections.
    fn call(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.state();
                self.next(&mut state)
            };
            let Some((whose, call)) = next else { return };
            // Who left in this moment gets none: the turn comes back, is dropped, and goes to the next.
            if let Err(unwanted) = call.send(Turn { gate: Arc::clone(self), whose }) {
                drop(unwanted);
            }
        }
    }

    /// Takes the next one out of its line, and a connection for it.
    fn next(&self, state: &mut State) -> Option<(Whose, oneshot::Sender<Turn>)> {
        if state.running >= self.settings.connections {
            return None;
        }
        for _ in 0..state.order.len() {
            let whose = state.order.pop_front()?;
            let most = self.most(whose);
            let Some(lane) = state.lanes.get_mut(&whose) else { continue };
            if lane.running >= most {
                state.order.push_back(whose);
                continue;
            }
            let Some(waiting) = lane.line.pop_front() else { continue };
            lane.running += 1;
            if !lane.line.is_empty() {
                state.order.push_back(whose);
            }
            state.running += 1;
            return Some((whose, waiting.call));
        }
        None
    }

    fn leave(&self, whose: Whose, number: u64) {
        let mut state = self.state();
        let state = &mut *state;
        let Some(lane) = state.lanes.get_mut(&whose) else { return };
        let waited = lane.line.len();
        lane.line.retain(|waiting| waiting.number != number);
        if lane.line.len() < waited && lane.line.is_empty() {
            let is_idle = lane.running == 0;
            state.order.retain(|other| *other != whose);
            if is_idle {
                state.lanes.remove(&whose);
            }
        }
    }

    fn most(&self, whose: Whose) -> usize {
        if whose.is_some() { self.settings.share } else { self.settings.connections }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Entered {
    AtOnce(Turn),
    Waits(u64, oneshot::Receiver<Turn>),
}

#[cfg(test)]
mod tests;
