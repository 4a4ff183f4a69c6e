//! Carrying out recipes: what the attacker can compute, and nothing else.

use crate::error::StepError;
use crate::messages::{Message, Messages, Value, opens};
use crate::state::{Moment, State};
use pi::{FunId, FunctionKind, NameId, Program};
use proof::attack::Recipe;

fn refuse(why: impl Into<String>) -> StepError {
    StepError::Recipe { why: why.into() }
}

/// The message a recipe yields now. Private functions and names are refused,
/// and so are, when the attacker respects types, ill-typed applications.
pub fn carry_out(
    program: &Program,
    messages: &mut Messages,
    state: &State<'_>,
    recipe: &Recipe,
) -> Result<Message, StepError> {
    match recipe {
        Recipe::Apply(f, arguments) => {
            let function = FunId(*f);
            let declared = program
                .functions
                .get(*f as usize)
                .ok_or_else(|| refuse(format!("there is no function number {f}")))?;
            if declared.private {
                return Err(refuse(format!("`{}` is private", declared.name)));
            }
            let mut values = Vec::with_capacity(arguments.len());
            for (i, argument) in arguments.iter().enumerate() {
                let value = carry_out(program, messages, state, argument)?;
                let ty = declared.parameters.get(i).copied();
                if ty.is_some_and(|ty| !messages.fits(program, value, ty)) {
                    return Err(refuse(format!(
                        "argument {} of `{}` has another type",
                        i + 1,
                        declared.name
                    )));
                }
                values.push(Value::Message(value));
            }
            let value = messages
                .apply(program, function, &values)
                .map_err(|e| refuse(e.to_string()))?;
            value
                .message()
                .ok_or_else(|| refuse(format!("`{}` fails", declared.name)))
        }
        Recipe::Fresh(n) => match state.attacker_names.get(*n as usize) {
            Some(ty) => Ok(messages.attacker(*n, *ty)),
            None => Err(refuse(format!("attacker name {n} has not been made"))),
        },
        Recipe::Name(n) => match program.names.get(*n as usize) {
            Some(name) if !name.private => Ok(messages.free(NameId(*n))),
            Some(name) => Err(refuse(format!("the name `{}` is private", name.name))),
            None => Err(refuse(format!("there is no free name number {n}"))),
        },
        Recipe::Output(n) => match state.frame.get(*n as usize) {
            Some((message, _, _)) => Ok(*message),
            None => Err(refuse(format!("output {n} has not happened"))),
        },
        Recipe::Project(f, component, of) => {
            let function = FunId(*f);
            let whole = carry_out(program, messages, state, of)?;
            let name = program
                .functions
                .get(*f as usize)
                .map_or("?", |d| d.name.as_str());
            if !projects(program, function) {
                return Err(refuse(format!("`{name}` cannot be taken apart")));
            }
            messages
                .open(program, whole, function)
                .and_then(|parts| parts.get(*component as usize).copied())
                .ok_or_else(|| refuse(format!("the message is not a `{name}` with that part")))
        }
    }
}

/// Whether the attacker may take a function apart: data constructors, tuples,
/// and type converters.
pub(crate) fn projects(program: &Program, function: FunId) -> bool {
    opens(program, function)
        || matches!(
            program.functions.get(function.0 as usize).map(|f| &f.kind),
            Some(FunctionKind::Constructor {
                type_converter: true,
                ..
            })
        )
}

/// The moment and the phase from which on the attacker can carry a recipe out:
/// those of the latest output it uses, 0 for none.
#[must_use]
pub fn available(state: &State<'_>, recipe: &Recipe) -> (Moment, u32) {
    let mut latest = (0, 0);
    recipe.visit(&mut |r| {
        if let Recipe::Output(n) = r
            && let Some((_, moment, phase)) = state.frame.get(*n as usize)
        {
            latest = (latest.0.max(*moment), latest.1.max(*phase));
        }
    });
    latest
}
