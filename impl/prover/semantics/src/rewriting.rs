//! Rewriting messages: matching rules against classes, and instances of rules.
//!
//! Patterns are matched against every way of writing a message, so matching is
//! modulo the permutative equations without unifying anything. How many
//! assignments one match may yield is bounded, and passing the bound is an
//! error, never a match left out.

use crate::messages::{Bindings, ComputeError, Message, Messages, Node, Value, natural};
use crate::theory::{Closed, Rule};
use pi::{FunId, NaturalOperation, Program, RuleTerm};

/// Most assignments one match may yield.
const MATCHES: usize = 20_000;

impl Messages {
    pub(crate) fn rewrite_root(
        &mut self,
        program: &Program,
        way: &Node,
    ) -> Result<Vec<Node>, ComputeError> {
        let Node::Apply(head, arguments) = way else {
            return Ok(Vec::new());
        };
        let rules: Vec<Rule> = self
            .theory()
            .permutative
            .get(head)
            .cloned()
            .unwrap_or_default();
        let mut out = Vec::new();
        for rule in &rules {
            let (RuleTerm::Apply(_, patterns), RuleTerm::Apply(g, below)) =
                (&rule.left, &rule.right)
            else {
                continue;
            };
            for bindings in self.all_matches(program, patterns, arguments, Vec::new())? {
                let mut new = Vec::with_capacity(below.len());
                for term in below {
                    if let Value::Message(m) = self.instance(program, term, &bindings)? {
                        new.push(m);
                    }
                }
                out.push(Node::Apply(*g, new.into()));
            }
        }
        Ok(out)
    }

    pub(crate) fn reduce(
        &mut self,
        program: &Program,
        function: FunId,
        arguments: &[Value],
    ) -> Result<Value, ComputeError> {
        let Some(rules) = self.theory().destructors.get(&function).cloned() else {
            return Ok(Value::Fail);
        };
        // The first rule that matches is the one that applies, with
        // `otherwise` by definition; without, because rules agree on overlaps.
        for closed in rules.iter().flatten() {
            if let Some(bindings) = self.match_rule(program, closed, arguments)? {
                return self.instance(program, &closed.result, &bindings);
            }
        }
        Ok(Value::Fail)
    }

    fn match_rule(
        &mut self,
        program: &Program,
        rule: &Closed,
        arguments: &[Value],
    ) -> Result<Option<Bindings>, ComputeError> {
        let mut bindings: Bindings = vec![None; rule.types.len()];
        let mut goals = Vec::new();
        for (pattern, value) in rule.arguments.iter().zip(arguments) {
            match (pattern, value) {
                (RuleTerm::Var(v), Value::Fail) => {
                    let v = *v as usize;
                    if !rule.may_fail[v] {
                        return Ok(None);
                    }
                    match bindings[v] {
                        None => bindings[v] = Some(Value::Fail),
                        Some(Value::Fail) => {}
                        Some(Value::Message(_)) => return Ok(None),
                    }
                }
                (RuleTerm::Fail, Value::Fail) => {}
                (RuleTerm::Apply(..), Value::Fail) | (RuleTerm::Fail, Value::Message(_)) => {
                    return Ok(None);
                }
                (_, Value::Message(m)) => goals.push((pattern.clone(), *m)),
            }
        }
        let mut found = Vec::new();
        self.solve(program, goals, bindings, &mut found)?;
        if !program.settings.ignore_types {
            found.retain(|b| {
                b.iter().zip(&rule.types).all(|(value, ty)| match value {
                    Some(Value::Message(m)) => self.fits(program, *m, *ty),
                    Some(Value::Fail) | None => true,
                })
            });
        }
        Ok(found.into_iter().next())
    }

    pub(crate) fn first_match(
        &mut self,
        program: &Program,
        patterns: &[RuleTerm],
        messages: &[Message],
    ) -> Result<Option<Bindings>, ComputeError> {
        Ok(self
            .all_matches(program, patterns, messages, Vec::new())?
            .into_iter()
            .next())
    }

    /// All assignments, extending the given one, under which the patterns are
    /// the messages modulo the permutative part.
    pub(crate) fn all_matches(
        &mut self,
        program: &Program,
        patterns: &[RuleTerm],
        messages: &[Message],
        bindings: Bindings,
    ) -> Result<Vec<Bindings>, ComputeError> {
        let goals = patterns
            .iter()
            .cloned()
            .zip(messages.iter().copied())
            .collect();
        let mut found = Vec::new();
        self.solve(program, goals, bindings, &mut found)?;
        Ok(found)
    }

