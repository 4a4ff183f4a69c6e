//! A mapping against a model: each symbol a role can reach gets its meaning,
//! or the mapping is out of date.
//!
//! Invariant: an [`Interpretation`] exists only if every reachable symbol has
//! exactly one meaning of the right kind and arity, every entry of the mapping
//! is about a reachable symbol, and every destructor and equation of the model
//! is the one its meaning stands for. The matcher relies on all three.

mod algebra;
mod memory;
pub(crate) mod reach;
mod reasons;

pub(crate) use memory::{Certificates, Verified};

use std::collections::BTreeMap;

use pi::{FunId, FunctionKind, PatternKind, Program, VarId};

use crate::{
    derive::{derive, place},
    mapping::{Computation, Constant, Entry, Function, Mapping, Relation, Role},
    steps::{Step, StepKind, StepTree},
};

/// Model and mapping, fitted together.
#[derive(Debug)]
pub(crate) struct Interpretation<'a> {
    pub(crate) program: &'a Program,
    pub(crate) mapping: &'a Mapping,
    pub(crate) symbols: BTreeMap<FunId, Symbol<'a>>,
    /// The same by number, for who asks often.
    numbered: Vec<Option<Symbol<'a>>>,
    record_keys: Option<&'a BTreeMap<(event::kind::Protection, bool), String>>,
    pub(crate) roles: BTreeMap<&'a str, RoleModel<'a>>,
    pub(crate) certificates: Certificates,
    pub(crate) verified: Verified,
}

impl<'a> Interpretation<'a> {
    /// The meaning of a function.
    pub(crate) fn symbol(&self, function: FunId) -> Option<Symbol<'a>> {
        self.numbered.get(function.0 as usize).copied().flatten()
    }

    /// The key log's label for the traffic secret of a protection and a sending
    /// side, if the mapping has one.
    pub(crate) fn record_key(
        &self,
        protection: event::kind::Protection,
        from_client: bool,
    ) -> Option<&'a str> {
        let keys = self.record_keys?;
        keys.get(&(protection, from_client)).map(String::as_str)
    }
}

/// A role as the model and as the mapping have it.
#[derive(Debug)]
pub(crate) struct RoleModel<'a> {
    pub(crate) tree: StepTree,
    pub(crate) role: &'a Role,
    /// Variables the mapping refers to, by name.
    pub(crate) variables: BTreeMap<&'a str, VarId>,
}

/// The meaning of a constructor or destructor.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Symbol<'a> {
    Constant(&'a Constant),
    Function(&'a Function),
}

/// Checks a mapping against a model without a recording: every symbol a role
/// reaches is mapped, nothing else is, and each with the right shape; and every
/// reason for a refusal is something that some step tests.
///
/// Returns the findings, each with its file and line; none means that
/// recordings can be judged.
#[must_use]
pub fn lint(program: &Program, mapping: &Mapping) -> Vec<String> {
    let mut findings = interpret(program, mapping).err().unwrap_or_default();
    // Recordings can be judged without; an endpoint that refuses for such a reason
    // does not conform.
    for (name, role) in &mapping.roles {
        if let Ok(tree) = derive(program, name) {
            reasons::check(program, mapping, (name, role), &tree, &mut findings);
        }
    }
    findings
}

pub(crate) fn interpret<'a>(
    program: &'a Program,
    mapping: &'a Mapping,
) -> Result<Interpretation<'a>, Vec<String>> {
    let mut findings = Vec::new();
    let roles = roles(program, mapping, &mut findings);
    let reached = reach::reach(roles.values().map(|role| &role.tree));
    let symbols = symbols(program, mapping, &reached, &mut findings);
    events(program, mapping, &reached, &mut findings);
    given(program, mapping, &reached, &mut findings);
    algebra::check(program, &symbols, mapping, &mut findings);
    if findings.is_empty() {
        let numbers = 0..program.functions.len() as u32;
        Ok(Interpretation {
            program,
            mapping,
            numbered: numbers.map(|n| symbols.get(&FunId(n)).copied()).collect(),
            record_keys: symbols.values().find_map(|symbol| match symbol {
                Symbol::Function(Function::Relates(Relation::RecordProtection { keys })) => {
                    Some(keys)
                }
                _ => None,
            }),
            symbols,
            roles,
            certificates: Certificates::default(),
            verified: Verified::default(),
        })
    } else {
        Err(findings)
    }
}

