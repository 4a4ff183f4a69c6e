//! What the attacker can compute from what it has: deduction with recipes.
//!
//! Known messages are taken apart as far as possible (projections, public
//! destructors, equations that uncover a part), and a target is then composed
//! from them. Rules are tried against patterns that are known *or composed*
//! from known parts, so that a destructor on `f(h(x))` is found when only
//! `h(t)` is known and `f` is public.
//!
//! A found recipe is always right: it is evaluated before it is returned. A
//! missing one is certain only for theories in which every public rule yields
//! a part of its arguments or a constant (subterm theories; Abadi and Cortier,
//! "Deciding knowledge in security protocols under equational theories",
//! 2006), and as long as no bound was hit; see [`Deduction`].
//!
//! One file because taking apart and putting together call each other on one table
//! of what is known.

use crate::messages::{Bindings, ComputeError, Message, Messages, Node, Value, natural};
use crate::recipe::{carry_out, projects};
use crate::state::{Moment, State};
use crate::theory::Closed;
use pi::{FunId, FunctionKind, NaturalOperation, Program, RuleTerm, TypeId};
use proof::attack::Recipe;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most assignments tried for one rule in one round.
const BRANCHES: usize = 5_000;
/// Most literals that one number is the sum of.
const SUMMANDS: usize = 2_000;
/// Deepest nesting of rules applied backwards.
const BACKWARDS: usize = 4;

/// An answer about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deduction {
    /// The attacker computes it so.
    Computes(Recipe),
    /// The attacker cannot compute it.
    Underivable,
    /// Neither was established.
    Unknown,
}

/// A rule the attacker can use: a closed destructor rule, or an equation read
/// as a rule for its head symbol.
#[derive(Clone, Debug)]
struct Tool {
    function: FunId,
    rule: Closed,
}

/// What a tool is applied to: the values, and how the attacker makes them.
type Arguments = (Vec<Value>, Vec<Recipe>);

/// What the attacker has, taken apart.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// Rules that uncover something.
    analysis: Vec<Tool>,
    /// Rules whose result is composed; used backwards.
    synthesis: Vec<Tool>,
    /// Known messages with recipes.
    known: BTreeMap<Message, Recipe>,
    /// In order of discovery.
    order: Vec<Message>,
    /// Messages known to be composable from `known`.
    composable: HashSet<Message>,
    /// Messages known not to be, until something is added.
    beyond: HashSet<Message>,
    /// A bound was hit, so absence means nothing.
    exhausted: bool,
    /// The outputs that were learnt by [`Knowledge::now`].
    outputs: Vec<Message>,
}

impl Knowledge {
    /// Nothing but public names and functions.
    #[must_use]
    pub fn new(program: &Program, messages: &Messages) -> Self {
        let mut analysis = Vec::new();
        let mut synthesis = Vec::new();
        let mut sort = |tool: Tool| match result_of(program, &tool.rule) {
            ResultKind::Useless => {}
            ResultKind::Part => analysis.push(tool),
            ResultKind::Composed => {
                analysis.push(tool.clone());
                synthesis.push(tool);
            }
        };
        let theory = messages.theory();
        for (function, rules) in &theory.destructors {
            if is_public(program, *function) {
                for rule in rules.iter().flatten() {
                    sort(Tool {
                        function: *function,
                        rule: rule.clone(),
                    });
                }
            }
        }
        for (function, rules) in &theory.convergent {
            if !is_public(program, *function) {
                continue;
            }
            for rule in rules {
                let RuleTerm::Apply(_, arguments) = &rule.left else {
                    continue;
                };
                let mut variables = BTreeMap::new();
                crate::theory::occurrences(&rule.left, &mut variables);
                let count = variables.keys().next_back().map_or(0, |v| *v as usize + 1);
                sort(Tool {
                    function: *function,
                    rule: Closed {
                        arguments: arguments.clone(),
                        result: rule.right.clone(),
                        types: vec![TypeId::ANY; count],
                        may_fail: vec![false; count],
                    },
                });
            }
        }
        Self {
            analysis,
            synthesis,
            known: BTreeMap::new(),
            order: Vec::new(),
            composable: HashSet::new(),
            beyond: HashSet::new(),
            exhausted: false,
            outputs: Vec::new(),
        }
    }