    fn solve(
        &mut self,
        program: &Program,
        mut goals: Vec<(RuleTerm, Message)>,
        mut bindings: Bindings,
        found: &mut Vec<Bindings>,
    ) -> Result<(), ComputeError> {
        while let Some((pattern, message)) = goals.pop() {
            match pattern {
                RuleTerm::Fail => return Ok(()),
                RuleTerm::Var(v) => {
                    let v = v as usize;
                    if bindings.len() <= v {
                        bindings.resize(v + 1, None);
                    }
                    match bindings[v] {
                        None => bindings[v] = Some(Value::Message(message)),
                        Some(known) if known == Value::Message(message) => {}
                        Some(_) => return Ok(()),
                    }
                }
                RuleTerm::Apply(f, patterns) => {
                    if let Some(operation) = natural(program, f) {
                        match self.match_natural(program, operation, &patterns, message) {
                            Some(Some(goal)) => goals.push(goal),
                            Some(None) => {}
                            None => return Ok(()),
                        }
                        continue;
                    }
                    let mut ways: Vec<_> = self
                        .ways(message)
                        .iter()
                        .filter_map(|way| match way {
                            Node::Apply(g, arguments) if *g == f => Some(arguments.to_vec()),
                            _ => None,
                        })
                        .collect();
                    let Some(last) = ways.pop() else {
                        return Ok(());
                    };
                    for way in ways {
                        let mut branch = goals.clone();
                        branch.extend(patterns.iter().cloned().zip(way));
                        self.solve(program, branch, bindings.clone(), found)?;
                    }
                    goals.extend(patterns.into_iter().zip(last));
                }
            }
        }
        if found.len() >= MATCHES {
            return Err(ComputeError::TooManyWays { limit: MATCHES });
        }
        found.push(bindings);
        Ok(())
    }

    /// `None`: no match. `Some(None)`: matches. `Some(Some(goal))`: matches if
    /// the goal does.
    fn match_natural(
        &mut self,
        program: &Program,
        operation: NaturalOperation,
        patterns: &[RuleTerm],
        message: Message,
    ) -> Option<Option<(RuleTerm, Message)>> {
        let n = match *self.node(message) {
            Node::Natural(n) => n,
            Node::Successor(_) if operation == NaturalOperation::Add => {
                let (step, rest) = split_sum(program, patterns)?;
                let mut below = message;
                for _ in 0..step {
                    let Node::Successor(inner) = *self.node(below) else {
                        return None;
                    };
                    below = inner;
                }
                return Some(Some((rest.clone(), below)));
            }
            _ => return None,
        };
        match operation {
            NaturalOperation::Literal(k) => (k == n).then_some(None),
            NaturalOperation::Add => {
                let (step, rest) = split_sum(program, patterns)?;
                let below = self.natural(n.checked_sub(step)?);
                Some(Some((rest.clone(), below)))
            }
            NaturalOperation::IsNat
            | NaturalOperation::Less
            | NaturalOperation::LessOrEqual
            | NaturalOperation::Subtract => None,
        }
    }

    /// The instance of a rule term; an unbound variable is an unknown one.
    pub(crate) fn instance(
        &mut self,
        program: &Program,
        term: &RuleTerm,
        bindings: &Bindings,
    ) -> Result<Value, ComputeError> {
        match term {
            RuleTerm::Fail => Ok(Value::Fail),
            RuleTerm::Var(v) => {
                bindings
                    .get(*v as usize)
                    .copied()
                    .flatten()
                    .ok_or(ComputeError::Unknown {
                        what: "rule variable",
                        number: *v,
                    })
            }
            RuleTerm::Apply(f, arguments) => {
                let values = arguments
                    .iter()
                    .map(|a| self.instance(program, a, bindings))
                    .collect::<Result<Vec<_>, _>>()?;
                self.apply(program, *f, &values)
            }
        }
    }
}

/// `x + k` or `k + x` as k and x.
fn split_sum<'t>(program: &Program, patterns: &'t [RuleTerm]) -> Option<(u64, &'t RuleTerm)> {
    let literal = |t: &RuleTerm| match t {
        RuleTerm::Apply(f, _) => match natural(program, *f) {
            Some(NaturalOperation::Literal(k)) => Some(k),
            _ => None,
        },
        RuleTerm::Fail | RuleTerm::Var(_) => None,
    };
    match patterns {
        [x, k] => literal(k)
            .map(|n| (n, x))
            .or_else(|| literal(x).map(|n| (n, k))),
        _ => None,
    }
}