fn roles<'a>(
    program: &'a Program,
    mapping: &'a Mapping,
    findings: &mut Vec<String>,
) -> BTreeMap<&'a str, RoleModel<'a>> {
    let mut roles = BTreeMap::new();
    for (name, role) in &mapping.roles {
        let at = format!("{}:{}: role {name}", mapping.name, role.line);
        let tree = match derive(program, name) {
            Ok(tree) => tree,
            Err(error) => {
                findings.push(format!("{at}: {error}"));
                continue;
            }
        };
        let parameters: Vec<&str> = tree
            .parameters
            .iter()
            .map(|(variable, _)| crate::text::variable(program, *variable))
            .collect();
        for parameter in &parameters {
            if !role.parameters.contains_key(*parameter) {
                findings.push(format!(
                    "{at}: parameter `{parameter}` of {} has no setup record",
                    place(program, tree.call)
                ));
            }
        }
        for parameter in role.parameters.keys() {
            if !parameters.contains(&parameter.as_str()) {
                findings.push(format!("{at}: the role has no parameter `{parameter}`"));
            }
        }
        let bound = reach::variables(program, &tree);
        let mut variables = BTreeMap::new();
        for wanted in mentioned(role) {
            // `Macro.variable` is the one that is written in this macro.
            let (scope, name) = match wanted.split_once('.') {
                Some((scope, name)) => (Some(scope), name),
                None => (None, wanted),
            };
            let known = bound.get(name).into_iter().flatten();
            let meant: Vec<(&str, VarId)> = known
                .filter(|(written_in, _)| scope.is_none_or(|scope| scope == *written_in))
                .copied()
                .collect();
            match meant.as_slice() {
                [(_, one)] => {
                    variables.insert(wanted, *one);
                }
                [(first, _), (second, _), ..] => findings.push(format!(
                    "{at}: several variables `{wanted}`, in {first} and in {second}; name the \
                     macro too, as in `{first}.{name}`"
                )),
                [] => findings.push(format!("{at}: the role binds no variable `{wanted}`")),
            }
        }
        for input in role.inputs.keys() {
            let bound = variables.get(input.as_str());
            let is_input = |step: &Step| match &step.kind {
                StepKind::Input { pattern } => match pattern.kind {
                    PatternKind::Var(id) => Some(&id) == bound,
                    _ => false,
                },
                _ => false,
            };
            if !tree.steps().iter().any(is_input) {
                findings.push(format!("{at}: the role has no input `{input}`"));
            }
        }
        let role = RoleModel {
            tree,
            role,
            variables,
        };
        roles.insert(name.as_str(), role);
    }
    roles
}

/// Variables of the model a role's entry names.
fn mentioned(role: &Role) -> impl Iterator<Item = &str> {
    let produced = role.produced.iter().flat_map(|(a, b)| [a, b]);
    role.secrets
        .values()
        .chain(&role.exporter)
        .chain(&role.appraised)
        .chain(produced)
        .chain(role.inputs.keys())
        .chain(role.never_first.keys())
        .map(String::as_str)
}

fn symbols<'a>(
    program: &Program,
    mapping: &'a Mapping,
    reached: &reach::Reached,
    findings: &mut Vec<String>,
) -> BTreeMap<FunId, Symbol<'a>> {
    let mut symbols = BTreeMap::new();
    for (id, used) in &reached.functions {
        let Some(function) = program.functions.get(id.0 as usize) else {
            continue;
        };
        let name = &function.name;
        let used_at = place(program, used.span);
        let constant = mapping.constants.get(name);
        let meaning = mapping.functions.get(name);
        let symbol = match (function.parameters.is_empty(), constant, meaning) {
            (true, Some(entry), None) => Symbol::Constant(&entry.meaning),
            (false, None, Some(entry)) => {
                let at = format!("{}:{}: function {name}", mapping.name, entry.line);
                for finding in shape(&entry.meaning, function, used) {
                    findings.push(format!("{at}: {finding} ({used_at})"));
                }
                Symbol::Function(&entry.meaning)
            }
            _ => {
                let table = if function.parameters.is_empty() {
                    "constant"
                } else {
                    "function"
                };
                findings.push(format!(
                    "{used_at}: `{name}` has no meaning in octets; {} needs [{table}.{name}] \
                     and no other entry of that name",
                    mapping.name
                ));
                continue;
            }
        };
        symbols.insert(*id, symbol);
    }
    let known = |name: &str| {
        reached.functions.keys().any(|id| {
            program
                .functions
                .get(id.0 as usize)
                .is_some_and(|function| function.name == name)
        })
    };
    stale(mapping, "constant", &mapping.constants, known, findings);
    stale(mapping, "function", &mapping.functions, known, findings);
    ambiguous(mapping, program, &symbols, findings);
    symbols
}

