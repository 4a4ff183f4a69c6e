//! Equality of messages, as this crate decides it.
//!
//! The equations are split in two parts that share no symbol but constants.
//!
//! *Permutative part*: both sides have the same size and each variable exactly
//! once on each side (commutativity, Diffie–Hellman). The class of a ground
//! message is then finite, and [`crate::Messages`] keeps all of it.
//!
//! *Convergent part*: oriented by a termination order and completed (Knuth and
//! Bendix, 1970), so that equality is equality of normal forms.
//!
//! What permutes arguments of a symbol that other equations use (re-encryption,
//! beside decryption) goes with those, where an order makes it a rule.
//!
//! Everything else is refused: a theory that is not decided here must not
//! decide an attack. This is written apart from the treatment that the clauses
//! get, on purpose: the two must not share a mistake.

mod completion;
mod narrowing;
mod order;
mod unify;

use pi::{Equation, FunId, FunctionKind, Program, RewriteRule, RuleTerm, TypeId};
use std::collections::{BTreeMap, BTreeSet};

/// Why messages of a program cannot be compared or computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TheoryError {
    /// The equations are neither permutative nor completed to a convergent set.
    #[error("{at}: this equation is outside what the run checker decides: {why}")]
    Equation {
        /// File, line and column.
        at: String,
        /// What fails.
        why: String,
    },
    /// A destructor's rules do not close under the equations.
    #[error("the rules of `{function}` do not close under the equations within {limit} variants")]
    Destructor {
        /// Name of the destructor.
        function: String,
        /// The bound.
        limit: usize,
    },
}

/// A rewrite rule of a destructor after closing under the convergent part:
/// matches on normal forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    /// One per parameter.
    pub(crate) arguments: Vec<RuleTerm>,
    /// Result.
    pub(crate) result: RuleTerm,
    /// Types of the variables by index.
    pub(crate) types: Vec<TypeId>,
    /// Which variables range over failure too.
    pub(crate) may_fail: Vec<bool>,
}

/// A directed pair of terms over the same variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Left side; never a variable.
    pub(crate) left: RuleTerm,
    /// Right side.
    pub(crate) right: RuleTerm,
}

/// The theory of one program.
#[derive(Clone, Debug)]
pub(crate) struct Theory {
    /// Type converters are the identity.
    pub(crate) erased: BTreeSet<FunId>,
    /// Both directions of each permutative equation, by head symbol.
    pub(crate) permutative: BTreeMap<FunId, Vec<Rule>>,
    /// Convergent rules by head symbol of the left side.
    pub(crate) convergent: BTreeMap<FunId, Vec<Rule>>,
    /// Destructors: for each rule, in text order, its closed variants.
    pub(crate) destructors: BTreeMap<FunId, Vec<Vec<Closed>>>,
}

impl Theory {
    /// Splits, completes and closes; an error names the equation at fault.
    pub(crate) fn new(program: &Program) -> Result<Self, TheoryError> {
        let erased = erased_converters(program);
        let (permutative, rest): (Vec<_>, Vec<_>) = program
            .equations
            .iter()
            .map(|e| {
                let left = erase(&e.left, &erased);
                let right = erase(&e.right, &erased);
                (e, Rule { left, right })
            })
            .filter(|(_, r)| r.left != r.right)
            .partition(|(_, r)| is_permutative(r));
        refuse_data(program, permutative.iter().chain(&rest))?;
        let (permutative, rules) = match refuse_shared_symbols(program, &permutative, &rest) {
            Ok(()) => (permutative, completion::complete(program, &rest)?),
            Err(shared) => {
                let (permutative, rest) = moved(program, permutative, rest);
                refuse_shared_symbols(program, &permutative, &rest)?;
                let rules = completion::complete(program, &rest).map_err(|_| shared)?;
                (permutative, rules)
            }
        };
        let mut theory = Self {
            erased,
            permutative: BTreeMap::new(),
            convergent: BTreeMap::new(),
            destructors: BTreeMap::new(),
        };
        for rule in irreducible(program, permutative, &rules)? {
            let back = Rule {
                left: rule.right.clone(),
                right: rule.left.clone(),
            };
            theory.permutative_rule(rule);
            theory.permutative_rule(back);
        }
        for rule in rules {
            if let RuleTerm::Apply(head, _) = rule.left {
                theory.convergent.entry(head).or_default().push(rule);
            }
        }
        theory.close_destructors(program)?;
        Ok(theory)
    }

