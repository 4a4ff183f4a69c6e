//! Steps in order, messages in order, and what the endpoint decided.
//!
//! The model's end has to be the endpoint's acceptance, and the model's
//! refusal its refusal.

use event::kind::{Decision, Direction, Protection};
use pi::Pattern;

use super::{
    evaluate::Value,
    observe::{Main, Message},
    run::{Run, Stop, Why},
    value::{Datum, Origin, Sealed, Shape},
};
use crate::{
    report::Severity,
    steps::{Step, StepId, StepKind},
    text,
};

impl<'a> Run<'a> {
    /// Follows the role from this step to its end.
    pub(super) fn walk(&mut self, first: Option<StepId>) -> Result<(), Stop> {
        let mut next = first;
        while let Some(id) = next {
            let model = self.model;
            let Some(step) = model.tree.step(id) else {
                return Err(Stop::Inconclusive("the step tree has a broken link".into()));
            };
            self.step = Some(id);
            self.unequal = None;
            self.counts.of = self.counts.matched + self.remaining(id);
            if let StepKind::Get {
                patterns,
                condition,
                table,
            } = &step.kind
            {
                let name = text::table(self.meaning.program, *table).to_owned();
                return self.choose(id, step, &name, patterns, condition.as_ref());
            }
            next = match (self.one(step), self.ahead.take()) {
                (Ok(next), None) => next,
                (Ok(Some(next)), Some(over)) => {
                    self.ahead = Some(over);
                    Some(next)
                }
                (Err(Stop::Refuses(refusal)), _) => return Err(Stop::Refuses(refusal)),
                // The model would have gone on.
                (_, Some(over)) => return Err(Stop::Diverges(over)),
                (Err(stop), None) => return Err(stop),
            };
            if self.ahead.is_none() {
                self.counts.matched += 1;
                self.walked.push(id);
            }
        }
        self.step = None;
        Ok(())
    }

    /// Steps from here to the end by way of success.
    fn remaining(&self, id: StepId) -> usize {
        std::iter::successors(Some(id), |id| {
            self.model.tree.step(*id).and_then(|step| step.then)
        })
        .count()
    }

    fn one(&mut self, step: &Step) -> Result<Option<StepId>, Stop> {
        match &step.kind {
            StepKind::Call { bindings, .. } => {
                for (parameter, argument) in bindings {
                    match self.evaluate(argument)? {
                        Value::Message(node) => {
                            self.env.insert(*parameter, node);
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
                if self.ahead.is_none() {
                    self.reached
                        .push((*event, nodes, self.handled.unwrap_or_default()));
                }
            }
            StepKind::Get { .. } => {
                return Err(Stop::Inconclusive("a lookup is not a single step".into()));
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
                self.rows.entry(name).or_default().push(row);
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
                let node = self.arena.node(Shape::Fresh(*name));
                self.env.insert(*name, node);
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
        let handled = self.cursor.checked_sub(1)?;
        self.observed.main.get(handled).map(Main::line)
    }

    fn false_because(&mut self) -> Why {
        match self.unequal.take() {
            Some((left, right)) => {
                // The side the model computes is what it expects.
                let computed = |node| matches!(self.arena.get(node).origin, Origin::Computed);
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
            let datum = Datum::Octets(octets.to_vec());
            let node = self.arena.given(datum, Origin::Setup(id.to_owned()));
            return match self.bind(pattern, node)? {
                None => Ok(()),
                Some(why) => Err(self.refusal(why)),
            };
        }
        let message = self.message(Direction::In)?;
        self.handled = Some(message.line());
        let origin = Origin::Line(message.line(), "received".into());
        let datum = self.datum(&message, Direction::In);
        self.cursor += 1;
        let node = self.arena.given(datum, origin);
        match self.bind(pattern, node)? {
            None => Ok(()),
            Some(why) => Err(self.refusal(why)),
        }
    }

    /// The setup record of an input that is no message.
    fn told(&self, pattern: &Pattern) -> Option<&'a str> {
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
        if self.ahead.is_some() {
            return Ok(());
        }
        let message = match self.message(Direction::Out) {
            Err(Stop::Diverges(over)) if over.severity == Severity::OverRejection => {
                self.ahead = Some(over);
                return Ok(());
            }
            message => message?,
        };
        self.handled = Some(message.line());
        let origin = Origin::Line(message.line(), "sent".into());
        let datum = self.datum(&message, Direction::Out);
        self.reveal(node, &datum, &origin)?;
        self.cursor += 1;
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
        match self.observed.main.get(self.cursor) {
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
        id: StepId,
        step: &Step,
        table: &str,
        patterns: &[Pattern],
        condition: Option<&pi::Term>,
    ) -> Result<(), Stop> {
        let mut rows = self.rows.get(table).cloned().unwrap_or_default();
        for row in self.given.rows(table) {
            let origin = Origin::Setup(table.into());
            let row = row
                .iter()
                .map(|octets| {
                    self.arena
                        .given(Datum::Octets(octets.clone()), origin.clone())
                })
                .collect();
            rows.push(row);
        }
        let mut best: Option<(usize, Self, Stop)> = None;
        let mut matched = false;
        for row in rows {
            let mut branch = self.clone();
            if !branch.fits(patterns, condition, &row)? {
                continue;
            }
            matched = true;
            branch.counts.matched += 1;
            branch.walked.push(id);
            match branch.walk(step.then) {
                Ok(()) => {
                    *self = branch;
                    return Ok(());
                }
                Err(stop) => {
                    let far = branch.counts.matched;
                    if best.as_ref().is_none_or(|(most, ..)| far > *most) {
                        best = Some((far, branch, stop));
                    }
                }
            }
        }
        match (best, step.otherwise) {
            (Some((_, branch, stop)), _) => {
                *self = branch;
                Err(stop)
            }
            (None, Some(otherwise)) if !matched => {
                self.counts.matched += 1;
                self.walked.push(id);
                self.walk(Some(otherwise))
            }
            (None, _) => Err(self.refusal(Why::new(format!("no row of `{table}` matches")))),
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
        self.counts.of = self.counts.matched;
        match self.observed.main.get(self.cursor) {
            Some(Main::Decision {
                what: Decision::Accept,
                ..
            }) => match self.violations.first() {
                None => self.cursor += 1,
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
        while let Some(after) = self.observed.main.get(self.cursor) {
            match after {
                Main::Decision {
                    what: Decision::Close,
                    ..
                } => self.cursor += 1,
                Main::Decision { .. } | Main::Message(_) => return Err(self.left_over()),
            }
        }
        Ok(())
    }

    fn left_over(&self) -> Stop {
        let mut why = Why::new("observed, and no step of the model does it");
        if let Some(Main::Message(message)) = self.observed.main.get(self.cursor) {
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
