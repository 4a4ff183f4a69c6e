//! Steps in order, messages in order, and what the endpoint decided.
//!
//! The model's end has to be the endpoint's acceptance, and the model's
//! refusal its refusal.

use event::kind::{Decision, Direction, Protection};
use pi::Pattern;

use super::{
    evaluate::Value,
    observe::{Main, Message},
    run::{Run, State, Stop, Why},
    value::{Datum, Origin, Sealed, Shape, What},
};
use crate::{
    report::Severity,
    steps::{Step, StepId, StepKind},
    text,
};

/// What a lookup came to.
enum Chosen {
    /// No row matches, and the model goes on here.
    Otherwise(StepId),
    /// One way for each row that matches, in their order.
    Rows(Vec<State>),
}

impl<'a> Run<'a> {
    /// Does the step a thread is at; a choice returns what it may go on as.
    pub(super) fn advance(&mut self, thread: usize) -> Result<Option<Vec<State>>, Stop> {
        let model = self.model;
        let id = self.state.threads.get(thread).copied();
        let Some((id, step)) = id.and_then(|id| Some((id, model.tree.step(id)?))) else {
            return Err(Stop::Inconclusive("the step tree has a broken link".into()));
        };
        self.state.step = Some(id);
        self.state.unequal = None;
        let next = match &step.kind {
            StepKind::Get {
                patterns,
                condition,
                table,
            } => {
                let name = text::table(self.meaning.program, *table);
                let rows = self.choose(thread, step, name, patterns, condition.as_ref())?;
                match rows {
                    Chosen::Rows(states) => return Ok(Some(states)),
                    Chosen::Otherwise(next) => Some(next),
                }
            }
            StepKind::Parallel { branches } => {
                self.passed(id);
                let branches = branches.iter().copied();
                self.state.threads.splice(thread..=thread, branches);
                return Ok(None);
            }
            _ => match (self.one(step), self.state.ahead.take()) {
                (Ok(next), None) => next,
                (Ok(Some(next)), Some(over)) => {
                    self.state.ahead = Some(over);
                    Some(next)
                }
                (Err(Stop::Refuses(refusal)), _) => return Err(Stop::Refuses(refusal)),
                // The model would have gone on.
                (_, Some(over)) => return Err(Stop::Diverges(over)),
                (Err(stop), None) => return Err(stop),
            },
        };
        self.passed(id);
        self.goes_on(thread, next);
        Ok(None)
    }

    fn passed(&mut self, id: StepId) {
        if self.state.ahead.is_none() {
            self.state.counts.matched += 1;
            self.state.walked.push(id);
        }
    }

    fn goes_on(&mut self, thread: usize, next: Option<StepId>) {
        let threads = &mut self.state.threads;
        match (next, threads.get_mut(thread)) {
            (Some(next), Some(at)) => *at = next,
            _ => drop(threads.splice(thread..=thread, None)),
        }
    }

    /// Steps from where it is to the end by way of success.
    pub(super) fn remaining(&self) -> usize {
        let mut open = self.state.threads.clone();
        let mut count = 0;
        while let Some(id) = open.pop() {
            let Some(step) = self.model.tree.step(id) else {
                continue;
            };
            count += 1;
            open.extend(step.then);
            if let StepKind::Parallel { branches } = &step.kind {
                open.extend(branches);
            }
        }
        count
    }

