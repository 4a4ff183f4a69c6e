//! Random runs.

use crate::derive::derivable;
use horn::{Origin, Translation};
use logic::{Fact, Predicate, SymbolInfo, SymbolKind, TermId, View};
use pi::{EventId, Pattern, PatternKind, PointId, Process, ProcessKind, Program, TableId, VarId};
use std::collections::{BTreeMap, BTreeSet};

/// Most copies of one replication.
const COPIES: usize = 2;

/// A copy of a process.
#[derive(Clone)]
pub(crate) struct Copy<'p> {
    process: &'p Process,
    pub(crate) environment: BTreeMap<VarId, TermId>,
    sessions: Vec<TermId>,
    pub(crate) phase: u32,
    /// How often a replication here has been unfolded.
    unfolded: usize,
}

/// A run in progress.
pub(crate) struct Run<'p> {
    pub(crate) program: &'p Program,
    pub(crate) translation: Translation,
    /// Facts made true so far.
    pub(crate) known: BTreeSet<Fact>,
    /// Representatives.
    pub(crate) seen: BTreeSet<TermId>,
    /// Actions of the process that were found derivable.
    pub(crate) checked: BTreeSet<PointId>,
    /// Actions that were not; counted instead of reported when `lenient`.
    pub(crate) missing: usize,
    pub(crate) lenient: bool,
    copies: Vec<Copy<'p>>,
    phase: u32,
    state: u64,
}

impl<'p> Run<'p> {
    pub(crate) fn new(program: &'p Program, translation: Translation, seed: u64) -> Self {
        let first = Copy {
            process: &program.process,
            environment: BTreeMap::new(),
            sessions: Vec::new(),
            phase: 0,
            unfolded: 0,
        };
        let mut run = Self {
            program,
            translation,
            known: BTreeSet::new(),
            seen: BTreeSet::new(),
            checked: BTreeSet::new(),
            missing: 0,
            lenient: false,
            copies: vec![first],
            phase: 0,
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        };
        // What needs nothing, the attacker has.
        for initial in run.translation.clauses.iter() {
            let clause = &initial.clause;
            let store = &run.translation.store;
            let ground = clause
                .conclusion
                .arguments
                .iter()
                .all(|t| store.is_ground(*t));
            if clause.hypotheses.is_empty()
                && ground
                && !matches!(initial.origin, Origin::Process(_))
            {
                run.known.insert(clause.conclusion.clone());
            }
        }
        run
    }