    /// What the attacker has got so far, given what it had at some moment of a run:
    /// if of this one, only what is new is learnt.
    pub fn now(
        program: &Program,
        messages: &mut Messages,
        state: &State<'_>,
        before: Option<Self>,
    ) -> Result<Self, ComputeError> {
        let mut frame = state.frame.iter().map(|(message, ..)| *message);
        let mut knowledge = before
            .filter(|k| k.outputs.iter().all(|m| frame.next() == Some(*m)))
            .unwrap_or_else(|| Self::new(program, messages));
        let known = knowledge.outputs.len();
        for (number, (message, ..)) in (0_u32..).zip(&state.frame).skip(known) {
            knowledge.learn(program, messages, *message, Recipe::Output(number))?;
            knowledge.outputs.push(*message);
        }
        Ok(knowledge)
    }

    /// What the attacker has got by a moment and phase of a run.
    pub fn at(
        program: &Program,
        messages: &mut Messages,
        state: &State<'_>,
        moment: Moment,
        phase: u32,
    ) -> Result<Self, ComputeError> {
        let mut knowledge = Self::new(program, messages);
        for (i, (message, when, during)) in state.frame.iter().enumerate() {
            if *when <= moment && *during <= phase {
                let number = u32::try_from(i).unwrap_or(u32::MAX);
                knowledge.learn(program, messages, *message, Recipe::Output(number))?;
            }
        }
        Ok(knowledge)
    }

    /// Adds a message with a recipe, and everything it uncovers.
    pub fn learn(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        message: Message,
        recipe: Recipe,
    ) -> Result<(), ComputeError> {
        if self.known.contains_key(&message) {
            return Ok(());
        }
        self.add(program, messages, message, recipe);
        while let Some((new, recipe)) = self.uncover(program, messages)? {
            self.add(program, messages, new, recipe);
        }
        Ok(())
    }

    /// How the attacker computes a message, if it was found that it can.
    pub fn recipe(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        target: Message,
    ) -> Result<Option<Recipe>, ComputeError> {
        if !self.composes(program, messages, target, 0, &mut BTreeSet::new())? {
            return Ok(None);
        }
        self.build(program, messages, target, 0, &mut BTreeSet::new())
    }

    /// As [`Self::recipe`], saying also when there is certainly none.
    pub fn decide(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        target: Message,
    ) -> Result<Deduction, ComputeError> {
        Ok(match self.recipe(program, messages, target)? {
            Some(recipe) => Deduction::Computes(recipe),
            None if self.exhausted || !self.synthesis.is_empty() => Deduction::Unknown,
            None => Deduction::Underivable,
        })
    }

    /// Adds a message, and the parts of data constructors and tuples in it.
    fn add(&mut self, program: &Program, messages: &Messages, message: Message, recipe: Recipe) {
        let mut stack = vec![(message, recipe)];
        while let Some((message, recipe)) = stack.pop() {
            if self.known.contains_key(&message) {
                continue;
            }
            for way in messages.ways(message) {
                if let Node::Apply(f, parts) = way
                    && projects(program, *f)
                {
                    for (i, part) in parts.iter().enumerate().rev() {
                        let i = u32::try_from(i).unwrap_or(u32::MAX);
                        stack.push((*part, Recipe::Project(f.0, i, Box::new(recipe.clone()))));
                    }
                }
            }
            self.known.insert(message, recipe);
            self.order.push(message);
            self.beyond.clear();
        }
    }

    /// One message that a rule uncovers and that cannot be composed yet.
    fn uncover(
        &mut self,
        program: &Program,
        messages: &mut Messages,
    ) -> Result<Option<(Message, Recipe)>, ComputeError> {
        let tools = core::mem::take(&mut self.analysis);
        let mut result = Ok(None);
        for tool in &tools {
            result = self.uncover_with(program, messages, tool);
            if !matches!(result, Ok(None)) {
                break;
            }
        }
        self.analysis = tools;
        result
    }

