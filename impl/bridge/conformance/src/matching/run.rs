//! The state of a match, and its beginning and end.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::recording::Observability;
use pi::{EventId, FunId, Term, TermKind, VarId};

use super::{
    deduce::Trace,
    observe::Observed,
    setup::Given,
    value::{Arena, Arguments, Datum, NodeId, Origin, Shape},
};
use crate::{
    crypto::{Hash, Running},
    interpretation::{Interpretation, RoleModel, Symbol, reach},
    mapping::{Computation, Function, Relation, Seen, Side},
    octets::Octets,
    queries,
    report::{Counts, Divergence, ModelPlace, Outcome, Severity},
    steps::{StepId, StepKind},
    text::{self, Inlined},
    tier::Tier,
    wire::{Codec, Decoded, Profile},
};

/// What matching a session came to.
#[derive(Debug)]
pub(crate) struct Judged<'r> {
    pub(crate) ended: Ended,
    /// Events reached, and the messages that were read, if somebody wants them.
    pub(crate) shown: queries::Run,
    pub(crate) counts: Counts,
    pub(crate) walked: Vec<StepId>,
    pub(crate) stopped: Option<StepId>,
    /// Other steps at which it may have stopped just as well.
    pub(crate) others: Vec<StepId>,
    /// Absent if nothing was matched.
    pub(crate) trace: Option<Trace<'r>>,
}

/// How a match ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Conforms(Outcome),
    Diverges(Box<Divergence>),
    Inconclusive(String),
}

/// Why a match stops before the end of the role.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The peer gave up, with this code.
    Abandoned(String),
    Diverges(Box<Divergence>),
    Inconclusive(String),
    /// The endpoint refused (with this code) for a part outside its gap.
    Outside(Option<ModelPlace>, String),
    /// The model refuses at this step; the divergence is what it becomes if
    /// the endpoint did not.
    Refuses(Box<Divergence>),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Abandoned(code) => write!(f, "the peer gave up ({code})"),
            Self::Diverges(divergence) | Self::Refuses(divergence) => divergence.fmt(f),
            Self::Inconclusive(why) => f.write_str(why),
            Self::Outside(_, code) => write!(f, "a part outside its gap ({code})"),
        }
    }
}

/// Why a destructor failed or a pattern did not match.
#[derive(Clone, Debug, Default)]
pub(super) struct Why {
    pub(super) what: String,
    pub(super) expected: Option<String>,
    pub(super) got: Option<String>,
    pub(super) hypotheses: Vec<String>,
}

impl Why {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            ..Self::default()
        }
    }
}

/// A message that was taken apart.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) codec: Codec,
    pub(super) octets: Octets,
    pub(super) decoded: Arc<Decoded>,
}

/// A signature that the model made or verified in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) key: Octets,
    pub(super) message: Octets,
    pub(super) signature: Octets,
    /// Whether it verified; always, where the model made it.
    pub(super) ok: bool,
    /// The party itself made it.
    pub(super) made: bool,
    /// The endpoint was observed making or verifying it.
    pub(super) witnessed: bool,
}

/// A match in progress: what it is about, and how far it is.
pub(super) struct Run<'a> {
    pub(super) meaning: &'a Interpretation<'a>,
    pub(super) model: &'a RoleModel<'a>,
    pub(super) given: &'a Given,
    pub(super) observed: &'a Observed<'a>,
    pub(super) party: &'a str,
    pub(super) session: u32,
    pub(super) level: Observability,
    pub(super) tier: Tier,
    /// Whether a row is tried, of which nobody asks why it does not match.
    pub(super) choosing: bool,
    pub(super) state: State,
}

/// How far a match is; a choice of the model makes copies of it.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) arena: Arena,
    pub(super) env: Environment,
    pub(super) reads: Vec<Read>,
    pub(super) seen: Seen,
    pub(super) hash: Option<Hash>,
    /// Hashes of transcripts so far, before their end.
    pub(super) absorbed: Vec<(NodeId, Running)>,
    pub(super) signed: Vec<Signed>,
    /// Event, arguments, line of the message in hand.
    pub(super) reached: Vec<(EventId, Vec<NodeId>, u64)>,
    pub(super) rows: BTreeMap<String, Vec<Vec<NodeId>>>,
    /// Lines of side events that a step accounts for.
    pub(super) used: BTreeSet<u64>,
    /// Parts of messages outside their gap, which is named.
    pub(super) violations: Vec<(String, Box<Divergence>)>,
    /// Line of the message in hand.
    pub(super) handled: Option<u64>,
    /// Observations each gap has claimed.
    pub(super) claimed: BTreeMap<String, usize>,
    /// The next message or decision.
    pub(super) cursor: usize,
    /// The next step of each process the role goes on as.
    pub(super) threads: Vec<StepId>,
    /// The step in hand.
    pub(super) step: Option<StepId>,
    pub(super) walked: Vec<StepId>,
    /// The endpoint has refused already, early: what it is if the model does
    /// not refuse before the next message it receives.
    pub(super) ahead: Option<Box<Divergence>>,
    /// The two sides of the comparison that failed last.
    pub(super) unequal: Option<(NodeId, NodeId)>,
    pub(super) counts: Counts,
}

