//! One session, fed one observation at a time.
//!
//! Invariant: what is kept is every way in which what was observed so far may
//! be a run of the role: one for each row a lookup may have found and each
//! process that may have taken a message. A message is matched once the next
//! one, or the end, is there, so that what stands beside it has been seen.

use std::{borrow::Cow, mem, sync::Arc};

use event::{
    Kind,
    kind::Direction,
    recording::{Observability, Recording},
};

use super::{
    deduce::Trace,
    observe::{Main, Message, Observed, line_of},
    run::{Ended, Judged, Run, State, Stop},
    setup::Given,
    value::Arena,
};
use crate::{
    interpretation::{Interpretation, RoleModel, Symbol},
    mapping::Function,
    queries,
    report::{Counts, Outcome},
    steps::{StepId, StepKind},
    tier::Tier,
};

/// Ways kept at once, at most.
const WAYS: usize = 256;

/// A match of one session of one party against its role.
#[derive(Clone)]
pub(crate) struct Session<'g, 'r> {
    meaning: &'g Interpretation<'g>,
    model: &'g RoleModel<'g>,
    given: Arc<Given>,
    party: String,
    number: u32,
    level: Observability,
    tier: Tier,
    observed: Observed<'r>,
    /// Whether somebody wants to know what it shows.
    shows: bool,
    /// In the order of the model's choices.
    ways: Vec<Way>,
    /// A line that holds only a commitment where octets are needed.
    committed: Option<u64>,
}

/// One way in which the observations may be a run of the role.
#[derive(Clone)]
struct Way {
    state: State,
    at: At,
}

#[derive(Clone)]
enum At {
    Ended,
    Stopped(Stop),
    Waits,
}

/// A session of a recording.
pub(crate) struct Of<'a> {
    pub(crate) role: &'a str,
    pub(crate) party: &'a str,
    /// Numbers of the party and of the session.
    pub(crate) at: (u32, u32),
    /// Whether somebody wants to know what it shows.
    pub(crate) shows: bool,
}

/// Matches one session of one party against its role.
pub(crate) fn judge<'r>(
    meaning: &Interpretation<'_>,
    given: &Arc<Given>,
    recording: &'r Recording,
    of: &Of<'_>,
) -> Judged<'r> {
    let how = (recording.head.observability, Tier::Full);
    let given = Arc::clone(given);
    let mut session = match Session::new(meaning, of.role, given, of.party, of.at.1, how) {
        Ok(session) => session,
        Err(why) => return unmatched(why),
    };
    session.shows = of.shows;
    for event in &recording.events {
        if (event.party, event.session) == of.at {
            session.observe(line_of(recording, event), Cow::Borrowed(&event.kind));
        }
    }
    session.close()
}

fn unmatched<'r>(why: String) -> Judged<'r> {
    Judged {
        ended: Ended::Inconclusive(why),
        shown: queries::Run::default(),
        counts: Counts::default(),
        walked: Vec::new(),
        stopped: None,
        others: Vec::new(),
        trace: None,
    }
}

impl<'g, 'r> Session<'g, 'r> {
    /// Before the first observation; the error says why nothing can be matched.
    pub(crate) fn new(
        meaning: &'g Interpretation<'g>,
        role: &str,
        given: Arc<Given>,
        party: &str,
        number: u32,
        (level, tier): (Observability, Tier),
    ) -> Result<Self, String> {
        let Some(model) = meaning.roles.get(role) else {
            let known: Vec<&str> = meaning.roles.keys().copied().collect();
            return Err(format!(
                "{party} plays role `{role}`, which {} does not map; it maps {}",
                meaning.mapping.name,
                known.join(", ")
            ));
        };
        let mut session = Self {
            meaning,
            model,
            given,
            party: party.to_owned(),
            number,
            level,
            tier,
            observed: Observed::default(),
            shows: false,
            ways: Vec::new(),
            committed: None,
        };
        let mut run = session.run(State {
            arena: Arena::with_room(),
            ..State::default()
        });
        run.state.threads.extend(model.tree.first);
        let at = match run.parameters() {
            Ok(()) => At::Waits,
            Err(stop) => At::Stopped(stop),
        };
        let state = run.state;
        session.ways.push(Way { state, at });
        Ok(session)
    }

    /// The same beginning for another session, with room for what it observes.
    pub(crate) fn again(&self) -> Self {
        let mut again = self.clone();
        again.observed.main.reserve(16);
        again.observed.side.reserve(48);
        for way in &mut again.ways {
            way.state.walked.reserve(self.model.tree.steps().len());
            way.state.reads.reserve(16);
        }
        again
    }

