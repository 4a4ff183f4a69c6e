//! What satisfies a user predicate: the clauses of the program, run as a logic
//! program.
//!
//! A goal is resolved with the clauses in text order, depth first (Kowalski,
//! "Predicate logic as programming language", 1974). Arguments that are known
//! are messages; what `suchthat` binds is open. An answer is trusted, because
//! each step is an instance of a clause. That there is *no* answer is trusted
//! only when the search was complete: nothing was cut off, and no term with an
//! open variable had to be compared modulo an equation.
//!
//! Clauses may lead back to where they came from. A goal that is asked again on the
//! way to its own answer is dropped: whoever answers it without that way answers
//! both. Where clauses lead ever further away, short ways are looked at before long
//! ones.

use crate::messages::{Message, Messages, Node, Value, natural};
use crate::{StepError, evaluate::Place};
use pi::{
    Formula, FunId, FunctionKind, NaturalOperation, PredicateId, Program, QueryTerm, RuleTerm,
    TypeId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Most resolution steps of one search.
const STEPS: usize = 1_000;
/// Most goals under way.
const GOALS: usize = 200;
/// Deepest chain of bindings that is followed to a value.
const DEPTH: usize = 200;
/// How far goals lead away on short ways, and on long ones.
const WAYS: [usize; 2] = [16, 200];
/// Most looks at two goals to see whether they are the same.
const LOOKS: usize = 1_000;
/// Most answers.
const ANSWERS: usize = 64;

/// A term with open variables.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Apply(FunId, Vec<Pattern>),
    Known(Message),
    Open(usize),
}

#[derive(Clone, Debug)]
enum Goal {
    Equal(Pattern, Pattern),
    Holds(Rc<Asked>),
    Unequal(Pattern, Pattern),
}

/// A predicate that is asked for, and for whose sake.
#[derive(Debug)]
struct Asked {
    predicate: PredicateId,
    arguments: Vec<Pattern>,
    of: Option<Rc<Asked>>,
    /// How many there are before.
    depth: usize,
}

impl Asked {
    /// Whether this very question is being answered already.
    fn again(&self, bindings: &Bindings) -> bool {
        let mut before = self.of.as_deref();
        while let Some(asked) = before {
            let mut pairs = asked.arguments.iter().zip(&self.arguments);
            let mut left = LOOKS;
            if asked.predicate == self.predicate
                && pairs.all(|(l, r)| same(l, r, bindings, &mut left))
            {
                return true;
            }
            before = asked.of.as_deref();
        }
        false
    }
}

/// The answers to a question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// Values of the open variables, in order of discovery, without repetition.
    pub(crate) found: Vec<Vec<Message>>,
    /// Whether there are no others.
    pub(crate) complete: bool,
}

/// All values of the first `open` variables for which a predicate holds.
pub(crate) fn answers(
    program: &Program,
    messages: &mut Messages,
    predicate: PredicateId,
    arguments: Vec<Pattern>,
    types: &[TypeId],
    at: Place<'_>,
) -> Result<Answers, StepError> {
    let open = types.len();
    let asked = Rc::new(Asked {
        predicate,
        arguments,
        of: None,
        depth: 0,
    });
    let mut found: Vec<Vec<Message>> = Vec::new();
    for length in WAYS {
        let mut search = Search {
            program,
            messages,
            open,
            types,
            length,
            steps: 0,
            out: Answers {
                found: std::mem::take(&mut found),
                complete: true,
            },
            at,
        };
        search.solve(vec![Goal::Holds(asked.clone())], vec![None; open])?;
        if search.out.complete {
            return Ok(search.out);
        }
        found = search.out.found;
    }
    Ok(Answers {
        found,
        complete: false,
    })
}

type Bindings = Vec<Option<Pattern>>;

struct Search<'a, 'p> {
    program: &'p Program,
    messages: &'a mut Messages,
    open: usize,
    types: &'a [TypeId],
    /// How far goals may lead away.
    length: usize,
    steps: usize,
    out: Answers,
    at: Place<'p>,
}