    fn uncover_with(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        tool: &Tool,
    ) -> Result<Option<(Message, Recipe)>, ComputeError> {
        let empty = vec![None; tool.rule.types.len()];
        let all = self.supply(program, messages, &tool.rule.arguments, empty, true)?;
        for bindings in all {
            let Some((arguments, recipes)) =
                self.arguments(program, messages, tool, bindings, 0, &mut BTreeSet::new())?
            else {
                continue;
            };
            let value = messages.apply(program, tool.function, &arguments)?;
            let Value::Message(new) = value else {
                continue;
            };
            if !self.composes(program, messages, new, 0, &mut BTreeSet::new())? {
                return Ok(Some((new, Recipe::Apply(tool.function.0, recipes))));
            }
        }
        Ok(None)
    }

    /// The arguments of a rule under bindings, unbound variables filled with
    /// something public, and recipes for them; `None` when one is out of reach.
    fn arguments(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        tool: &Tool,
        mut bindings: Bindings,
        depth: usize,
        pending: &mut BTreeSet<Message>,
    ) -> Result<Option<Arguments>, ComputeError> {
        bindings.resize(tool.rule.types.len(), None);
        for (i, slot) in bindings.iter_mut().enumerate() {
            if slot.is_none() {
                let Some(filler) = self.filler(program, messages, tool.rule.types[i]) else {
                    return Ok(None);
                };
                *slot = Some(Value::Message(filler));
            }
        }
        let mut values = Vec::new();
        let mut recipes = Vec::new();
        let parameters = program
            .functions
            .get(tool.function.0 as usize)
            .map_or(&[][..], |f| f.parameters.as_slice());
        for (i, pattern) in tool.rule.arguments.iter().enumerate() {
            let value = messages.instance(program, pattern, &bindings)?;
            let Value::Message(m) = value else {
                return Ok(None);
            };
            let well_typed = parameters
                .get(i)
                .is_none_or(|ty| messages.fits(program, m, *ty));
            if !well_typed || !self.composes(program, messages, m, depth, pending)? {
                return Ok(None);
            }
            let Some(recipe) = self.build(program, messages, m, depth, pending)? else {
                return Ok(None);
            };
            values.push(value);
            recipes.push(recipe);
        }
        Ok(Some((values, recipes)))
    }

    /// Any message of a type that the attacker has without help.
    fn filler(&self, program: &Program, messages: &mut Messages, ty: TypeId) -> Option<Message> {
        let truth = messages.boolean(true);
        if messages.fits(program, truth, ty) {
            return Some(truth);
        }
        let public = program.names.iter().position(|n| !n.private && n.ty == ty);
        if let Some(n) = public {
            return Some(messages.free(pi::NameId(u32::try_from(n).ok()?)));
        }
        self.order
            .iter()
            .copied()
            .find(|m| messages.fits(program, *m, ty))
    }

    /// Assignments under which each pattern is known or composed from known
    /// parts. With `some_known`, at least one pattern or part of one is known.
    fn supply(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        patterns: &[RuleTerm],
        bindings: Bindings,
        some_known: bool,
    ) -> Result<Vec<Bindings>, ComputeError> {
        let mut found = Vec::new();
        let mut stack = vec![(patterns.to_vec(), bindings, !some_known)];
        let mut branches = 0;
        while let Some((mut goals, bindings, enough)) = stack.pop() {
            branches += 1;
            if branches > BRANCHES {
                self.exhausted = true;
                break;
            }
            // Variables wait: either another pattern binds them or anything
            // will do.
            let Some(next) = goals.iter().position(|g| matches!(g, RuleTerm::Apply(..))) else {
                if enough && !goals.contains(&RuleTerm::Fail) {
                    found.push(bindings);
                }
                continue;
            };
            let goal = goals.remove(next);
            let RuleTerm::Apply(f, parts) = &goal else {
                continue;
            };
            if is_public(program, *f) && !parts.is_empty() {
                let mut below = goals.clone();
                below.extend(parts.iter().cloned());
                stack.push((below, bindings.clone(), enough));
            } else if is_public(program, *f) {
                stack.push((goals.clone(), bindings.clone(), enough));
            }
            let counts = natural(program, *f).is_some();
            for known in self.order.iter().rev() {
                let mut ways = messages.ways(*known).iter();
                if !counts && !ways.any(|way| matches!(way, Node::Apply(g, _) if g == f)) {
                    continue;
                }
                let goal = core::slice::from_ref(&goal);
                for bound in messages.all_matches(program, goal, &[*known], bindings.clone())? {
                    stack.push((goals.clone(), bound, true));
                }
            }
        }
        Ok(found)
    }