/// Values of variables, by the variable's number.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment(Vec<Option<NodeId>>);

impl Environment {
    pub(super) fn get(&self, variable: VarId) -> Option<NodeId> {
        self.0.get(variable.0 as usize).copied().flatten()
    }

    pub(super) fn insert(&mut self, variable: VarId, node: NodeId) {
        let place = variable.0 as usize;
        if self.0.len() <= place {
            self.0.resize(place + 1, None);
        }
        if let Some(value) = self.0.get_mut(place) {
            *value = Some(node);
        }
    }
}

impl<'a> Run<'a> {
    /// What a walk came to, once what the endpoint decided is held against it.
    pub(super) fn conclude(&mut self, walked: Result<(), Stop>) -> Ended {
        let result = walked
            .and_then(|()| self.accepted())
            .and_then(|()| self.cross_checks(true))
            .map(|()| Outcome::Accepted);
        let result = match result {
            Err(Stop::Refuses(refusal)) => self.refused(refusal),
            Err(Stop::Outside(Some(place), code)) => self
                .cross_checks(false)
                .map(|()| Outcome::Refused { place, code }),
            Err(Stop::Abandoned(code)) => self
                .cross_checks(false)
                .map(|()| Outcome::Abandoned { code }),
            other => other,
        };
        match result {
            Ok(outcome) => Ended::Conforms(outcome),
            Err(Stop::Diverges(divergence) | Stop::Refuses(divergence)) => {
                Ended::Diverges(divergence)
            }
            Err(Stop::Abandoned(code)) => Ended::Conforms(Outcome::Abandoned { code }),
            Err(Stop::Outside(..)) => {
                Ended::Inconclusive("a part outside its gap has no place in the model".into())
            }
            Err(Stop::Inconclusive(why)) => {
                let at = self.here().map(|place| format!("\n{place}"));
                let at = at.unwrap_or_default();
                let who = format!("{} session {}", self.party, self.session);
                Ended::Inconclusive(format!("{who}: {why}{at}"))
            }
        }
    }

    /// Binds each parameter to its setup record, and holds the call's
    /// arguments against them: what the call passes twice is one value.
    pub(super) fn parameters(&mut self) -> Result<(), Stop> {
        let mut at_call: BTreeMap<VarId, Octets> = BTreeMap::new();
        for (parameter, argument) in &self.model.tree.parameters {
            let name = text::variable(self.meaning.program, *parameter);
            let Some(id) = self.model.role.parameters.get(name) else {
                return Err(Stop::Inconclusive(format!(
                    "parameter `{name}` is unmapped"
                )));
            };
            let Some(octets) = self.given.value(self.party, id) else {
                return Err(Stop::Inconclusive(format!(
                    "the recording has no setup record `{id}` with octets, which is \
                     parameter `{name}` of {}",
                    self.model.tree.role
                )));
            };
            let octets = octets.clone();
            self.argument(argument, &octets, id, &mut at_call)?;
            let origin = Origin::Setup(id.as_str().into());
            let node = self.state.arena.given(Datum::Octets(octets), origin);
            self.state.env.insert(*parameter, node);
        }
        Ok(())
    }

    /// Whether the argument of the call can have these octets.
    fn argument(
        &mut self,
        argument: &Term,
        octets: &Octets,
        id: &str,
        bound: &mut BTreeMap<VarId, Octets>,
    ) -> Result<(), Stop> {
        let program = self.meaning.program;
        let agrees = match &argument.kind {
            TermKind::Var(variable) => {
                let known = bound.entry(*variable).or_insert_with(|| octets.clone());
                known == octets
            }
            TermKind::Apply(function, arguments) => match self.meaning.symbols.get(function) {
                Some(Symbol::Constant(_)) => {
                    let node = self
                        .state
                        .arena
                        .node(Shape::Apply(*function, Arguments::NONE));
                    let datum = self.force(node)?;
                    datum.as_ref().and_then(Datum::octets) == Some(octets)
                }
                Some(Symbol::Function(Function::Computes(Computation::Identity)))
                    if arguments.len() == 1 =>
                {
                    return self.argument(&arguments[0], octets, id, bound);
                }
                _ => false,
            },
            _ => false,
        };
        if agrees {
            return Ok(());
        }
        Err(Stop::Inconclusive(format!(
            "setup record `{id}` is not what the model's call of {} passes: {}",
            self.model.tree.role,
            text::term(program, argument, &Inlined::default())
        )))
    }