    fn permutative_rule(&mut self, rule: Rule) {
        if let RuleTerm::Apply(head, _) = rule.left {
            let rules = self.permutative.entry(head).or_default();
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }

    fn close_destructors(&mut self, program: &Program) -> Result<(), TheoryError> {
        let rewriting: Vec<Rule> = self.convergent.values().flatten().cloned().collect();
        for (i, function) in program.functions.iter().enumerate() {
            let FunctionKind::Destructor { rules, .. } = &function.kind else {
                continue;
            };
            let closed = rules
                .iter()
                .map(|r| narrowing::close(&written(r, &self.erased), &rewriting))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| TheoryError::Destructor {
                    function: function.name.clone(),
                    limit: narrowing::LIMIT,
                })?;
            let id = FunId(u32::try_from(i).unwrap_or(u32::MAX));
            self.destructors.insert(id, closed);
        }
        Ok(())
    }

    /// Every instance of the patterns that is in normal form matches one of
    /// the returned lists syntactically (modulo the permutative part).
    /// `None` when there are too many.
    pub(crate) fn variants(&self, patterns: &[RuleTerm], variables: usize) -> Option<Vec<Closed>> {
        let rewriting: Vec<Rule> = self.convergent.values().flatten().cloned().collect();
        let start = Closed {
            arguments: patterns.to_vec(),
            result: RuleTerm::Fail,
            types: vec![TypeId::ANY; variables],
            may_fail: vec![false; variables],
        };
        narrowing::close(&start, &rewriting)
    }
}

fn written(rule: &RewriteRule, erased: &BTreeSet<FunId>) -> Closed {
    Closed {
        arguments: rule.arguments.iter().map(|t| erase(t, erased)).collect(),
        result: erase(&rule.result, erased),
        types: rule.variables.iter().map(|v| v.ty).collect(),
        may_fail: rule.variables.iter().map(|v| v.may_fail).collect(),
    }
}

fn erased_converters(program: &Program) -> BTreeSet<FunId> {
    if !program.settings.ignore_types {
        return BTreeSet::new();
    }
    program
        .functions
        .iter()
        .enumerate()
        .filter(|(_, f)| {
            matches!(
                f.kind,
                FunctionKind::Constructor {
                    type_converter: true,
                    ..
                }
            )
        })
        .map(|(i, _)| FunId(u32::try_from(i).unwrap_or(u32::MAX)))
        .collect()
}

/// The term without type converters that are the identity.
pub(crate) fn erase(term: &RuleTerm, erased: &BTreeSet<FunId>) -> RuleTerm {
    match term {
        RuleTerm::Apply(f, arguments) => match arguments.as_slice() {
            [only] if erased.contains(f) => erase(only, erased),
            _ => RuleTerm::Apply(*f, arguments.iter().map(|a| erase(a, erased)).collect()),
        },
        RuleTerm::Fail | RuleTerm::Var(_) => term.clone(),
    }
}

/// Number of symbols and variables.
pub(crate) fn size(term: &RuleTerm) -> usize {
    match term {
        RuleTerm::Apply(_, arguments) => 1 + arguments.iter().map(size).sum::<usize>(),
        RuleTerm::Fail | RuleTerm::Var(_) => 1,
    }
}

/// How often each variable occurs.
pub(crate) fn occurrences(term: &RuleTerm, into: &mut BTreeMap<u32, usize>) {
    match term {
        RuleTerm::Apply(_, arguments) => arguments.iter().for_each(|a| occurrences(a, into)),
        RuleTerm::Fail => {}
        RuleTerm::Var(v) => *into.entry(*v).or_default() += 1,
    }
}

fn symbols(program: &Program, term: &RuleTerm, into: &mut BTreeSet<FunId>) {
    if let RuleTerm::Apply(f, arguments) = term {
        let constant = program
            .functions
            .get(f.0 as usize)
            .is_some_and(|f| f.parameters.is_empty());
        if !constant {
            into.insert(*f);
        }
        arguments.iter().for_each(|a| symbols(program, a, into));
    }
}

fn is_permutative(rule: &Rule) -> bool {
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    occurrences(&rule.left, &mut left);
    occurrences(&rule.right, &mut right);
    let applied = |t: &RuleTerm| matches!(t, RuleTerm::Apply(_, a) if !a.is_empty());
    applied(&rule.left)
        && applied(&rule.right)
        && left == right
        && left.values().all(|n| *n == 1)
        && size(&rule.left) == size(&rule.right)
}