    /// Whether a message can be composed.
    fn composes(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        target: Message,
        depth: usize,
        pending: &mut BTreeSet<Message>,
    ) -> Result<bool, ComputeError> {
        if self.known.contains_key(&target) || self.composable.contains(&target) {
            return Ok(true);
        }
        if self.beyond.contains(&target) {
            return Ok(false);
        }
        let mut yes = false;
        for way in messages.ways(target).to_vec() {
            yes = match way {
                Node::Attacker(..) => true,
                Node::Free(n) => program
                    .names
                    .get(n.0 as usize)
                    .is_some_and(|name| !name.private),
                Node::Fresh(..) => false,
                Node::Successor(below) => {
                    self.composes(program, messages, below, depth, pending)?
                }
                Node::Natural(n) => {
                    let counts = number(program, n).is_some();
                    self.exhausted |= !counts;
                    counts
                }
                Node::Apply(f, parts) => {
                    let mut all = is_public(program, f);
                    for part in parts.iter() {
                        all = all && self.composes(program, messages, *part, depth, pending)?;
                    }
                    all
                }
            };
            if yes {
                break;
            }
        }
        if !yes {
            yes = self
                .backwards(program, messages, target, depth, pending)?
                .is_some();
        }
        if yes {
            self.composable.insert(target);
        } else if depth == 0 && pending.is_empty() {
            // Further in, the answer may depend on what is pending.
            self.beyond.insert(target);
        }
        Ok(yes)
    }

    /// A recipe for a composable message.
    fn build(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        target: Message,
        depth: usize,
        pending: &mut BTreeSet<Message>,
    ) -> Result<Option<Recipe>, ComputeError> {
        if let Some(recipe) = self.known.get(&target) {
            return Ok(Some(recipe.clone()));
        }
        'ways: for way in messages.ways(target).to_vec() {
            match way {
                Node::Attacker(n, _) => return Ok(Some(Recipe::Fresh(n))),
                Node::Free(n) => {
                    let public = program.names.get(n.0 as usize).is_some_and(|n| !n.private);
                    if public {
                        return Ok(Some(Recipe::Name(n.0)));
                    }
                }
                Node::Fresh(..) => {}
                Node::Successor(below) => {
                    let below = self.build(program, messages, below, depth, pending)?;
                    if let (Some(below), Some((sum, one))) = (below, above(program)) {
                        return Ok(Some(Recipe::Apply(sum, vec![below, one])));
                    }
                }
                Node::Natural(n) => {
                    if let Some(recipe) = number(program, n) {
                        return Ok(Some(recipe));
                    }
                }
                Node::Apply(f, parts) => {
                    if !is_public(program, f) {
                        continue;
                    }
                    let mut recipes = Vec::with_capacity(parts.len());
                    for part in parts.iter() {
                        if !self.composes(program, messages, *part, depth, pending)? {
                            continue 'ways;
                        }
                        match self.build(program, messages, *part, depth, pending)? {
                            Some(recipe) => recipes.push(recipe),
                            None => continue 'ways,
                        }
                    }
                    return Ok(Some(Recipe::Apply(f.0, recipes)));
                }
            }
        }
        self.backwards(program, messages, target, depth, pending)
    }

    /// A recipe that ends in a rule whose result is the target.
    fn backwards(
        &mut self,
        program: &Program,
        messages: &mut Messages,
        target: Message,
        depth: usize,
        pending: &mut BTreeSet<Message>,
    ) -> Result<Option<Recipe>, ComputeError> {
        if self.synthesis.is_empty() || depth >= BACKWARDS || !pending.insert(target) {
            return Ok(None);
        }
        let tools = self.synthesis.clone();
        let mut answer = None;
        'tools: for tool in &tools {
            let result = core::slice::from_ref(&tool.rule.result);
            let empty = vec![None; tool.rule.types.len()];
            for start in messages.all_matches(program, result, &[target], empty)? {
                let all = self.supply(program, messages, &tool.rule.arguments, start, false)?;
                for bindings in all {
                    let next = depth + 1;
                    let found = self.arguments(program, messages, tool, bindings, next, pending)?;
                    let Some((values, recipes)) = found else {
                        continue;
                    };
                    let value = messages.apply(program, tool.function, &values)?;
                    if value == Value::Message(target) {
                        answer = Some(Recipe::Apply(tool.function.0, recipes));
                        break 'tools;
                    }
                }
            }
        }
        pending.remove(&target);
        Ok(answer)
    }
}

