//! From written equations to variants.
//!
//! Equations that the path order orients are completed to convergent rules;
//! the others must be linear. The two parts may share constants only, so that
//! each sees the other's terms as constants, and the variants of both together
//! are those of each. A constant that the rules rewrite is no representative: the
//! linear equations are read with its normal form in its place.

use super::completion::{Completed, Failure, complete};
use super::order::Precedence;
use super::pattern::Pattern;
use super::rewrite::{Rewrite, Rewrites};
use super::{Theory, Variant, linear, narrowing};
use crate::unify::Bindings;
use logic::{Store, Symbol};
use pi::{Diagnostic, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A written equation.
#[derive(Clone, Debug)]
pub(crate) struct Equation {
    /// Left side.
    pub(crate) left: Pattern,
    /// Right side; variables are numbered as on the left.
    pub(crate) right: Pattern,
    /// Where it is written.
    pub(crate) span: Span,
}

impl Equation {
    /// With both sides in normal form.
    fn normal(&self, rewrites: &Rewrites) -> Self {
        let mut store = Store::new();
        let (bindings, mut names) = (Bindings::default(), BTreeMap::new());
        let mut normal = |side: &Pattern| {
            let side = side.instantiate(&mut store, 0);
            let side = rewrites.normalise(&mut store, side);
            Pattern::read(&mut store, &bindings, side, &mut names)
        };
        Self {
            left: normal(&self.left),
            right: normal(&self.right),
            span: self.span,
        }
    }
}

impl Theory {
    /// The theory of these equations. `is_data` tells which symbols the
    /// attacker takes apart; an equation must not apply to them at the root.
    pub(crate) fn build(
        equations: &[Equation],
        is_data: impl Fn(Symbol) -> bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        let Some(first) = equations.first() else {
            return Ok(Self::default());
        };
        let whole = equations.iter().fold(first.span, |s, e| s.to(e.span));
        let pairs: Vec<_> = equations
            .iter()
            .map(|e| (e.left.clone(), e.right.clone()))
            .collect();
        let candidates = orient(&pairs).map_err(|failure| {
            vec![match failure {
                Failure::Limit => Diagnostic::error(
                    whole,
                    "the completion of these equations does not end within its limit",
                )
                .with_hint("state them as rewrite rules of destructors, or leave some out"),
                Failure::Unorientable => Diagnostic::error(
                    whole,
                    "a consequence of these equations can be oriented neither way",
                )
                .with_hint("use equations that simplify, or linear ones such as commutativity"),
            }]
        })?;
        let mut refused = None;
        for completed in &candidates {
            match Self::of_rules(completed, equations, whole) {
                Ok(Some(theory)) => return theory.computable(equations, whole, is_data),
                Ok(None) => {}
                Err(errors) => {
                    refused.get_or_insert(errors);
                }
            }
        }
        Err(refused.unwrap_or_else(|| {
            vec![
                Diagnostic::error(whole, "these equations have too many variants")
                    .with_hint("a theory without finitely many variants is not supported"),
            ]
        }))
    }

    /// The theory of completed rules; none if it has too many variants.
    fn of_rules(
        completed: &Completed,
        equations: &[Equation],
        whole: Span,
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let rewrites = Rewrites::new(&completed.rules);
        let unoriented = completed.unoriented.iter();
        let linear: Vec<Equation> = unoriented
            .filter_map(|i| equations.get(*i))
            .map(|e| e.normal(&rewrites))
            .collect();
        let (linear_rules, errors) = close_linear(&linear);
        if !errors.is_empty() {
            return Err(errors);
        }
        if let Some(error) = mixed(&completed.rules, &linear_rules, equations, whole) {
            return Err(vec![error]);
        }
        let mut variants: BTreeMap<Symbol, Vec<Variant>> = BTreeMap::new();
        for rule in &completed.rules {
            let Some(root) = rule.left.root() else {
                continue;
            };
            let Some(found) = narrowing::variants(rule, &rewrites) else {
                return Ok(None);
            };
            variants.entry(root).or_default().extend(found);
        }
        for (root, variant) in linear::variants(&linear_rules) {
            variants.entry(root).or_default().push(variant);
        }
        Ok(Some(Self {
            rewrites,
            variants,
            numbers: None,
        }))
    }

    /// The theory, unless it computes with what the attacker takes apart.
    fn computable(
        self,
        equations: &[Equation],
        whole: Span,
        is_data: impl Fn(Symbol) -> bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        if let Some(root) = self.variants.keys().find(|s| is_data(**s)) {
            let span = equations
                .iter()
                .find(|e| e.left.root() == Some(*root) || e.right.root() == Some(*root))
                .map_or(whole, |e| e.span);
            return Err(vec![
                Diagnostic::error(span, "an equation applies to a data constructor or tuple")
                    .with_hint("the attacker takes these apart by position; drop [data]"),
            ]);
        }
        Ok(self)
    }
}

/// Completes under the order of the symbols, under its reverse, and with the
/// symbols at the roots of left sides above the others: what is written there is
/// meant to be computed. Those that orient all are candidates, or else those that do
/// not fail are.
fn orient(pairs: &[(Pattern, Pattern)]) -> Result<Vec<Completed>, Failure> {
    let mut symbols = BTreeSet::new();
    for (l, r) in pairs {
        all_symbols(l, &mut symbols);
        all_symbols(r, &mut symbols);
    }
    let upward: Precedence = (0..).zip(&symbols).map(|(i, s)| (*s, i)).collect();
    let downward: Precedence = (0..)
        .zip(symbols.iter().rev())
        .map(|(i, s)| (*s, i))
        .collect();
    let roots: BTreeSet<Symbol> = pairs.iter().filter_map(|(l, _)| l.root()).collect();
    let mut computed: Vec<Symbol> = symbols.iter().copied().collect();
    computed.sort_by_key(|s| (roots.contains(s), *s));
    let rooted: Precedence = (0..).zip(&computed).map(|(i, s)| (*s, i)).collect();
    let (mut oriented, mut others) = (Vec::new(), Vec::new());
    let mut failed = None;
    for precedence in [&upward, &downward, &rooted] {
        match complete(pairs, precedence) {
            Ok(completed) if completed.unoriented.is_empty() => oriented.push(completed),
            Ok(completed) => others.push(completed),
            Err(failure) => {
                failed.get_or_insert(failure);
            }
        }
    }
    if oriented.is_empty() {
        oriented = others;
    }
    match failed {
        Some(failure) if oriented.is_empty() => Err(failure),
        _ => Ok(oriented),
    }
}

fn all_symbols(pattern: &Pattern, into: &mut BTreeSet<Symbol>) {
    if let Pattern::Apply(symbol, arguments) = pattern {
        into.insert(*symbol);
        for a in arguments {
            all_symbols(a, into);
        }
    }
}

fn close_linear(chosen: &[Equation]) -> (Vec<Rewrite>, Vec<Diagnostic>) {
    let errors: Vec<_> = chosen
        .iter()
        .filter(|e| !linear::is_linear(&e.left, &e.right))
        .map(|e| {
            Diagnostic::error(
                e.span,
                "this equation can be oriented neither way and is not linear",
            )
            .with_hint(
                "supported are equations that simplify, and equations in which each variable \
                     occurs exactly once on each side",
            )
        })
        .collect();
    if !errors.is_empty() || chosen.is_empty() {
        return (Vec::new(), errors);
    }
    let pairs: Vec<_> = chosen
        .iter()
        .map(|e| (e.left.clone(), e.right.clone()))
        .collect();
    match linear::close(&pairs) {
        Some(rules) => (rules, Vec::new()),
        None => {
            let span = chosen
                .iter()
                .skip(1)
                .fold(chosen[0].span, |s, e| s.to(e.span));
            let error = Diagnostic::error(
                span,
                "closing this equation under its own overlaps does not end",
            )
            .with_hint("associativity is not supported");
            (Vec::new(), vec![error])
        }
    }
}

/// An error when the two parts share a symbol that takes arguments.
fn mixed(
    convergent: &[Rewrite],
    linear: &[Rewrite],
    equations: &[Equation],
    whole: Span,
) -> Option<Diagnostic> {
    let operators = |rules: &[Rewrite]| {
        let mut out = BTreeSet::new();
        for rule in rules {
            rule.left.operators(&mut out);
            rule.right.operators(&mut out);
        }
        out
    };
    let (left, right) = (operators(convergent), operators(linear));
    let shared = left.intersection(&right).next()?;
    let span = equations
        .iter()
        .find(|e| {
            let mut used = BTreeSet::new();
            e.left.operators(&mut used);
            e.right.operators(&mut used);
            used.contains(shared)
        })
        .map_or(whole, |e| e.span);
    Some(
        Diagnostic::error(
            span,
            "a symbol occurs both in equations that simplify and in equations that do not",
        )
        .with_hint("the two kinds may share constants only"),
    )
}