    pub(crate) fn random(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    pub(crate) fn steps(&mut self, count: usize) {
        for _ in 0..count {
            if self.copies.is_empty() {
                return;
            }
            let which = self.random(self.copies.len());
            let copy = self.copies.swap_remove(which);
            self.step(copy);
        }
    }

    fn step(&mut self, mut copy: Copy<'p>) {
        let process = copy.process;
        let point = process.point;
        match &process.kind {
            ProcessKind::Nil | ProcessKind::LetSuchThat { .. } => {}
            ProcessKind::Parallel(parts) => {
                for part in parts {
                    self.go(copy.clone(), part);
                }
            }
            ProcessKind::Replicate(body) => {
                if copy.unfolded < COPIES {
                    let mut next = copy.clone();
                    let session = self.session();
                    next.sessions.push(session);
                    next.unfolded = 0;
                    self.go(next, body);
                    copy.unfolded += 1;
                    self.copies.push(copy);
                }
            }
            ProcessKind::Call { bindings, body, .. } => {
                for (parameter, value) in bindings {
                    match self.value(&mut copy, value) {
                        Some(value) => copy.environment.insert(*parameter, value),
                        None => return,
                    };
                }
                self.go(copy, body);
            }
            ProcessKind::New { name, then, .. } => {
                self.make_name(&mut copy, *name);
                self.go(copy, then);
            }
            ProcessKind::If {
                condition,
                then,
                otherwise,
            } => {
                if let Some(value) = self.value(&mut copy, condition) {
                    let next = if self.is_true(value) { then } else { otherwise };
                    self.go(copy, next);
                }
            }
            ProcessKind::Let {
                pattern,
                value,
                then,
                otherwise,
            } => {
                let value = self.value(&mut copy, value);
                let matched = value.and_then(|value| self.bind(&copy, pattern, value));
                match matched {
                    Some(bound) => {
                        copy.environment = bound;
                        self.go(copy, then);
                    }
                    None => self.go(copy, otherwise),
                }
            }
            ProcessKind::Event {
                event,
                arguments,
                then,
            } => {
                if let Some(arguments) = self.values(&mut copy, arguments) {
                    self.raise(point, *event, arguments);
                    self.go(copy, then);
                }
            }
            ProcessKind::Insert {
                table,
                arguments,
                then,
            } => {
                if let Some(row) = self.values(&mut copy, arguments) {
                    self.enter(&copy, point, *table, row);
                    self.go(copy, then);
                }
            }
            ProcessKind::Get {
                table,
                patterns,
                condition,
                then,
                otherwise,
                ..
            } => {
                let condition = condition.as_ref();
                if self.take(&mut copy, point, *table, patterns, condition) {
                    self.go(copy, then);
                } else if let Some(otherwise) = otherwise {
                    self.go(copy, otherwise);
                } else {
                    self.copies.push(copy);
                }
            }
            ProcessKind::Phase { phase, then } => {
                if *phase > self.phase {
                    self.enter_phase(*phase);
                }
                copy.phase = *phase;
                self.go(copy, then);
            }
            ProcessKind::Output {
                channel,
                message,
                then,
            } => {
                let sent = (
                    self.value(&mut copy, channel),
                    self.value(&mut copy, message),
                );
                if let (Some(channel), Some(message)) = sent {
                    let delivered = self.send(&copy, point, channel, message);
                    if delivered {
                        self.go(copy, then);
                    } else {
                        self.copies.push(copy);
                    }
                }
            }
            ProcessKind::Input {
                channel,
                pattern,
                then,
                ..
            } => {
                let Some(channel) = self.value(&mut copy, channel) else {
                    return;
                };
                let listens_only = self.program.settings.passive_attacker;
                if listens_only || !self.attacker_knows(channel) {
                    // Some output will find it.
                    self.copies.push(copy);
                    return;
                }
                let message = self.invent(&mut copy.clone(), pattern);
                let bound = message.and_then(|m| Some((m, self.bind(&copy, pattern, m)?)));
                if let Some((message, bound)) = bound {
                    if !self.short(channel) {
                        let fact =
                            Fact::new(Predicate::Message(self.phase), vec![channel, message]);
                        self.by_attacker(fact);
                    }
                    copy.environment = bound;
                    self.only_one(&copy, point, &[message]);
                    self.go(copy, then);
                } else {
                    self.copies.push(copy);
                }
            }
        }
    }

    fn go(&mut self, mut copy: Copy<'p>, next: &'p Process) {
        copy.process = next;
        copy.unfolded = 0;
        self.copies.push(copy);
    }

    /// A message leaves: the attacker hears it, or a copy takes it.
    fn send(&mut self, copy: &Copy<'p>, point: PointId, channel: TermId, message: TermId) -> bool {
        let heard = Fact::new(Predicate::Attacker(copy.phase), vec![message]);
        let sent = Fact::new(Predicate::Message(copy.phase), vec![channel, message]);
        // A variable channel may turn out to be a public one: then the clause
        // is about `mess` all the same.
        if self.short(channel) && self.is_derivable(&heard, Some(point)) {
            self.checked.insert(point);
            self.known.insert(heard);
            return true;
        }
        self.check(&sent, Some(point));
        self.known.insert(sent);
        if self.attacker_knows(channel) {
            self.by_attacker(heard);
            if !self.program.settings.passive_attacker {
                return true;
            }
        }
        for i in 0..self.copies.len() {
            let ProcessKind::Input {
                channel: on,
                pattern,
                then,
                ..
            } = &self.copies[i].process.kind
            else {
                continue;
            };
            let mut reader = self.copies[i].clone();
            if reader.phase != copy.phase || self.value(&mut reader, on) != Some(channel) {
                continue;
            }
            if let Some(bound) = self.bind(&reader, pattern, message) {
                let at = reader.process.point;
                reader.environment = bound;
                self.only_one(&reader, at, &[message]);
                self.copies.swap_remove(i);
                self.go(reader, then);
                return true;
            }
        }
        false
    }

    /// Whether communication on a channel is written as attacker knowledge.
    fn short(&self, channel: TermId) -> bool {
        !self.translation.options.message_form && self.is_public(channel)
    }

    fn is_public(&self, term: TermId) -> bool {
        match self.translation.store.view(term) {
            View::Var(_) => false,
            View::Apply(symbol, arguments) => {
                self.translation
                    .signature
                    .info(symbol)
                    .is_some_and(|i| i.public)
                    && arguments.iter().all(|a| self.is_public(*a))
            }
        }
    }

    fn attacker_knows(&self, term: TermId) -> bool {
        let fact = Fact::new(Predicate::Attacker(self.phase), vec![term]);
        self.known.contains(&fact)
    }

    /// A message of the attacker's that may match a pattern.
    fn invent(&mut self, copy: &mut Copy<'p>, pattern: &Pattern) -> Option<TermId> {
        match &pattern.kind {
            PatternKind::Var(v) => {
                let message = self.some_message(2);
                copy.environment.insert(*v, message);
                Some(message)
            }
            PatternKind::Equal(term) => {
                let value = self.value(copy, term)?;
                self.attacker_knows(value).then_some(value)
            }
            PatternKind::Data(f, parts) => {
                let mut values = Vec::new();
                for p in parts {
                    values.push(Some(self.invent(copy, p)?));
                }
                let message = self.apply(*f, &values)?;
                self.learn(message);
                Some(message)
            }
        }
    }

    /// A message the attacker knows or makes now.
    fn some_message(&mut self, depth: usize) -> TermId {
        if depth > 0 && self.random(3) == 0 {
            let which = self.random(self.program.functions.len());
            let function = &self.program.functions[which];
            if !function.private {
                let arity = function.parameters.len();
                let values: Vec<_> = (0..arity)
                    .map(|_| Some(self.some_message(depth - 1)))
                    .collect();
                let id = pi::FunId(u32::try_from(which).unwrap_or(0));
                if let Some(message) = self.apply(id, &values) {
                    self.learn(message);
                    return message;
                }
            }
        }
        let phase = self.phase;
        let known: Vec<TermId> = self
            .known
            .iter()
            .filter(|f| f.predicate == Predicate::Attacker(phase))
            .map(|f| f.arguments[0])
            .collect();
        let which = self.random(known.len());
        known[which]
    }

    fn learn(&mut self, message: TermId) {
        let fact = Fact::new(Predicate::Attacker(self.phase), vec![message]);
        self.by_attacker(fact);
    }

    /// Something the attacker did by itself.
    fn by_attacker(&mut self, fact: Fact) {
        if !self.known.contains(&fact) {
            self.check(&fact, None);
            self.known.insert(fact);
        }
    }

    fn enter_phase(&mut self, phase: u32) {
        while self.phase < phase {
            let before: Vec<Fact> = self.known.iter().cloned().collect();
            self.phase += 1;
            for fact in before {
                let predicate = match fact.predicate {
                    Predicate::Attacker(p) if p + 1 == self.phase => {
                        Predicate::Attacker(self.phase)
                    }
                    Predicate::Table { phase: p, table } if p + 1 == self.phase => {
                        Predicate::Table {
                            phase: self.phase,
                            table,
                        }
                    }
                    _ => continue,
                };
                self.by_attacker(Fact::new(predicate, fact.arguments));
            }
        }
        // Whoever does not wait for this phase is left behind.
        self.copies
            .retain(|c| c.phase >= phase || matches!(c.process.kind, ProcessKind::Phase { .. }));
    }

    pub(crate) fn make_name(&mut self, copy: &mut Copy<'_>, name: VarId) {
        let made = self.translation.symbols.fresh[&name].clone();
        let mut arguments = copy.sessions.clone();
        arguments.extend(made.variables.iter().map(|v| copy.environment[v]));
        let term = self.translation.store.apply(made.symbol, &arguments);
        copy.environment.insert(name, term);
    }

    pub(crate) fn raise(&mut self, point: PointId, event: EventId, arguments: Vec<TermId>) {
        let number = self.translation.symbols.event(event);
        let reached = Fact::new(Predicate::End(number), arguments.clone());
        self.check(&reached, Some(point));
        self.known
            .insert(Fact::new(Predicate::Begin(number), arguments));
    }

    pub(crate) fn enter(
        &mut self,
        copy: &Copy<'_>,
        point: PointId,
        table: TableId,
        row: Vec<TermId>,
    ) {
        let predicate = Predicate::Table {
            phase: copy.phase,
            table: self.translation.symbols.table(table),
        };
        let fact = Fact::new(predicate, row);
        self.check(&fact, Some(point));
        self.known.insert(fact);
    }

    pub(crate) fn only_one(&mut self, copy: &Copy<'_>, point: PointId, taken: &[TermId]) {
        let symbols = &self.translation.symbols;
        let Some(symbol) = symbols.occurrences.get(&point).copied() else {
            return;
        };
        let message = match symbols.rows.get(&taken.len()).copied() {
            Some(row) if taken.len() != 1 => self.translation.store.apply(row, taken),
            _ => taken[0],
        };
        let occurrence = self.translation.store.apply(symbol, &copy.sessions);
        self.known
            .insert(Fact::new(Predicate::Action, vec![occurrence, message]));
    }

    /// A session identifier nobody has.
    fn session(&mut self) -> TermId {
        let symbol = self.translation.signature.add(SymbolInfo {
            name: "session".to_owned(),
            arity: 0,
            kind: SymbolKind::Name,
            public: false,
        });
        self.translation.store.apply(symbol, &[])
    }

    fn is_derivable(&mut self, fact: &Fact, action: Option<PointId>) -> bool {
        let clauses: Vec<usize> = (0..self.translation.clauses.len())
            .filter(|i| match (&self.translation.clauses[*i].origin, action) {
                (Origin::Process(origin), Some(point)) => origin.action == point,
                (Origin::Process(_), None) => false,
                (_, point) => point.is_none(),
            })
            .collect();
        derivable(&mut self.translation, &clauses, &self.known, fact)
    }

    /// The fact must be derivable in one step from what is known.
    fn check(&mut self, fact: &Fact, action: Option<PointId>) {
        if self.is_derivable(fact, action) {
            self.checked.extend(action);
            return;
        }
        self.missing += 1;
        if !self.lenient {
            let Translation {
                signature, store, ..
            } = &self.translation;
            let known: Vec<_> = self
                .known
                .iter()
                .map(|f| logic::print::fact(signature, store, f))
                .collect();
            panic!(
                "no clause derives {} at {action:?} from\n{}",
                logic::print::fact(signature, store, fact),
                known.join("\n")
            );
        }
    }
}
