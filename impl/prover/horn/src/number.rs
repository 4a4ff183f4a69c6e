//! Natural numbers in terms and patterns.
//!
//! A number is `0` or the successor of a number. The successor is a data
//! constructor: it applies to any message, with types ignored also to one that
//! is no number, and the attacker takes it apart. `M - k` succeeds when `M` is
//! the k-th successor of something. Comparisons fail unless both sides are
//! numbers; a path on which one has a result says so by a fact about numbers,
//! see [`crate::Theory::impossible`].

use crate::attacker::public_constructor;
use crate::branch::{Branch, Value, block, differs};
use crate::evaluate::Outcomes;
use crate::theory::{Numbers, Pattern};
use crate::translate::Translator;
use logic::{Fact, Predicate, Store, TermId};
use pi::{Diagnostic, FunctionKind, NaturalOperation, Program, RuleTerm, Span};

/// Largest number in a program. Numbers are written in unary in clauses.
pub(crate) const NUMBER_LIMIT: u64 = 1_000;

/// The number as a term.
pub(crate) fn literal(
    store: &mut Store,
    numbers: Numbers,
    value: u64,
    span: Span,
) -> Result<TermId, Diagnostic> {
    let zero = store.apply(numbers.zero, &[]);
    raised(store, numbers, zero, checked(value, span)?)
}

fn checked(value: u64, span: Span) -> Result<u64, Diagnostic> {
    if value > NUMBER_LIMIT {
        return Err(Diagnostic::error(
            span,
            format!("numbers above {NUMBER_LIMIT} are not supported"),
        )
        .with_hint("only differences between numbers matter: scale the numbers down"));
    }
    Ok(value)
}

fn raised(
    store: &mut Store,
    numbers: Numbers,
    mut term: TermId,
    by: u64,
) -> Result<TermId, Diagnostic> {
    for _ in 0..by {
        term = store.apply(numbers.successor, &[term]);
    }
    Ok(term)
}

/// A term of a query or clause: a literal, or a sum with a literal on the right.
pub(crate) fn number_term(
    store: &mut Store,
    numbers: Numbers,
    operation: NaturalOperation,
    arguments: &[TermId],
    span: Span,
) -> Result<TermId, Diagnostic> {
    match (operation, arguments) {
        (NaturalOperation::Literal(value), []) => literal(store, numbers, value, span),
        (NaturalOperation::Add, [base, by]) => {
            let by = successors(store, numbers, *by);
            raised(store, numbers, *base, by)
        }
        _ => Err(Diagnostic::error(
            span,
            "only literals and sums with a literal stand here",
        )),
    }
}

/// A comparison of a query as a fact.
pub(crate) fn number_fact(
    store: &mut Store,
    numbers: Option<Numbers>,
    operation: NaturalOperation,
    arguments: &[TermId],
    span: Span,
) -> Result<Fact, Diagnostic> {
    match (operation, arguments, numbers) {
        (NaturalOperation::IsNat, [term], _) => Ok(Fact::new(Predicate::Natural, vec![*term])),
        (NaturalOperation::LessOrEqual, [left, right], _) => {
            Ok(Fact::new(Predicate::AtLeast, vec![*right, *left]))
        }
        (NaturalOperation::Less, [left, right], Some(numbers)) => {
            let next = store.apply(numbers.successor, &[*left]);
            Ok(Fact::new(Predicate::AtLeast, vec![*right, next]))
        }
        _ => Err(Diagnostic::error(span, "this is no comparison of numbers")),
    }
}

/// How often the successor is applied at the top of a term.
fn successors(store: &Store, numbers: Numbers, mut term: TermId) -> u64 {
    let mut count = 0;
    while let logic::View::Apply(symbol, [inner]) = store.view(term) {
        if symbol != numbers.successor {
            break;
        }
        count += 1;
        term = *inner;
    }
    count
}

/// A number in a rewrite rule; `None` when the function is no operation on
/// numbers.
pub(crate) fn number_pattern(
    program: &Program,
    numbers: Option<Numbers>,
    term: &RuleTerm,
    parts: &[Pattern],
    span: Span,
) -> Option<Result<Pattern, Diagnostic>> {
    let RuleTerm::Apply(function, arguments) = term else {
        return None;
    };
    let value = |t: &RuleTerm| match t {
        RuleTerm::Apply(f, _) => match program.functions.get(f.0 as usize)?.kind {
            FunctionKind::Natural(NaturalOperation::Literal(n)) => Some(n),
            _ => None,
        },
        RuleTerm::Fail | RuleTerm::Var(_) => None,
    };
    let numbers = numbers?;
    let up = |base: Pattern, by: u64| {
        (0..by).fold(base, |inner, _| {
            Pattern::Apply(numbers.successor, vec![inner])
        })
    };
    match program.functions.get(function.0 as usize)?.kind {
        FunctionKind::Natural(NaturalOperation::Literal(n)) => {
            Some(checked(n, span).map(|n| up(Pattern::Apply(numbers.zero, Vec::new()), n)))
        }
        FunctionKind::Natural(NaturalOperation::Add) => {
            let by = value(arguments.get(1)?)?;
            let base = parts.first()?.clone();
            Some(checked(by, span).map(|by| up(base, by)))
        }
        _ => None,
    }
}

impl Branch {
    /// Adds a fact about numbers; `false` if that is impossible.
    fn number(&mut self, translator: &mut Translator<'_>, fact: Fact) -> bool {
        self.suppose(fact);
        let store = &mut translator.store;
        let facts: Vec<Fact> = self
            .hypotheses
            .iter()
            .filter(|f| f.predicate.is_number())
            .map(|f| self.bindings.resolve_fact(store, f))
            .collect();
        !translator.theory.impossible(store, &facts)
    }
}

