//! Destructors: their rules with failure made explicit, and their application.
//!
//! A rule variable declared `or fail` ranges over messages and failure, so a
//! rule with k of them stands for 2^k cases in which every argument is either a
//! pattern for messages or failure. Rules of `reduc … otherwise …` apply in
//! order: case i needs, for every earlier rule, that the arguments are *no*
//! instance of it, for any value of its variables. When no rule applies the
//! result is failure, under the same condition for all rules. (ProVerif manual,
//! section 4.1.2; Cheval, Blanchet, "Proving more observational equivalences
//! with ProVerif", 2013, section 2.)

use crate::branch::{Branch, Value, block, differs};
use crate::number::number_pattern;
use crate::symbols::Symbols;
use crate::theory::Pattern;
use crate::translate::Translator;
use crate::types;
use crate::unify::Bindings;
use logic::{Disequality, TermId, Var};
use pi::{
    Diagnostic, FunId, FunctionKind, Program, RewriteRule, RuleTerm, RuleVariable, Span, TypeId,
};

/// Most `or fail` variables of one rule, and arguments that may fail.
const MAY_FAIL_LIMIT: usize = 10;

/// A destructor with failure made explicit.
#[derive(Clone, Debug)]
pub(crate) struct Destructor {
    cases: Vec<Case>,
    ordered: bool,
}

/// One rule under one choice of what fails.
#[derive(Clone, Debug)]
struct Case {
    /// Number of the rule.
    rule: usize,
    variables: u32,
    /// `None` where the argument must fail.
    arguments: Vec<Option<Pattern>>,
    /// `None` for failure.
    result: Option<Pattern>,
}

impl Destructor {
    /// Reads the rules of a destructor; `None` for other functions.
    pub(crate) fn read(
        program: &Program,
        symbols: &Symbols,
        function: FunId,
    ) -> Result<Option<Self>, Diagnostic> {
        let Some(function) = program.functions.get(function.0 as usize) else {
            return Ok(None);
        };
        let FunctionKind::Destructor { rules, ordered } = &function.kind else {
            return Ok(None);
        };
        let mut cases = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            let span = rule.span.or(function.span).unwrap_or_default();
            read_rule(program, symbols, number, rule, span, &mut cases)?;
        }
        let destructor = Self {
            cases,
            ordered: *ordered,
        };
        if destructor.failing_positions().len() > MAY_FAIL_LIMIT {
            return Err(Diagnostic::error(
                function.span.unwrap_or_default(),
                format!(
                    "a destructor with more than {MAY_FAIL_LIMIT} arguments that may fail is not \
                     supported"
                ),
            ));
        }
        Ok(Some(destructor))
    }

    /// Which arguments some rule wants to fail.
    pub(crate) fn failing_positions(&self) -> Vec<usize> {
        let arity = self.cases.first().map_or(0, |c| c.arguments.len());
        (0..arity)
            .filter(|i| self.cases.iter().any(|c| c.arguments[*i].is_none()))
            .collect()
    }

    /// Whether a failing argument makes the whole application fail.
    pub(crate) fn is_strict(&self) -> bool {
        self.failing_positions().is_empty()
    }
}

fn read_rule(
    program: &Program,
    symbols: &Symbols,
    number: usize,
    rule: &RewriteRule,
    span: Span,
    cases: &mut Vec<Case>,
) -> Result<(), Diagnostic> {
    let may_fail: Vec<u32> = (0_u32..)
        .zip(&rule.variables)
        .filter(|(_, v)| v.may_fail)
        .map(|(i, _)| i)
        .collect();
    if may_fail.len() > MAY_FAIL_LIMIT {
        return Err(Diagnostic::error(
            span,
            format!("a rule with more than {MAY_FAIL_LIMIT} `or fail` variables is not supported"),
        ));
    }
    for choice in 0_u32..(1 << may_fail.len()) {
        let fails = |v: u32| {
            may_fail
                .iter()
                .position(|m| *m == v)
                .is_some_and(|bit| choice & (1 << bit) != 0)
        };
        let read = |t: &RuleTerm| rule_pattern(program, symbols, &rule.variables, t, &fails, span);
        let arguments = rule.arguments.iter().map(read).collect::<Result<_, _>>()?;
        cases.push(Case {
            rule: number,
            variables: u32::try_from(rule.variables.len()).unwrap_or(u32::MAX),
            arguments,
            result: read(&rule.result)?,
        });
    }
    Ok(())
}

/// A rule term as a pattern; `None` if it fails. Type converters are erased.
pub(crate) fn rule_pattern(
    program: &Program,
    symbols: &Symbols,
    variables: &[RuleVariable],
    term: &RuleTerm,
    fails: &impl Fn(u32) -> bool,
    span: Span,
) -> Result<Option<Pattern>, Diagnostic> {
    match term {
        RuleTerm::Fail => Ok(None),
        RuleTerm::Var(v) => Ok((!fails(*v)).then_some(Pattern::Var(*v))),
        RuleTerm::Apply(f, arguments) => {
            let mut parts = Vec::with_capacity(arguments.len());
            for a in arguments {
                match rule_pattern(program, symbols, variables, a, fails, span)? {
                    Some(p) => parts.push(p),
                    None => return Ok(None),
                }
            }
            let types: Vec<TypeId> = arguments
                .iter()
                .map(|a| types::of_rule_term(program, variables, a))
                .collect();
            if let Some(symbol) = symbols.applied(*f, &types) {
                return Ok(Some(Pattern::Apply(symbol, parts)));
            }
            if let Some(number) = number_pattern(program, symbols.numbers, term, &parts, span) {
                return number.map(Some);
            }
            let function = program.functions.get(f.0 as usize);
            let erased = matches!(
                function.map(|f| &f.kind),
                Some(FunctionKind::Constructor {
                    type_converter: true,
                    ..
                })
            );
            match (erased, parts.pop()) {
                (true, Some(only)) if parts.is_empty() => Ok(Some(only)),
                _ => Err(Diagnostic::error(
                    span,
                    format!(
                        "{} is no constructor and cannot stand in a rule",
                        function.map_or("?", |f| &f.name)
                    ),
                )),
            }
        }
    }
}