/// How the attacker computes a message at the end of a run, if it was found
/// that it can; the recipe has been carried out and yields the message.
pub fn deduce(
    program: &Program,
    messages: &mut Messages,
    state: &State<'_>,
    target: Message,
) -> Result<Option<Recipe>, ComputeError> {
    let mut knowledge = Knowledge::at(program, messages, state, Moment::MAX, u32::MAX)?;
    let found = knowledge.recipe(program, messages, target)?;
    Ok(found.filter(|recipe| carry_out(program, messages, state, recipe) == Ok(target)))
}

enum ResultKind {
    /// A constant or failure: nothing new.
    Useless,
    /// A part of an argument.
    Part,
    /// Something else.
    Composed,
}

fn result_of(program: &Program, rule: &Closed) -> ResultKind {
    match &rule.result {
        RuleTerm::Fail => ResultKind::Useless,
        RuleTerm::Var(v) => {
            let bare = rule
                .arguments
                .iter()
                .any(|a| matches!(a, RuleTerm::Var(w) if w == v));
            if bare {
                ResultKind::Useless
            } else {
                ResultKind::Part
            }
        }
        RuleTerm::Apply(f, parts) if parts.is_empty() && is_public(program, *f) => {
            ResultKind::Useless
        }
        result => {
            if rule.arguments.iter().any(|a| contains(a, result)) {
                ResultKind::Part
            } else {
                ResultKind::Composed
            }
        }
    }
}

fn contains(term: &RuleTerm, part: &RuleTerm) -> bool {
    term == part
        || match term {
            RuleTerm::Apply(_, arguments) => arguments.iter().any(|a| contains(a, part)),
            RuleTerm::Fail | RuleTerm::Var(_) => false,
        }
}

/// Whether the attacker can apply a function.
pub(crate) fn is_public(program: &Program, function: FunId) -> bool {
    program
        .functions
        .get(function.0 as usize)
        .is_some_and(|f| !f.private)
}

/// `+` and `1`.
fn above(program: &Program) -> Option<(u32, Recipe)> {
    let sum = FunctionKind::Natural(NaturalOperation::Add);
    let (sum, _) = (0_u32..)
        .zip(&program.functions)
        .find(|(_, f)| f.kind == sum)?;
    Some((sum, number(program, 1)?))
}

/// A number by the literals of the program and `+`.
fn number(program: &Program, value: u64) -> Option<Recipe> {
    let operation = |wanted: NaturalOperation| {
        (0_u32..)
            .zip(&program.functions)
            .find(|(_, f)| f.kind == FunctionKind::Natural(wanted))
            .map(|(n, _)| n)
    };
    let literal = |n| {
        operation(NaturalOperation::Literal(n)).map(|function| Recipe::Apply(function, Vec::new()))
    };
    let literals = program.functions.iter().filter_map(|f| match f.kind {
        FunctionKind::Natural(NaturalOperation::Literal(n)) => Some(n),
        _ => None,
    });
    let mut below: Vec<u64> = literals.filter(|n| *n > 0 && *n <= value).collect();
    below.sort_unstable();
    let mut rest = value;
    let mut recipe: Option<Recipe> = None;
    // The largest first, each as often as it goes, within reason.
    for _ in 0..SUMMANDS {
        if rest == 0 {
            break;
        }
        let next = *below.iter().rev().find(|n| **n <= rest)?;
        rest -= next;
        let summand = literal(next)?;
        recipe = Some(match recipe {
            None => summand,
            Some(sum) => Recipe::Apply(operation(NaturalOperation::Add)?, vec![sum, summand]),
        });
    }
    if rest > 0 {
        return None;
    }
    recipe.or_else(|| literal(0))
}