impl Search<'_, '_> {
    fn solve(&mut self, goals: Vec<Goal>, bindings: Bindings) -> Result<(), StepError> {
        let mut stack = vec![(goals, bindings)];
        while let Some((mut goals, mut bindings)) = stack.pop() {
            self.steps += 1;
            if self.steps > STEPS || goals.len() > GOALS || self.out.found.len() >= ANSWERS {
                self.out.complete = false;
                if self.steps > STEPS || self.out.found.len() >= ANSWERS {
                    return Ok(());
                }
                continue;
            }
            // Disequalities wait until their sides are known.
            let ready = |g: &Goal| match g {
                Goal::Unequal(l, r) => is_known(l, &bindings) && is_known(r, &bindings),
                Goal::Equal(..) | Goal::Holds(..) => true,
            };
            let Some(next) = goals.iter().position(ready) else {
                if goals.is_empty() {
                    self.answer(&bindings)?;
                } else {
                    self.out.complete = false;
                }
                continue;
            };
            match goals.remove(next) {
                Goal::Equal(l, r) => {
                    if self.unify(&l, &r, &mut bindings)? {
                        stack.push((goals, bindings));
                    }
                }
                Goal::Unequal(l, r) => {
                    let (l, r) = (self.value(&l, &bindings)?, self.value(&r, &bindings)?);
                    if let (Some(l), Some(r)) = (l, r)
                        && l != r
                    {
                        stack.push((goals, bindings));
                    }
                }
                Goal::Holds(asked) if asked.again(&bindings) => {}
                Goal::Holds(asked) if asked.depth > self.length => self.out.complete = false,
                Goal::Holds(asked) => {
                    let ways = self.resolve(&asked, &goals, &bindings)?;
                    stack.extend(ways.into_iter().rev());
                }
            }
        }
        Ok(())
    }

    /// The goals that each clause leaves.
    fn resolve(
        &mut self,
        asked: &Rc<Asked>,
        goals: &[Goal],
        bindings: &Bindings,
    ) -> Result<Vec<(Vec<Goal>, Bindings)>, StepError> {
        let program = self.program;
        let (predicate, arguments) = (asked.predicate, &asked.arguments);
        let declared = program.predicates.get(predicate.0 as usize);
        if declared.is_none_or(|p| p.blocking) {
            return Err(StepError::Unsupported {
                at: self.at.describe(),
                what: "asking a predicate that is declared `block`",
            });
        }
        let mut out = Vec::new();
        for clause in &program.clauses {
            let Formula::Predicate {
                predicate: concluded,
                arguments: parameters,
                ..
            } = &clause.conclusion
            else {
                continue;
            };
            if *concluded != predicate {
                continue;
            }
            if clause.variables.iter().any(|v| v.may_fail) {
                self.out.complete = false;
            }
            let mut bindings = bindings.clone();
            let base = bindings.len();
            bindings.resize(base + clause.variables.len(), None);
            let mut matches = true;
            for (parameter, argument) in parameters.iter().zip(arguments) {
                let parameter = renamed(parameter, base);
                matches = matches && self.unify(&parameter, argument, &mut bindings)?;
            }
            if !matches {
                continue;
            }
            let mut left: Vec<Goal> = Vec::with_capacity(clause.hypotheses.len() + goals.len());
            let mut void = false;
            for hypothesis in &clause.hypotheses {
                match hypothesis {
                    Formula::Equal(l, r, _) => {
                        left.push(Goal::Equal(renamed(l, base), renamed(r, base)));
                    }
                    Formula::Unequal(l, r, _) => {
                        left.push(Goal::Unequal(renamed(l, base), renamed(r, base)));
                    }
                    Formula::Predicate {
                        predicate,
                        arguments,
                        ..
                    } => {
                        let arguments = arguments.iter().map(|a| renamed(a, base)).collect();
                        left.push(Goal::Holds(Rc::new(Asked {
                            predicate: *predicate,
                            arguments,
                            of: Some(asked.clone()),
                            depth: asked.depth + 1,
                        })));
                    }
                    Formula::True => {}
                    _ => void = true,
                }
            }
            if !void {
                left.extend_from_slice(goals);
                out.push((left, bindings));
            }
        }
        Ok(out)
    }

    fn answer(&mut self, bindings: &Bindings) -> Result<(), StepError> {
        let mut values = Vec::with_capacity(self.open);
        for variable in 0..self.open {
            match self.value(&Pattern::Open(variable), bindings)? {
                Some(value) => values.push(value),
                None => {
                    // Any message would do; none is chosen here.
                    self.out.complete = false;
                    return Ok(());
                }
            }
        }
        let fits = |(value, ty): (&Message, &TypeId)| self.messages.fits(self.program, *value, *ty);
        if values.iter().zip(self.types).all(fits) && !self.out.found.contains(&values) {
            self.out.found.push(values);
        }
        Ok(())
    }