impl Translator<'_> {
    /// All results of a destructor on values. Failure is left out unless
    /// `keep_fail`.
    pub(crate) fn apply_destructor(
        &mut self,
        branch: &Branch,
        function: FunId,
        values: &[Value],
        keep_fail: bool,
    ) -> Vec<(Branch, Value)> {
        let Some(destructor) = self.destructors.get(&function).cloned() else {
            return Vec::new();
        };
        let cases: Vec<&Case> = destructor
            .cases
            .iter()
            .filter(|c| same_shape(&c.arguments, values))
            .collect();
        let mut out = Vec::new();
        for (i, case) in cases.iter().enumerate() {
            if case.result.is_none() && !keep_fail {
                continue;
            }
            let mut start = branch.clone();
            let earlier = cases[..i]
                .iter()
                .filter(|c| destructor.ordered && c.rule < case.rule);
            if self.exclude_cases(&mut start, earlier, values) {
                self.apply_case(&start, case, values, &mut out);
            }
        }
        if keep_fail {
            let mut rest = branch.clone();
            if self.exclude_cases(&mut rest, cases.iter(), values) {
                out.push((rest, None));
            }
        }
        out
    }

    /// The arguments are no instance of any of the cases; `false` if they are
    /// bound to be one.
    fn exclude_cases<'c>(
        &mut self,
        branch: &mut Branch,
        cases: impl Iterator<Item = &'c &'c Case>,
        values: &[Value],
    ) -> bool {
        for case in cases {
            let constraint = self.no_instance(case, values);
            if !branch.exclude(&mut self.store, &self.theory, constraint) {
                return false;
            }
        }
        true
    }

    fn no_instance(&mut self, case: &Case, values: &[Value]) -> Disequality {
        let base = self.fresh.take(case.variables);
        let universals: Vec<Var> = block(base, case.variables);
        let pairs: Vec<(TermId, TermId)> = case
            .arguments
            .iter()
            .zip(values)
            .filter_map(|(p, v)| {
                let pattern = p.as_ref()?.instantiate(&mut self.store, base);
                Some(((*v)?, pattern))
            })
            .collect();
        differs(universals, pairs)
    }

    fn apply_case(
        &mut self,
        branch: &Branch,
        case: &Case,
        values: &[Value],
        out: &mut Vec<(Branch, Value)>,
    ) {
        let base = self.fresh.take(case.variables);
        let mut states = vec![branch.clone()];
        for (pattern, value) in case.arguments.iter().zip(values) {
            let (Some(pattern), Some(value)) = (pattern, value) else {
                continue;
            };
            let mut next = Vec::new();
            for state in &states {
                for (bindings, term) in self.evaluate_pattern(&state.bindings, pattern, base) {
                    let mut matched = state.with(bindings);
                    if matched.unify(&mut self.store, &self.theory, &[(term, *value)]) {
                        next.push(matched);
                    }
                }
            }
            states = next;
        }
        for state in states {
            let Some(result) = &case.result else {
                out.push((state, None));
                continue;
            };
            for (bindings, term) in self.evaluate_pattern(&state.bindings, result, base) {
                let mut done = state.with(bindings);
                if done.is_possible(&mut self.store, &self.theory) {
                    out.push((done, Some(term)));
                }
            }
        }
    }

    /// All representatives of a rule's term, its variable `i` being
    /// `Var(base + i)`.
    fn evaluate_pattern(
        &mut self,
        bindings: &Bindings,
        pattern: &Pattern,
        base: u32,
    ) -> Vec<(Bindings, TermId)> {
        let (symbol, arguments) = match pattern {
            Pattern::Var(v) => {
                let term = self.store.var(Var(base.saturating_add(*v)));
                return vec![(bindings.clone(), term)];
            }
            Pattern::Apply(symbol, arguments) => (*symbol, arguments),
        };
        let mut states = vec![(bindings.clone(), Vec::with_capacity(arguments.len()))];
        for a in arguments {
            let mut next = Vec::new();
            for (bindings, done) in states {
                for (extended, term) in self.evaluate_pattern(&bindings, a, base) {
                    let mut done: Vec<TermId> = done.clone();
                    done.push(term);
                    next.push((extended, done));
                }
            }
            states = next;
        }
        let mut out = Vec::new();
        for (bindings, arguments) in states {
            out.extend(self.apply_symbol(&bindings, symbol, &arguments));
        }
        out
    }
}

fn same_shape(arguments: &[Option<Pattern>], values: &[Value]) -> bool {
    arguments.len() == values.len()
        && arguments
            .iter()
            .zip(values)
            .all(|(p, v)| p.is_some() == v.is_some())
}