    fn run(&self, state: State) -> Run<'_> {
        Run {
            meaning: self.meaning,
            model: self.model,
            given: &self.given,
            observed: &self.observed,
            party: &self.party,
            session: self.number,
            level: self.level,
            tier: self.tier,
            choosing: false,
            state,
        }
    }

    /// Takes what happened at a line, and matches what came before it.
    pub(crate) fn observe(&mut self, line: u64, kind: Cow<'r, Kind>) {
        let before = self.observed.main.len();
        if let Err(line) = self.observed.push(line, kind) {
            self.committed.get_or_insert(line);
        }
        if self.observed.main.len() > before {
            self.advance(Until::LastBut);
        }
    }

    /// Takes every way as far as it goes.
    fn advance(&mut self, until: Until) {
        let mut open = mem::take(&mut self.ways);
        open.reverse();
        let mut done = Vec::with_capacity(open.len());
        while let Some(Way { state, at }) = open.pop() {
            if !matches!(at, At::Waits) {
                done.push(Way { state, at });
                continue;
            }
            if open.len() + done.len() >= WAYS {
                let why = format!("more than {WAYS} ways to match what was observed");
                let at = At::Stopped(Stop::Inconclusive(why));
                done.push(Way { state, at });
                continue;
            }
            let mut run = self.run(state);
            match run.go(until) {
                Moved::To(at) => {
                    let state = run.state;
                    done.push(Way { state, at });
                }
                Moved::Splits(mut ways) => {
                    ways.reverse();
                    open.extend(ways);
                }
            }
        }
        self.ways = done;
    }

    /// Matches the last message too, of which nothing beside it is missing.
    pub(crate) fn settle(&mut self) {
        self.advance(Until::Last);
    }

    /// Why no way is left to go on; `None` while there is one.
    pub(crate) fn stuck(&self) -> Option<String> {
        let mut farthest: Option<(usize, String)> = None;
        for Way { state, at } in &self.ways {
            let At::Stopped(stop) = at else {
                return None;
            };
            if (farthest.as_ref()).is_none_or(|(most, _)| state.counts.matched > *most) {
                farthest = Some((state.counts.matched, stop.to_string()));
            }
        }
        Some(farthest.map_or("no way to match was tried".into(), |(_, why)| why))
    }

    /// Nothing more is observed: what it came to.
    pub(crate) fn close(mut self) -> Judged<'r> {
        if let Some(line) = self.committed {
            return unmatched(format!("line {line} holds a message only as a commitment"));
        }
        self.advance(Until::End);
        let ways = mem::take(&mut self.ways);
        let Some((best, others)) = self.best(ways) else {
            return unmatched("no way to match was tried".into());
        };
        let (state, ended, shown) = best;
        Judged {
            ended,
            shown,
            counts: state.counts,
            walked: state.walked,
            stopped: state.step,
            others,
            trace: Some(Trace {
                party: self.party,
                session: self.number,
                side: self.model.role.side,
                arena: state.arena,
                reads: state.reads,
                signed: state.signed,
                observed: self.observed,
            }),
        }
    }

    /// Of the ways to the end of the role the first that ends well; without
    /// one, the way that came farthest, and the steps at which others that came
    /// as far refuse for the endpoint's reason too.
    fn best(&self, ways: Vec<Way>) -> Option<(Concluded, Vec<StepId>)> {
        let mut first = None;
        let mut stopped: Vec<(State, Stop)> = Vec::new();
        for Way { state, at } in ways {
            match at {
                At::Ended => {
                    let concluded = self.concluded(state, Ok(()));
                    if matches!(concluded.1, Ended::Conforms(_)) {
                        return Some((concluded, Vec::new()));
                    }
                    first.get_or_insert(concluded);
                }
                At::Stopped(stop) => stopped.push((state, stop)),
                At::Waits => {}
            }
        }
        if let Some(first) = first {
            return Some((first, Vec::new()));
        }
        let farthest = stopped
            .iter()
            .map(|(state, _)| state.counts.matched)
            .max()?;
        stopped.retain(|(state, _)| state.counts.matched == farthest);
        let mut tied = stopped.into_iter();
        let (state, stop) = tied.next()?;
        let best = self.concluded(state, Err(stop));
        let others = tied.map(|(state, stop)| self.concluded(state, Err(stop)));
        let refusing = others.filter_map(|(state, ended, _)| match ended {
            Ended::Conforms(Outcome::Refused { .. }) => state.step,
            _ => None,
        });
        let refusing = refusing.collect();
        Some((best, refusing))
    }

    fn concluded(&self, state: State, walked: Result<(), Stop>) -> Concluded {
        let mut run = self.run(state);
        let ended = run.conclude(walked);
        let shown = match self.shows {
            true => run.shown(),
            false => queries::Run::default(),
        };
        (run.state, ended, shown)
    }
}

/// A way at its end: what it came to, and what it shows.
type Concluded = (State, Ended, queries::Run);

/// How much of what was observed is to be matched.
#[derive(Clone, Copy)]
enum Until {
    /// All, and nothing will follow.
    End,
    /// All; what follows is not known yet.
    Last,
    /// All but the last message or decision.
    LastBut,
}

/// How far a way went.
enum Moved {
    To(At),
    Splits(Vec<Way>),
}

/// Which process is next.
enum Turn {
    /// One of these; which, the message does not say.
    Any(Vec<usize>),
    Of(usize),
    /// None, before more is observed.
    Wait,
}