    fn one(&mut self, step: &Step) -> Result<Option<StepId>, Stop> {
        match &step.kind {
            StepKind::Call { bindings, .. } => {
                for (parameter, argument) in bindings {
                    match self.evaluate(argument)? {
                        Value::Message(node) => {
                            self.state.env.insert(*parameter, node);
                        }
                        Value::Fails(why) => return Err(self.refusal(why)),
                    }
                }
            }
            StepKind::Event { event, arguments } => {
                let mut nodes = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    match self.evaluate(argument)? {
                        Value::Message(node) => nodes.push(node),
                        Value::Fails(why) => return Err(self.refusal(why)),
                    }
                }
                if self.state.ahead.is_none() {
                    self.state.reached.push((
                        *event,
                        nodes,
                        self.state.handled.unwrap_or_default(),
                    ));
                }
            }
            StepKind::Get { .. } | StepKind::Parallel { .. } => {
                return Err(Stop::Inconclusive("a choice is not a single step".into()));
            }
            StepKind::If { condition } => {
                let why = match self.evaluate(condition)? {
                    Value::Fails(why) => return Err(self.refusal(why)),
                    Value::Message(node) if self.is_true(node)? => return Ok(step.then),
                    Value::Message(_) => self.false_because(),
                };
                return self.otherwise(step, why);
            }
            StepKind::Input { pattern } => self.input(pattern)?,
            StepKind::Insert { table, arguments } => {
                let mut row = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    match self.evaluate(argument)? {
                        Value::Message(node) => row.push(node),
                        Value::Fails(why) => return Err(self.refusal(why)),
                    }
                }
                let name = text::table(self.meaning.program, *table).to_owned();
                self.state.rows.entry(name).or_default().push(row);
            }
            StepKind::Let { pattern, value } => {
                let why = match self.evaluate(value)? {
                    Value::Fails(why) => Some(why),
                    Value::Message(node) => self.bind(pattern, node)?,
                };
                if let Some(why) = why {
                    return self.otherwise(step, why);
                }
            }
            StepKind::New { name } => {
                let node = self.state.arena.node(Shape::Fresh(*name));
                self.state.env.insert(*name, node);
            }
            StepKind::Output { message } => match self.evaluate(message)? {
                Value::Message(node) => self.output(node)?,
                Value::Fails(why) => return Err(self.refusal(why)),
            },
        }
        Ok(step.then)
    }

    /// The `else` of a test; without one the model refuses.
    fn otherwise(&self, step: &Step, why: Why) -> Result<Option<StepId>, Stop> {
        match step.otherwise {
            Some(id) => Ok(Some(id)),
            None => Err(self.refusal(why)),
        }
    }

    fn refusal(&self, why: Why) -> Stop {
        Stop::Refuses(self.divergence(Severity::UnsoundAcceptance, self.last_line(), why))
    }

    /// The line of the message that was handled last.
    fn last_line(&self) -> Option<u64> {
        let handled = self.state.cursor.checked_sub(1)?;
        self.observed.main.get(handled).map(Main::line)
    }

    fn false_because(&mut self) -> Why {
        match self.state.unequal.take() {
            Some((left, right)) => {
                // The side the model computes is what it expects.
                let computed = |node| matches!(self.state.arena.get(node).origin, Origin::Computed);
                let (wanted, found) = match (computed(left), computed(right)) {
                    (true, false) => (left, right),
                    _ => (right, left),
                };
                self.unequal_because("the values differ".into(), wanted, found)
            }
            None => Why::new("the condition is false"),
        }
    }

    fn input(&mut self, pattern: &Pattern) -> Result<(), Stop> {
        if let Some(id) = self.told(pattern) {
            let Some(octets) = self.given.value(self.party, id) else {
                return Err(Stop::Inconclusive(format!(
                    "the recording has no setup record `{id}` with octets, which is an input \
                     of {}",
                    self.model.tree.role
                )));
            };
            let datum = Datum::Octets(octets.clone());
            let node = self.state.arena.given(datum, Origin::Setup(id.into()));
            return match self.bind(pattern, node)? {
                None => Ok(()),
                Some(why) => Err(self.refusal(why)),
            };
        }
        let message = self.message(Direction::In)?;
        self.state.handled = Some(message.line());
        let origin = Origin::Line(message.line(), What::Received);
        let datum = self.datum(&message, Direction::In);
        self.state.cursor += 1;
        let node = self.state.arena.given(datum, origin);
        match self.bind(pattern, node)? {
            None => Ok(()),
            Some(why) => Err(self.refusal(why)),
        }
    }

    /// The setup record of an input that is no message.
    pub(super) fn told(&self, pattern: &Pattern) -> Option<&'a str> {
        let pi::PatternKind::Var(variable) = pattern.kind else {
            return None;
        };
        let mut inputs = self.model.role.inputs.iter();
        let (_, id) =
            inputs.find(|(name, _)| self.model.variables.get(name.as_str()) == Some(&variable))?;
        Some(id)
    }

    /// An endpoint may refuse before the model does, if it is for what the model
    /// refuses before it receives again: what is then not sent is not missed.
    fn output(&mut self, node: super::value::NodeId) -> Result<(), Stop> {
        if self.state.ahead.is_some() {
            return Ok(());
        }
        let message = match self.message(Direction::Out) {
            Err(Stop::Diverges(over)) if over.severity == Severity::OverRejection => {
                self.state.ahead = Some(over);
                return Ok(());
            }
            message => message?,
        };
        self.state.handled = Some(message.line());
        let origin = Origin::Line(message.line(), What::Sent);
        let datum = self.datum(&message, Direction::Out);
        self.reveal(node, &datum, &origin)?;
        self.state.cursor += 1;
        Ok(())
    }

    fn datum(&self, message: &Message, direction: Direction) -> Datum {
        if message.protection == Protection::None {
            return Datum::Octets(message.octets.clone());
        }
        let from = match direction {
            Direction::Out => self.side(),
            Direction::In => self.side().other(),
        };
        Datum::Record(Sealed {
            protection: message.protection,
            from,
            content: message.octets.clone(),
            opened: message.opened,
        })
    }

    /// The next message, which has to go in this direction.
    fn message(&self, direction: Direction) -> Result<Message, Stop> {
        let does = match direction {
            Direction::In => "receives",
            Direction::Out => "sends",
        };
        match self.observed.main.get(self.state.cursor) {
            Some(Main::Message(message)) if beside_the_models(message).is_some() => {
                Err(self.left_over())
            }
            Some(Main::Message(message)) if message.direction == direction => Ok(message.clone()),
            Some(Main::Message(message)) => {
                let octets = hex::encode(&message.octets);
                Err(self.mismatch(Why {
                    what: format!("the model {does} here, the endpoint does the reverse"),
                    got: Some(octets),
                    ..Why::default()
                }))
            }
            Some(Main::Decision { code, .. }) if self.model.role.abandons.contains(code) => {
                Err(Stop::Abandoned(code.clone()))
            }
            Some(Main::Decision { line, what, code }) => {
                let (severity, did) = match what {
                    Decision::Accept => (Severity::UnsoundAcceptance, "accepted"),
                    Decision::Alert | Decision::Close | Decision::Reject => {
                        (Severity::OverRejection, "gave up")
                    }
                };
                let why = Why::new(format!(
                    "the endpoint {did} ({code}) where the model {does}"
                ));
                Err(Stop::Diverges(self.divergence(severity, Some(*line), why)))
            }
            None => {
                let why = Why::new(format!("the recording ends where the model {does}"));
                let ends = Severity::EndsEarly;
                Err(Stop::Diverges(self.divergence(ends, self.line(), why)))
            }
        }
    }

    /// A lookup: any row that leads to a match will do.
    fn choose(
        &mut self,
        thread: usize,
        step: &Step,
        table: &str,
        patterns: &[Pattern],
        condition: Option<&pi::Term>,
    ) -> Result<Chosen, Stop> {
        let mut rows: Vec<_> = self.state.rows.get(table).cloned().unwrap_or_default();
        for row in self.given.rows(table) {
            let origin = Origin::Setup(table.into());
            let row = row
                .iter()
                .map(|octets| {
                    let datum = Datum::Octets(octets.clone());
                    self.state.arena.given(datum, origin.clone())
                })
                .collect();
            rows.push(row);
        }
        let mut states = Vec::new();
        for row in rows {
            let mut branch = Run {
                state: self.state.clone(),
                choosing: true,
                ..*self
            };
            if !branch.fits(patterns, condition, &row)? {
                continue;
            }
            branch
                .state
                .step
                .into_iter()
                .for_each(|id| branch.passed(id));
            branch.goes_on(thread, step.then);
            states.push(branch.state);
        }
        match (states.is_empty(), step.otherwise) {
            (false, _) => Ok(Chosen::Rows(states)),
            (true, Some(otherwise)) => Ok(Chosen::Otherwise(otherwise)),
            (true, None) => Err(self.refusal(Why::new(format!("no row of `{table}` matches")))),
        }
    }

    fn fits(
        &mut self,
        patterns: &[Pattern],
        condition: Option<&pi::Term>,
        row: &[super::value::NodeId],
    ) -> Result<bool, Stop> {
        if patterns.len() != row.len() {
            return Err(Stop::Inconclusive("a setup row has another width".into()));
        }
        for (pattern, node) in patterns.iter().zip(row) {
            if self.bind(pattern, *node)?.is_some() {
                return Ok(false);
            }
        }
        match condition {
            None => Ok(true),
            Some(condition) => match self.evaluate(condition)? {
                Value::Message(node) => self.is_true(node),
                Value::Fails(_) => Ok(false),
            },
        }
    }

    /// The role has ended: so must the endpoint have accepted, with nothing
    /// left over.
    pub(super) fn accepted(&mut self) -> Result<(), Stop> {
        self.state.counts.of = self.state.counts.matched;
        match self.observed.main.get(self.state.cursor) {
            Some(Main::Decision {
                what: Decision::Accept,
                ..
            }) => match self.state.violations.first() {
                None => self.state.cursor += 1,
                Some((_, outside)) => return Err(Stop::Diverges(outside.clone())),
            },
            Some(Main::Decision { code, .. }) if self.violation_behind(code).is_some() => {
                let place = self
                    .violation_behind(code)
                    .and_then(|outside| outside.place.clone());
                return Err(Stop::Outside(place, code.clone()));
            }
            Some(Main::Decision { code, .. }) if self.model.role.abandons.contains(code) => {
                return Err(Stop::Abandoned(code.clone()));
            }
            Some(Main::Decision { line, code, .. }) => {
                let why = Why::new(format!(
                    "the endpoint refused ({code}) what the model accepts"
                ));
                let severity = Severity::OverRejection;
                return Err(Stop::Diverges(self.divergence(severity, Some(*line), why)));
            }
            Some(Main::Message(_)) => return Err(self.left_over()),
            None => {
                let why = Why::new("the recording ends without a decision of the endpoint");
                let ends = Severity::EndsEarly;
                return Err(Stop::Diverges(self.divergence(ends, self.line(), why)));
            }
        }
        while let Some(after) = self.observed.main.get(self.state.cursor) {
            match after {
                Main::Decision {
                    what: Decision::Close,
                    ..
                } => self.state.cursor += 1,
                Main::Decision { .. } | Main::Message(_) => return Err(self.left_over()),
            }
        }
        Ok(())
    }

    fn left_over(&self) -> Stop {
        let mut why = Why::new("observed, and no step of the model does it");
        if let Some(Main::Message(message)) = self.observed.main.get(self.state.cursor) {
            if let Some(name) = beside_the_models(message) {
                why.what = format!("a {name}, observed, and no step of the model does it");
            }
            why.got = Some(hex::encode(&message.octets));
        }
        self.mismatch(why)
    }
}

/// Name of a handshake message for which there is no codec, so that no model
/// has it; its type would be lost in whatever it is taken for. RFC 8446 sections
/// 4.5 and 4.6.
fn beside_the_models(message: &Message) -> Option<&'static str> {
    let [kind, length @ ..] = message.octets.first_chunk::<4>()?;
    let [high, middle, low] = *length;
    let length = u32::from_be_bytes([0, high, middle, low]);
    let is_whole = u32::try_from(message.octets.len()) == Ok(length + 4);
    match kind {
        _ if !message.opened || !is_whole => None,
        4 => Some("NewSessionTicket"),
        5 => Some("EndOfEarlyData"),
        24 => Some("KeyUpdate"),
        _ => None,
    }
}