fn stale<T>(
    mapping: &Mapping,
    what: &str,
    entries: &BTreeMap<String, Entry<T>>,
    known: impl Fn(&str) -> bool,
    findings: &mut Vec<String>,
) {
    for (name, entry) in entries {
        if !known(name) {
            findings.push(format!(
                "{}:{}: no role of the model uses the {what} `{name}` ({})",
                mapping.name, entry.line, entry.cite
            ));
        }
    }
}

/// Two constants of one type that are the same octets would be one to the wire
/// and two to the model. Lengths may coincide: 32 is the length of one hash.
fn ambiguous(
    mapping: &Mapping,
    program: &Program,
    symbols: &BTreeMap<FunId, Symbol<'_>>,
    findings: &mut Vec<String>,
) {
    let all: Vec<(&FunId, &Symbol<'_>)> = symbols.iter().collect();
    for (place, (left, symbol)) in all.iter().enumerate() {
        for (right, other) in all.iter().skip(place + 1) {
            let (Symbol::Constant(first), Symbol::Constant(second)) = (symbol, other) else {
                continue;
            };
            if first == second && !matches!(first, Constant::Length(_)) {
                let (left, right) = (
                    crate::text::function(program, **left),
                    crate::text::function(program, **right),
                );
                findings.push(format!(
                    "{}: `{left}` and `{right}` are two constants of the model and the same \
                     octets",
                    mapping.name
                ));
            }
        }
    }
}

/// Whether the meaning fits the symbol's arity, its declaration and its uses.
fn shape(meaning: &Function, function: &pi::Function, used: &reach::Use) -> Vec<String> {
    let mut findings = Vec::new();
    let arity = match meaning {
        Function::Reads { fields, .. } | Function::View { fields, .. } => fields.len(),
        Function::Computes(
            Computation::ClaimsBuffer { .. }
            | Computation::Hash
            | Computation::Identity
            | Computation::Sha256
            | Computation::SignatureContent { .. },
        ) => 1,
        Function::Computes(Computation::HkdfExpandLabel) => 4,
        Function::Computes(
            Computation::Concatenation | Computation::HkdfExtract | Computation::Hmac,
        )
        | Function::Relates(
            Relation::DiffieHellman
            | Relation::RecordOpening
            | Relation::RecordProtection { .. }
            | Relation::Signature,
        ) => 2,
        Function::Relates(Relation::SignatureVerification) => 3,
    };
    if function.parameters.len() != arity {
        findings.push(format!(
            "the model's has {} arguments, this meaning {arity}",
            function.parameters.len()
        ));
    }
    if used.in_pattern && !matches!(meaning, Function::Reads { .. }) {
        findings.push("the model takes it apart, but this meaning reads no fields".into());
    }
    let destructor = matches!(function.kind, FunctionKind::Destructor { .. });
    let undoes = matches!(
        meaning,
        Function::Relates(Relation::RecordOpening | Relation::SignatureVerification)
    );
    if destructor != undoes {
        findings.push("one is a destructor and the other is not".into());
    }
    findings
}

fn events(
    program: &Program,
    mapping: &Mapping,
    reached: &reach::Reached,
    findings: &mut Vec<String>,
) {
    let mut names = Vec::new();
    for (id, span) in &reached.events {
        let Some(event) = program.events.get(id.0 as usize) else {
            continue;
        };
        names.push(event.name.as_str());
        if !mapping.events.contains_key(&event.name) {
            findings.push(format!(
                "{}: event `{}` has no entry; {} needs [event.{}]",
                place(program, *span),
                event.name,
                mapping.name,
                event.name
            ));
        }
    }
    stale(
        mapping,
        "event",
        &mapping.events,
        |name| names.contains(&name),
        findings,
    );
}

/// What happened before any session is an event of the model that no gated role
/// reaches, with an argument for each parameter.
fn given(
    program: &Program,
    mapping: &Mapping,
    reached: &reach::Reached,
    findings: &mut Vec<String>,
) {
    for (name, entry) in &mapping.given {
        let at = format!("{}:{}: given event {name}", mapping.name, entry.line);
        let declared = program.events.iter().position(|event| event.name == *name);
        let Some(declared) = declared else {
            findings.push(format!("{at}: the model has no such event"));
            continue;
        };
        if reached.events.keys().any(|id| id.0 as usize == declared) {
            findings.push(format!("{at}: a gated role reaches it"));
        }
        let parameters = program.events[declared].parameters.len();
        let arguments = entry.meaning.len();
        if parameters != arguments {
            findings.push(format!(
                "{at}: the model's has {parameters} arguments, this one {arguments}"
            ));
        }
    }
}