impl Run<'_> {
    /// Goes on as long as no observation is missing.
    fn go(&mut self, until: Until) -> Moved {
        loop {
            let silent = |id: &StepId| self.is_silent(*id);
            let thread = match self.state.threads.iter().position(silent) {
                Some(thread) => thread,
                None if self.state.threads.is_empty() => {
                    self.state.step = None;
                    return Moved::To(At::Ended);
                }
                None => match self.turn(until) {
                    Turn::Any(threads) => return Moved::Splits(self.each(&threads)),
                    Turn::Of(thread) => thread,
                    Turn::Wait => {
                        self.state.step = self.state.threads.first().copied();
                        return Moved::To(At::Waits);
                    }
                },
            };
            match self.advance(thread) {
                Ok(None) => {}
                Ok(Some(states)) => {
                    let ways = states.into_iter().map(|state| Way {
                        state,
                        at: At::Waits,
                    });
                    return Moved::Splits(ways.collect());
                }
                Err(stop) => return Moved::To(self.stopped(stop)),
            }
        }
    }

    fn stopped(&mut self, stop: Stop) -> At {
        self.state.counts.of = self.state.counts.matched + self.remaining();
        At::Stopped(stop)
    }

    /// Whether a step needs no message.
    fn is_silent(&self, id: StepId) -> bool {
        match self.model.tree.step(id).map(|step| &step.kind) {
            Some(StepKind::Input { pattern }) => self.told(pattern).is_some(),
            Some(StepKind::Output { .. }) => false,
            _ => true,
        }
    }

    /// Whose the next observation is, if every process waits for one.
    fn turn(&self, until: Until) -> Turn {
        let main = &self.observed.main;
        let is_there = self.state.cursor < main.len();
        let waits = match until {
            Until::LastBut => self.state.cursor + 1 >= main.len(),
            Until::Last => !is_there,
            Until::End => false,
        };
        if waits && self.state.ahead.is_none() {
            return Turn::Wait;
        }
        if self.state.threads.len() == 1 || !is_there {
            return Turn::Of(0);
        }
        match main.get(self.state.cursor) {
            Some(Main::Message(message)) if self.state.ahead.is_none() => {
                let fitting = self.fitting(message);
                match fitting.as_slice() {
                    [] => Turn::Of(0),
                    [only] => Turn::Of(*only),
                    _ => Turn::Any(fitting),
                }
            }
            // What is not sent any more is not missed, see `output`.
            _ => {
                let sends = |id: &StepId| {
                    let step = self.model.tree.step(*id);
                    step.is_some_and(|step| matches!(step.kind, StepKind::Output { .. }))
                };
                Turn::Of(self.state.threads.iter().position(sends).unwrap_or(0))
            }
        }
    }

    /// Processes that may have this message next. One that reads messages of
    /// another type than this would refuse it; it is left out if there is one
    /// that reads messages of this type.
    fn fitting(&self, message: &Message) -> Vec<usize> {
        let threads = self.state.threads.iter().enumerate();
        let all: Vec<(usize, StepId)> = threads
            .map(|(thread, id)| (thread, *id))
            .filter(|(_, id)| {
                let step = self.model.tree.step(*id);
                step.is_some_and(|step| match step.kind {
                    StepKind::Input { .. } => message.direction == Direction::In,
                    StepKind::Output { .. } => message.direction == Direction::Out,
                    _ => false,
                })
            })
            .collect();
        let reads_it = |(_, id): &&(usize, StepId)| {
            let wanted = self.handshake_type_after(*id);
            wanted.is_some() && wanted.as_ref() == message.octets.first()
        };
        let reading: Vec<usize> = all
            .iter()
            .filter(reads_it)
            .map(|(thread, _)| *thread)
            .collect();
        match reading.is_empty() {
            true => all.into_iter().map(|(thread, _)| thread).collect(),
            false => reading,
        }
    }

    /// The handshake type of the first message that is taken apart after an
    /// input, before the next input.
    fn handshake_type_after(&self, input: StepId) -> Option<u8> {
        let mut next = self.model.tree.step(input)?.then;
        while let Some(step) = next.and_then(|id| self.model.tree.step(id)) {
            match &step.kind {
                StepKind::Input { .. } | StepKind::Output { .. } | StepKind::Parallel { .. } => {
                    return None;
                }
                StepKind::Let { pattern, .. } => {
                    if let pi::PatternKind::Data(function, _) = &pattern.kind
                        && let Some(Symbol::Function(Function::Reads { codec, .. })) =
                            self.symbol(*function)
                    {
                        return codec.first_octet();
                    }
                }
                _ => {}
            }
            next = step.then;
        }
        None
    }

    /// The message goes to each of these processes in turn.
    fn each(&self, threads: &[usize]) -> Vec<Way> {
        let ways = threads.iter().map(|thread| {
            let mut run = Run {
                state: self.state.clone(),
                ..*self
            };
            let at = match run.advance(*thread) {
                Ok(_) => At::Waits,
                Err(stop) => run.stopped(stop),
            };
            let state = run.state;
            Way { state, at }
        });
        ways.collect()
    }
}