    /// What queries can be asked about: events all of whose arguments have
    /// octets, and messages by the constructors that stand for them.
    pub(super) fn shown(&mut self) -> queries::Run {
        let program = self.meaning.program;
        let mut shown = queries::Run::default();
        for (event, nodes, line) in self.state.reached.clone() {
            let mut arguments = Vec::with_capacity(nodes.len());
            for node in nodes {
                if let Ok(Some(Datum::Octets(octets))) = self.force(node) {
                    arguments.push(octets.to_vec());
                }
            }
            if let Some(event) = program.events.get(event.0 as usize)
                && event.parameters.len() == arguments.len()
            {
                shown.events.push(queries::Reached {
                    event: event.name.clone(),
                    arguments,
                    line,
                });
            }
        }
        for (function, symbol) in &self.meaning.symbols {
            let name = text::function(program, *function).to_owned();
            match symbol {
                Symbol::Function(Function::Reads { codec, fields }) => {
                    for read in self.state.reads.iter().filter(|read| read.codec == *codec) {
                        let values: Option<Vec<Vec<u8>>> = fields
                            .iter()
                            .map(|field| read.decoded.get(field).map(|field| field.to_vec()))
                            .collect();
                        if let Some(values) = values {
                            shown
                                .parts
                                .push((name.clone(), read.octets.to_vec(), values));
                        }
                    }
                }
                Symbol::Function(Function::Computes(Computation::Identity)) => {
                    shown.identities.push(name);
                }
                _ => {}
            }
        }
        shown
    }

    /// A value that this tier does not compute is taken as observed; at any
    /// other, `why` there is nothing to say.
    pub(super) fn unknown(&mut self, why: impl FnOnce(&Self) -> String) -> Result<(), Stop> {
        if self.tier.computes() {
            return Err(Stop::Inconclusive(why(self)));
        }
        self.state.counts.assumed += 1;
        Ok(())
    }

    pub(super) fn side(&self) -> Side {
        self.model.role.side
    }

    pub(super) fn profile(&self) -> Profile {
        Profile {
            hash: self.state.hash,
            cmw_attestation: self.meaning.mapping.cmw_attestation,
            measurement_claim: self.meaning.mapping.measurement_claim.clone(),
        }
    }

    pub(super) fn symbol(&self, function: FunId) -> Option<Symbol<'a>> {
        self.meaning.symbol(function)
    }

    pub(super) fn relation(&self, function: FunId) -> Option<&'a Relation> {
        match self.symbol(function) {
            Some(Symbol::Function(Function::Relates(relation))) => Some(relation),
            _ => None,
        }
    }

    /// The line a divergence is about: the next message or decision, else the
    /// last.
    pub(super) fn line(&self) -> Option<u64> {
        self.observed
            .main
            .get(self.state.cursor)
            .or_else(|| self.observed.main.last())
            .map(super::observe::Main::line)
    }

    pub(super) fn mismatch(&self, why: Why) -> Stop {
        Stop::Diverges(self.divergence(Severity::Mismatch, self.line(), why))
    }

    pub(super) fn divergence(
        &self,
        severity: Severity,
        line: Option<u64>,
        why: Why,
    ) -> Box<Divergence> {
        let step = self.state.step.and_then(|id| self.model.tree.step(id));
        Box::new(Divergence {
            severity,
            session: Some((self.party.to_owned(), self.session)),
            line,
            place: step.map(|step| ModelPlace::of(self.meaning.program, step.span)),
            what: why.what,
            expected: why.expected,
            got: why.got,
            provenance: self.provenance(),
            allows: self.allows(),
            hypotheses: why.hypotheses,
        })
    }

    /// What the model does at the current step, in words.
    pub(super) fn allows(&self) -> String {
        let program = self.meaning.program;
        let Some(step) = self.state.step.and_then(|id| self.model.tree.step(id)) else {
            return "nothing more: the role has ended".into();
        };
        let printed = step.kind.print(program);
        match &step.kind {
            StepKind::Input { .. } => format!("to receive {printed}{}", self.received_as()),
            StepKind::Output { .. } => format!("to send {printed}"),
            StepKind::If { .. } if step.otherwise.is_none() => {
                format!("only {printed}; otherwise it stops")
            }
            StepKind::Let { .. } if step.otherwise.is_none() => {
                format!("only {printed}; otherwise it stops")
            }
            _ => printed,
        }
    }

    /// What the next `let` makes of a received variable.
    fn received_as(&self) -> String {
        let program = self.meaning.program;
        self.state
            .step
            .and_then(|id| self.model.tree.step(id))
            .and_then(|step| step.then)
            .and_then(|id| self.model.tree.step(id))
            .map(|next| match &next.kind {
                StepKind::Let { .. } => format!(", with {}", next.kind.print(program)),
                _ => String::new(),
            })
            .unwrap_or_default()
    }

    /// Octets and origin of each variable the current step uses.
    fn provenance(&self) -> Vec<String> {
        let Some(step) = self.state.step.and_then(|id| self.model.tree.step(id)) else {
            return Vec::new();
        };
        let used = reach::used(&step.kind);
        let mut lines = Vec::new();
        for variable in used {
            let Some(node) = self.state.env.get(variable) else {
                continue;
            };
            let node = self.state.arena.get(node);
            let value = node.datum.as_ref().map_or("not known".into(), Datum::hex);
            let origin = match &node.origin {
                Origin::Computed => "computed".to_owned(),
                Origin::Line(line, what) => format!("line {line}, {what}"),
                Origin::Setup(id) => format!("setup record {id}"),
            };
            let name = text::variable(self.meaning.program, variable);
            let line = format!("{name} = {value} ({origin})");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}