/// The functions of both sides; see [`symbols`].
fn used_by(program: &Program, rule: &Rule) -> BTreeSet<FunId> {
    let mut used = BTreeSet::new();
    symbols(program, &rule.left, &mut used);
    symbols(program, &rule.right, &mut used);
    used
}

type Equations<'p> = Vec<(&'p Equation, Rule)>;

/// The two parts, once every permutative equation that shares symbols with the
/// rest has gone to the rest, where completion decides whether it is a rule; commutativity
/// never is.
fn moved<'p>(
    program: &Program,
    mut permutative: Equations<'p>,
    mut rest: Equations<'p>,
) -> (Equations<'p>, Equations<'p>) {
    loop {
        let used: BTreeSet<FunId> = rest.iter().flat_map(|(_, r)| used_by(program, r)).collect();
        let shares = |rule: &Rule| !used_by(program, rule).is_disjoint(&used);
        let (going, staying): (Vec<_>, Vec<_>) =
            permutative.into_iter().partition(|(_, r)| shares(r));
        permutative = staying;
        if going.is_empty() {
            return (permutative, rest);
        }
        rest.extend(going);
    }
}

fn refuse_shared_symbols(
    program: &Program,
    permutative: &[(&Equation, Rule)],
    rest: &[(&Equation, Rule)],
) -> Result<(), TheoryError> {
    let mut used = BTreeSet::new();
    for (_, rule) in permutative {
        symbols(program, &rule.left, &mut used);
        symbols(program, &rule.right, &mut used);
    }
    for (equation, rule) in rest {
        let mut mine = BTreeSet::new();
        symbols(program, &rule.left, &mut mine);
        symbols(program, &rule.right, &mut mine);
        if let Some(f) = mine.intersection(&used).next() {
            let name = program
                .functions
                .get(f.0 as usize)
                .map_or("?", |f| f.name.as_str());
            return Err(TheoryError::Equation {
                at: place(program, equation.span),
                why: format!("`{name}` is also in an equation that permutes its arguments"),
            });
        }
    }
    Ok(())
}

/// The permutative rules with normal forms in place of constants that the
/// convergent part rewrites: only normal forms are permuted.
fn irreducible(
    program: &Program,
    permutative: Equations<'_>,
    rules: &[Rule],
) -> Result<Vec<Rule>, TheoryError> {
    let used: BTreeSet<FunId> = rules.iter().flat_map(|r| used_by(program, r)).collect();
    permutative
        .into_iter()
        .map(|(equation, rule)| {
            let left = completion::normal(&rule.left, rules);
            let right = completion::normal(&rule.right, rules);
            let normal = left.zip(right).map(|(left, right)| Rule { left, right });
            let apart = |rule: &Rule| used_by(program, rule).is_disjoint(&used);
            let kept = normal.filter(|rule| is_permutative(rule) && apart(rule));
            kept.ok_or_else(|| TheoryError::Equation {
                at: place(program, equation.span),
                why: "a constant in it is equal to a term that other equations rewrite".into(),
            })
        })
        .collect()
}

/// A data constructor or tuple at the root of a side would not be injective,
/// and taking it apart would be ambiguous.
fn refuse_data<'a, 'p: 'a>(
    program: &Program,
    equations: impl Iterator<Item = &'a (&'p Equation, Rule)>,
) -> Result<(), TheoryError> {
    for (equation, rule) in equations {
        for side in [&rule.left, &rule.right] {
            if let RuleTerm::Apply(f, arguments) = side
                && !arguments.is_empty()
                && is_data(program, *f)
            {
                return Err(TheoryError::Equation {
                    at: place(program, equation.span),
                    why: "a data constructor must stay free".into(),
                });
            }
        }
    }
    Ok(())
}

/// Whether patterns may take it apart.
pub(crate) fn is_data(program: &Program, function: FunId) -> bool {
    matches!(
        program.functions.get(function.0 as usize).map(|f| &f.kind),
        Some(FunctionKind::Tuple | FunctionKind::Constructor { data: true, .. })
    )
}

/// `file:line:column` of a span.
pub(crate) fn place(program: &Program, span: pi::Span) -> String {
    let at = program.sources.position(span);
    let file = program
        .sources
        .file(span.file)
        .map_or("?", |f| f.name.as_str());
    format!("{file}:{}:{}", at.line, at.column)
}
