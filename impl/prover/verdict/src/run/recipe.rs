//! Attacker nodes of a derivation as recipes.

use super::perform::Performance;
use super::script::Source;
use super::types::function;
use horn::Origin;
use logic::{Predicate, Symbol, TermId, View};
use pi::{FunId, NameId, TypeId};
use proof::attack::{Recipe, Step};
use semantics::{Happened, Message};

/// Longest recipe, in nodes; derivations share what recipes repeat.
const LENGTH: usize = 50_000;

impl<'p> Performance<'_, 'p> {
    /// How the attacker computes what a node derives; everything it uses has
    /// been sent before.
    pub(super) fn recipe(&mut self, node: u32) -> Result<Recipe, String> {
        if let Some(recipe) = self.recipes.get(&node) {
            return Ok(recipe.clone());
        }
        let recipe = if self.manner.known {
            self.deduced(node)?
        } else {
            self.new_recipe(node)?
        };
        let recipe = self.shortest(recipe)?;
        if recipe.size() > LENGTH {
            return Err("a message of the attacker takes too long to write down".into());
        }
        self.recipes.insert(node, recipe.clone());
        Ok(recipe)
    }

    fn new_recipe(&mut self, node: u32) -> Result<Recipe, String> {
        let derivation = self.script.node(node).ok_or("the derivation has a gap")?;
        let premises = &derivation.premises;
        match self.script.source(node) {
            Source::Assumed => match derivation.fact.arguments.as_slice() {
                [term] => self.composed(*term).or_else(|open| {
                    let known = self.deduced(node);
                    known.map_err(|_| open)
                }),
                _ => Err("the derivation assumes something that is no message".into()),
            },
            Source::Clause(Origin::Apply { function, .. }) => {
                let arguments = premises
                    .iter()
                    .map(|p| self.recipe(*p))
                    .collect::<Result<_, _>>()?;
                Ok(Recipe::Apply(
                    function.0,
                    self.with_one(*function, arguments),
                ))
            }
            Source::Clause(Origin::Project {
                function,
                component,
            }) => {
                let whole = premises.first().ok_or("the derivation has a gap")?;
                let whole = self.recipe(*whole)?;
                if let Some(less) = self.one_less(*function, &whole) {
                    return Ok(less);
                }
                Ok(Recipe::Project(function.0, *component, Box::new(whole)))
            }
            Source::Clause(Origin::Compromised) => {
                Err("the derivation uses a name of a compromised session".into())
            }
            Source::Clause(Origin::Fresh) => match derivation.fact.arguments.first() {
                Some(term) => self.fresh(*term),
                None => Err("the derivation has a gap".into()),
            },
            Source::Clause(Origin::Initial(name)) => Ok(Recipe::Name(name.0)),
            Source::Clause(Origin::NextPhase | Origin::Listen) => {
                let first = premises.first().ok_or("the derivation has a gap")?;
                let predicate = self.script.node(*first).map(|n| n.fact.predicate);
                if matches!(predicate, Some(Predicate::Message(_))) {
                    return self.heard(*first);
                }
                self.recipe(*first)
            }
            Source::Clause(Origin::Process(_)) => self.heard(node),
            Source::Clause(Origin::Send | Origin::Goal(_) | Origin::User(_))
            | Source::Goal
            | Source::Unknown => Err("the derivation uses something else as a message".into()),
        }
    }

    /// The output with which a copy sent what a node derives, or the recipe of
    /// what the attacker sent itself.
    fn heard(&mut self, node: u32) -> Result<Recipe, String> {
        if let Source::Clause(Origin::Send) = self.script.source(node) {
            return self.attacker_sends(node);
        }
        let Some((node, origin)) = self.script.process(node) else {
            return Err("the derivation uses a message that nobody sends".into());
        };
        if self.is_left_out(node) {
            return self.deduced(node);
        }
        let copy = self.copy_of(node)?;
        match self
            .run
            .state
            .sent()
            .iter()
            .find(|s| s.copy == copy && s.point == origin.action)
        {
            Some(sent) => match sent.output {
                Some(number) => Ok(Recipe::Output(number)),
                None => Err(format!(
                    "{}: the message went to another copy, and the attacker did not hear it",
                    self.place(origin.span)
                )),
            },
            None => {
                // Nobody has come to read it, so the attacker may.
                self.send_to_attacker(copy)?;
                self.run
                    .state
                    .sent()
                    .last()
                    .and_then(|s| s.output)
                    .map(Recipe::Output)
                    .ok_or_else(|| "the message was not sent".to_owned())
            }
        }
    }

    /// How the attacker computes what a node that is left out would have sent.
    fn deduced(&mut self, node: u32) -> Result<Recipe, String> {
        let beyond = || "a message is needed that the attacker cannot compute by then".to_owned();
        let term = self.script.message(node).ok_or_else(beyond)?;
        let message = self.concrete(term)?.ok_or_else(beyond)?;
        self.computes(message)?.ok_or_else(beyond)
    }

    /// The message that a term of the derivation has become in the run, as far
    /// as its names have been made.
    pub(super) fn concrete(&mut self, term: TermId) -> Result<Option<Message>, String> {
        if let Some(known) = self.concrete.get(&term) {
            return Ok(Some(*known));
        }
        let message = match self.translation.store.view(term) {
            View::Var(_) => {
                let recipe = self.fresh(term)?;
                let made = self.semantics.carry_out(&self.run.state, &recipe);
                Some(made.map_err(|e| e.to_string())?)
            }
            View::Apply(symbol, arguments) => {
                let arguments = arguments.to_vec();
                self.concrete_application(symbol, &arguments)?
            }
        };
        if let Some(message) = message {
            self.concrete.insert(term, message);
        }
        Ok(message)
    }

    fn concrete_application(
        &mut self,
        symbol: Symbol,
        arguments: &[TermId],
    ) -> Result<Option<Message>, String> {
        let number = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
        let symbols = &self.translation.symbols;
        if let Some(numbers) = symbols.numbers {
            if symbol == numbers.zero {
                return Ok(Some(self.semantics.messages_mut().natural(0)));
            }
            if let (true, [below]) = (symbol == numbers.successor, arguments) {
                let Some(below) = self.concrete(*below)? else {
                    return Ok(None);
                };
                let one = self.semantics.messages_mut().natural(1);
                let program = self.semantics.program();
                let sum = program
                    .functions
                    .iter()
                    .position(|f| f.kind == pi::FunctionKind::Natural(pi::NaturalOperation::Add));
                let sum = sum.ok_or("the program has no sums")?;
                let values = [below, one].map(semantics::Value::Message);
                let messages = self.semantics.messages_mut();
                let above = messages.apply(program, FunId(number(sum)), &values);
                return Ok(above.map_err(|e| e.to_string())?.message());
            }
        }
        if let Some(n) = symbols.names.iter().position(|s| *s == symbol) {
            return Ok(Some(self.semantics.messages_mut().free(NameId(number(n)))));
        }
        if let Some(f) = function(self.semantics.program(), symbols, symbol) {
            let mut messages = Vec::with_capacity(arguments.len());
            for argument in arguments {
                match self.concrete(*argument)? {
                    Some(message) => messages.push(message),
                    None => return Ok(None),
                }
            }
            let program = self.semantics.program();
            return self
                .semantics
                .messages_mut()
                .construct(program, f, messages)
                .map(Some)
                .map_err(|e| e.to_string());
        }
        let Some((binder, name)) = symbols.fresh.iter().find(|(_, n)| n.symbol == symbol) else {
            return Ok(None);
        };
        // The kind of the session comes first.
        let kind = usize::from(symbols.kinds.is_some());
        let sessions: Vec<_> = name
            .sessions
            .iter()
            .copied()
            .zip(arguments.iter().copied().skip(kind))
            .collect();
        let copies = self.copies_with(&sessions);
        let made = self.run.steps.iter().flat_map(|s| &s.happened);
        let found = made.into_iter().find_map(|h| match h {
            Happened::Created {
                copy,
                binder: b,
                name,
            } if b == binder && (sessions.is_empty() || copies.contains(copy)) => Some(*name),
            _ => None,
        });
        Ok(found)
    }

    /// The message of a `mess` fact that the attacker derives by sending.
    pub(super) fn attacker_sends(&mut self, node: u32) -> Result<Recipe, String> {
        let message = self.script.message(node);
        let premises = self.script.node(node).map_or(&[][..], |n| &n.premises);
        match premises
            .iter()
            .rev()
            .find(|p| self.script.message(**p) == message)
        {
            Some(p) => self.recipe(*p),
            None => Err("the derivation has a gap".into()),
        }
    }

    /// A term of the derivation from public symbols, fresh names for variables.
    fn composed(&mut self, term: TermId) -> Result<Recipe, String> {
        if let Some((base, count)) = self.counted(term) {
            let base = base.map(|b| self.composed(b)).transpose()?;
            return self.sum(base, count);
        }
        let (symbol, arguments) = match self.translation.store.view(term) {
            View::Var(_) => return self.fresh(term),
            View::Apply(symbol, arguments) => (symbol, arguments.to_vec()),
        };
        let symbols = &self.translation.symbols;
        let number = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
        if let Some(n) = symbols.names.iter().position(|s| *s == symbol) {
            return Ok(Recipe::Name(NameId(number(n)).0));
        }
        if let Some(f) = function(self.semantics.program(), symbols, symbol) {
            let arguments = arguments
                .into_iter()
                .map(|a| self.composed(a))
                .collect::<Result<_, _>>()?;
            return Ok(Recipe::Apply(f.0, arguments));
        }
        Err("the attacker would need a name that it has not heard by then".into())
    }

    /// The attacker name that stands for a term, made when first needed.
    fn fresh(&mut self, term: TermId) -> Result<Recipe, String> {
        if let Some(instead) = self.bend.get(&term).copied() {
            if let Ok(recipe) = self.composed(instead) {
                return Ok(recipe);
            }
            let beyond = || "the attacker does not know what a copy has received".to_owned();
            let message = self.concrete(instead)?.ok_or_else(beyond)?;
            return self.computes(message)?.ok_or_else(beyond);
        }
        if let Some(value) = self.numbers.get(&term).copied() {
            return self.sum(None, value);
        }
        if let Some(number) = self.fresh_names.get(&term) {
            return Ok(Recipe::Fresh(*number));
        }
        let ty = self.types.get(&term).copied();
        if ty == Some(TypeId::NAT) && !self.semantics.program().settings.ignore_types {
            // There are no names among the numbers; what may differ does.
            let next = self
                .numbers
                .values()
                .max()
                .map_or(0, |n| n.saturating_add(1));
            self.numbers.insert(term, next);
            return self.sum(None, next);
        }
        let number = u32::try_from(self.run.state.attacker_names().len()).unwrap_or(u32::MAX);
        self.take(&Step::Fresh {
            ty: ty.unwrap_or(TypeId::BITSTRING).0,
        })?;
        self.fresh_names.insert(term, number);
        Ok(Recipe::Fresh(number))
    }

    /// A message that was heard as it is needs no computation.
    fn shortest(&mut self, recipe: Recipe) -> Result<Recipe, String> {
        let message = self
            .semantics
            .carry_out(&self.run.state, &recipe)
            .map_err(|e| e.to_string())?;
        let heard = self.run.state.outputs().position(|m| m == message);
        Ok(match heard {
            Some(i) if recipe.size() > 1 => Recipe::Output(u32::try_from(i).unwrap_or(u32::MAX)),
            _ => recipe,
        })
    }
}