impl Translator<'_> {
    /// Where types are respected, what a variable of type `nat` holds is a
    /// number.
    pub(crate) fn counted(&self, branch: &mut Branch, variable: pi::VarId, value: TermId) {
        let declared = self.program.variables.get(variable.0 as usize);
        let natural = declared.is_some_and(|v| v.ty == pi::TypeId::NAT);
        if self.symbols.typed && natural && self.symbols.numbers.is_some() {
            branch.suppose(Fact::new(Predicate::Natural, vec![value]));
        }
    }

    /// All results of an operation on messages.
    pub(crate) fn apply_number(
        &mut self,
        branch: Branch,
        operation: NaturalOperation,
        arguments: &[TermId],
        keep_fail: bool,
        span: Span,
    ) -> Result<Outcomes, Diagnostic> {
        let Some(numbers) = self.symbols.numbers else {
            return Err(Diagnostic::error(span, "this program has no numbers"));
        };
        match (operation, arguments) {
            (NaturalOperation::Literal(_) | NaturalOperation::Add, _) => {
                let term = number_term(&mut self.store, numbers, operation, arguments, span)?;
                Ok(vec![(branch, Some(term))])
            }
            (NaturalOperation::Subtract, [whole, by]) => {
                let by = successors(&self.store, numbers, *by);
                Ok(self.subtract(branch, numbers, *whole, by, keep_fail)?)
            }
            (NaturalOperation::IsNat, [term]) => {
                let fact = |predicate| vec![Fact::new(predicate, vec![*term])];
                let ways = vec![
                    (fact(Predicate::Natural), Some(true)),
                    (fact(Predicate::NotNatural), Some(false)),
                ];
                self.decide(&branch, ways, span)
            }
            (NaturalOperation::Less | NaturalOperation::LessOrEqual, [left, right]) => {
                let strict = operation == NaturalOperation::Less;
                let (left, right) = (*left, *right);
                let at_least = |l, r| vec![Fact::new(Predicate::AtLeast, vec![l, r])];
                let above = |store: &mut Store, t| store.apply(numbers.successor, &[t]);
                let (yes, no) = if strict {
                    let next = above(&mut self.store, left);
                    (at_least(right, next), at_least(left, right))
                } else {
                    let next = above(&mut self.store, right);
                    (at_least(right, left), at_least(left, next))
                };
                let mut ways = vec![(yes, Some(true)), (no, Some(false))];
                if keep_fail {
                    for side in [left, right] {
                        let fact = Fact::new(Predicate::NotNatural, vec![side]);
                        ways.push((vec![fact], None));
                    }
                }
                self.decide(&branch, ways, span)
            }
            _ => Err(Diagnostic::error(
                span,
                "this operation has other arguments",
            )),
        }
    }

    /// `whole - by`: what `whole` is so many successors of.
    fn subtract(
        &mut self,
        branch: Branch,
        numbers: Numbers,
        whole: TermId,
        by: u64,
        keep_fail: bool,
    ) -> Result<Outcomes, Diagnostic> {
        let base = self.fresh.take(1);
        let universals = block(base, 1);
        let rest = self.store.var(logic::Var(base));
        let pattern = raised(&mut self.store, numbers, rest, by)?;
        let mut out = Vec::new();
        let mut yes = branch.clone();
        if yes.unify(&mut self.store, &self.theory, &[(pattern, whole)]) {
            out.push((yes, Some(rest)));
        }
        if keep_fail {
            let mut no = branch;
            let other = differs(universals, vec![(whole, pattern)]);
            if no.exclude(&mut self.store, &self.theory, other) {
                out.push((no, None));
            }
        }
        Ok(out)
    }

    fn decide(
        &mut self,
        branch: &Branch,
        ways: Vec<(Vec<Fact>, Option<bool>)>,
        span: Span,
    ) -> Result<Outcomes, Diagnostic> {
        let mut out = Vec::new();
        for (facts, answer) in ways {
            let mut way = branch.clone();
            let mut possible = true;
            for fact in facts {
                possible &= way.number(self, fact);
            }
            if possible {
                let value: Value = match answer {
                    Some(answer) => Some(self.boolean(answer, span)?),
                    None => None,
                };
                out.push((way, value));
            }
        }
        Ok(out)
    }

    fn boolean(&mut self, value: bool, span: Span) -> Result<TermId, Diagnostic> {
        let function = if value {
            pi::FunId::TRUE
        } else {
            pi::FunId::FALSE
        };
        match self.symbols.function(function) {
            Some(symbol) => Ok(self.store.apply(symbol, &[])),
            None => Err(Diagnostic::error(span, "the booleans have no symbols")),
        }
    }

    /// The attacker counts up and down.
    pub(crate) fn attacker_numbers(&mut self, known: u32) {
        let Some(numbers) = self.symbols.numbers else {
            return;
        };
        let function = |wanted| {
            let declared = self.program.functions.iter();
            (0_u32..)
                .zip(declared)
                .find(|(_, f)| f.kind == FunctionKind::Natural(wanted))
                .map(|(n, _)| pi::FunId(n))
        };
        let zero = function(NaturalOperation::Literal(0));
        let sum = function(NaturalOperation::Add);
        if let (Some(zero), Some(sum)) = (zero, sum) {
            public_constructor(self, numbers.zero, 0, zero, known);
            public_constructor(self, numbers.successor, 1, sum, known);
        }
    }
}
