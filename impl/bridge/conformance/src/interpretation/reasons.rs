//! Reasons for refusals against the steps of a role.
//!
//! A reason names what the model tests where it refuses. One that no step tests
//! can never be met: the mapping would refuse every endpoint that gives it, and
//! nobody would know why. It is stale, or misspelt.

use std::collections::BTreeSet;

use pi::{PatternKind, Program, TermKind};

use super::reach;
use crate::{
    mapping::{Mapping, Role},
    steps::{StepKind, StepTree},
    text,
};

pub(super) fn check(
    program: &Program,
    mapping: &Mapping,
    (name, role): (&str, &Role),
    tree: &StepTree,
    findings: &mut Vec<String>,
) {
    let tested = Tested::by(program, tree);
    for (code, reasons) in &role.refusals {
        let at = format!(
            "{}:{}: role {name}: refusal `{code}`",
            mapping.name, role.line
        );
        if reasons.is_empty() {
            findings.push(format!("{at}: no reason is given"));
        }
        for reason in reasons {
            if let Some(what) = unmet(reason, mapping, &tested) {
                findings.push(format!("{at}: {what}"));
            }
        }
    }
}

/// Why a reason can never be the model's.
fn unmet(reason: &str, mapping: &Mapping, tested: &Tested<'_>) -> Option<String> {
    if let Some(gap) = reason.strip_prefix("gap ") {
        let known = mapping.gaps.contains_key(gap);
        return (!known).then(|| format!("there is no gap `{gap}`"));
    }
    let Some(pattern) = reason.strip_prefix("pattern ") else {
        let known = tested.used.contains(reason);
        return (!known).then(|| format!("no step of the role uses a variable `{reason}`"));
    };
    let (whole, compared) = match pattern.split_once(" = ") {
        Some((whole, compared)) => (whole, Some(compared)),
        None => (pattern, None),
    };
    let mut patterns = tested.taken_apart.iter();
    let fits = patterns.any(|(variable, inside)| {
        *variable == whole && compared.is_none_or(|compared| inside.contains(compared))
    });
    match compared {
        _ if fits => None,
        None => Some(format!("no step of the role takes `{whole}` apart")),
        Some(compared) => Some(format!(
            "no step of the role takes `{whole}` apart and compares `{compared}` in it"
        )),
    }
}

/// What the steps of a role test, by names of variables.
struct Tested<'a> {
    used: BTreeSet<&'a str>,
    /// Variables taken apart, each with what is compared inside.
    taken_apart: Vec<(&'a str, BTreeSet<&'a str>)>,
}

impl<'a> Tested<'a> {
    fn by(program: &'a Program, tree: &'a StepTree) -> Self {
        let name = |id| text::variable(program, id);
        let mut tested = Self {
            used: BTreeSet::new(),
            taken_apart: Vec::new(),
        };
        for step in tree.steps() {
            tested
                .used
                .extend(reach::used(&step.kind).into_iter().map(name));
            if let StepKind::Let { pattern, value } = &step.kind
                && let (PatternKind::Data(..), TermKind::Var(whole)) = (&pattern.kind, &value.kind)
            {
                let inside = reach::compared(pattern).into_iter().map(name);
                tested.taken_apart.push((name(*whole), inside.collect()));
            }
        }
        tested
    }
}