    fn unify(
        &mut self,
        left: &Pattern,
        right: &Pattern,
        bindings: &mut Bindings,
    ) -> Result<bool, StepError> {
        let mut work = vec![(left.clone(), right.clone())];
        while let Some((left, right)) = work.pop() {
            let (left, right) = (followed(left, bindings), followed(right, bindings));
            match (left, right) {
                (Pattern::Open(a), Pattern::Open(b)) if a == b => {}
                (Pattern::Open(v), other) | (other, Pattern::Open(v)) => {
                    if occurs(v, &other, bindings) {
                        return Ok(false);
                    }
                    let Some(slot) = bindings.get_mut(v) else {
                        self.out.complete = false;
                        return Ok(false);
                    };
                    *slot = Some(other);
                }
                (Pattern::Known(a), Pattern::Known(b)) => {
                    if a != b {
                        return Ok(false);
                    }
                }
                (Pattern::Known(m), Pattern::Apply(f, parts))
                | (Pattern::Apply(f, parts), Pattern::Known(m)) => {
                    let whole = Pattern::Apply(f, parts.clone());
                    if let Some(value) = self.value(&whole, bindings)? {
                        if value != m {
                            return Ok(false);
                        }
                        continue;
                    }
                    match self.opened(m, f, &parts) {
                        Some(pairs) => work.extend(pairs),
                        None => {
                            self.out.complete &= !self.rewritten(f);
                            return Ok(false);
                        }
                    }
                }
                (Pattern::Apply(f, fs), Pattern::Apply(g, gs)) => {
                    let l = self.value(&Pattern::Apply(f, fs.clone()), bindings)?;
                    let r = self.value(&Pattern::Apply(g, gs.clone()), bindings)?;
                    match (l, r) {
                        (Some(l), _) => {
                            work.push((Pattern::Known(l), Pattern::Apply(g, gs)));
                            if r == Some(l) {
                                work.pop();
                            } else if r.is_some() {
                                return Ok(false);
                            }
                        }
                        (None, Some(r)) => {
                            work.push((Pattern::Known(r), Pattern::Apply(f, fs)));
                        }
                        (None, None) if f == g => work.extend(fs.into_iter().zip(gs)),
                        (None, None) => {
                            // Converters and sums may yet be equal.
                            self.out.complete = false;
                            return Ok(false);
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    /// Whether an equation may have it that a message is what a function makes of
    /// something although it is not written so: only if a side of it is.
    fn rewritten(&self, function: FunId) -> bool {
        let known = self.program.functions.get(function.0 as usize);
        let counts = known.is_none_or(|f| matches!(f.kind, FunctionKind::Natural(_)));
        let equations = &self.program.equations;
        let mut sides = equations.iter().flat_map(|e| [&e.left, &e.right]);
        let free = |side: &RuleTerm| matches!(side, RuleTerm::Apply(f, _) if *f != function);
        counts && !equations.is_empty() || !sides.all(free)
    }

    /// What the parts of a pattern must be for it to be this message.
    fn opened(
        &mut self,
        message: Message,
        function: FunId,
        parts: &[Pattern],
    ) -> Option<Vec<(Pattern, Pattern)>> {
        if natural(self.program, function) == Some(NaturalOperation::Add) {
            let n = match *self.messages.node(message) {
                Node::Natural(n) => n,
                Node::Successor(_) => {
                    self.out.complete = false;
                    return None;
                }
                _ => return None,
            };
            let (rest, by) = match parts {
                [rest, by] | [by, rest] if self.literal(by).is_some() => (rest, self.literal(by)?),
                _ => return None,
            };
            let below = self.messages.natural(n.checked_sub(by)?);
            return Some(vec![(Pattern::Known(below), rest.clone())]);
        }
        if let Some(known) = self.messages.open(self.program, message, function) {
            let known = known.into_iter().map(Pattern::Known);
            return Some(known.zip(parts.iter().cloned()).collect());
        }
        None
    }

    fn literal(&self, pattern: &Pattern) -> Option<u64> {
        match pattern {
            Pattern::Apply(f, _) => match natural(self.program, *f)? {
                NaturalOperation::Literal(n) => Some(n),
                _ => None,
            },
            Pattern::Known(m) => match self.messages.node(*m) {
                Node::Natural(n) => Some(*n),
                _ => None,
            },
            Pattern::Open(_) => None,
        }
    }

    /// The message that a pattern is, if nothing of it is open and it does not
    /// fail. `None` also for what is deeper than [`DEPTH`], and the answers are then
    /// not complete. Each variable is looked at once: what `p(x) -> p((x, x))` binds is
    /// small, and would be large if it were written out.
    fn value(
        &mut self,
        pattern: &Pattern,
        bindings: &Bindings,
    ) -> Result<Option<Message>, StepError> {
        self.value_once(pattern, bindings, &mut BTreeMap::new(), DEPTH)
    }

    fn value_once(
        &mut self,
        pattern: &Pattern,
        bindings: &Bindings,
        seen: &mut BTreeMap<usize, Option<Message>>,
        depth: usize,
    ) -> Result<Option<Message>, StepError> {
        let Some(depth) = depth.checked_sub(1) else {
            self.out.complete = false;
            return Ok(None);
        };
        match pattern {
            Pattern::Known(m) => Ok(Some(*m)),
            Pattern::Open(v) => {
                if let Some(value) = seen.get(v) {
                    return Ok(*value);
                }
                let value = match bindings.get(*v).and_then(Option::as_ref) {
                    Some(next) => self.value_once(next, bindings, seen, depth)?,
                    None => None,
                };
                seen.insert(*v, value);
                Ok(value)
            }
            Pattern::Apply(f, parts) => {
                let mut values = Vec::with_capacity(parts.len());
                for part in parts {
                    match self.value_once(part, bindings, seen, depth)? {
                        Some(m) => values.push(Value::Message(m)),
                        None => return Ok(None),
                    }
                }
                let value = self.messages.apply(self.program, *f, &values);
                let value = value.map_err(|error| StepError::Compute {
                    at: self.at.describe(),
                    error,
                })?;
                Ok(value.message())
            }
        }
    }
}

fn followed(mut pattern: Pattern, bindings: &Bindings) -> Pattern {
    while let Pattern::Open(v) = pattern {
        match bindings.get(v).and_then(Option::as_ref) {
            Some(next) => pattern = next.clone(),
            None => return Pattern::Open(v),
        }
    }
    pattern
}

/// Whether two terms are the same, whatever their variables turn out to be, as far
/// as that shows in so many looks.
fn same(left: &Pattern, right: &Pattern, bindings: &Bindings, looks: &mut usize) -> bool {
    let Some(less) = looks.checked_sub(1) else {
        return false;
    };
    *looks = less;
    match (
        followed(left.clone(), bindings),
        followed(right.clone(), bindings),
    ) {
        (Pattern::Known(l), Pattern::Known(r)) => l == r,
        (Pattern::Open(l), Pattern::Open(r)) => l == r,
        (Pattern::Apply(f, ls), Pattern::Apply(g, rs)) => {
            f == g && ls.iter().zip(&rs).all(|(l, r)| same(l, r, bindings, looks))
        }
        _ => false,
    }
}

fn occurs(variable: usize, pattern: &Pattern, bindings: &Bindings) -> bool {
    unbound(pattern, bindings).contains(&variable)
}

fn is_known(pattern: &Pattern, bindings: &Bindings) -> bool {
    unbound(pattern, bindings).is_empty()
}

/// The variables below a pattern that have no value, each looked at once.
fn unbound(pattern: &Pattern, bindings: &Bindings) -> BTreeSet<usize> {
    let (mut seen, mut free) = (BTreeSet::new(), BTreeSet::new());
    let mut work = vec![pattern];
    while let Some(pattern) = work.pop() {
        match pattern {
            Pattern::Apply(_, parts) => work.extend(parts),
            Pattern::Known(_) => {}
            Pattern::Open(v) if seen.insert(*v) => {
                match bindings.get(*v).and_then(Option::as_ref) {
                    Some(next) => work.push(next),
                    None => {
                        free.insert(*v);
                    }
                }
            }
            Pattern::Open(_) => {}
        }
    }
    free
}

/// A term of a clause with its variables moved behind those in use.
fn renamed(term: &QueryTerm, base: usize) -> Pattern {
    match term {
        QueryTerm::Apply(f, arguments) => {
            Pattern::Apply(*f, arguments.iter().map(|a| renamed(a, base)).collect())
        }
        QueryTerm::Var(v) => Pattern::Open(base + *v as usize),
        // The front end lets no name into a clause; should there be one, it is
        // a variable that never has a value.
        QueryTerm::Bound { .. } | QueryTerm::Name(_) => Pattern::Open(usize::MAX),
    }
}

/// Whether a term is built by functions that can be asked for backwards.
pub(crate) fn is_constructor(program: &Program, function: FunId) -> bool {
    matches!(
        program.functions.get(function.0 as usize).map(|f| &f.kind),
        Some(
            FunctionKind::Constructor { .. }
                | FunctionKind::Tuple
                | FunctionKind::Natural(NaturalOperation::Literal(_) | NaturalOperation::Add)
        )
    )
}
