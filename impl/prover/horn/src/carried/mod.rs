//! Nested events that say more than they are given.
//!
//! In `e(x,y) ==> (b(x) ==> a(x,y))` the y of `a` is that of `e`, and `b` does not say
//! it: [`crate::nested`] cannot ask `b ==> a` by itself. Where a copy that executes
//! `b` knows its y, the event may carry it. So the query is asked of programs with an
//! event `b(x,y)` in place of `b(x)`, in which each `event b(M)` of the process says the
//! value of some variable in scope besides.
//!
//! Such a program has the same runs: a variable always has a value, and what an event
//! says is seen by nobody. Where anything else speaks of `b`, it does not ask what is
//! carried: there is a variable of its own in that place. The query asked of the
//! program, `e(x,y) ==> (b(x,y) ==> a(x,y))`, is that of the source with one conjunct
//! more, so it is no weaker, whatever is carried. Which variables are worth a try is a
//! guess: what an event before `b` says in the place of y, then what was bound last.

mod site;

use pi::{Correspondence, EventId, Formula, Program, QueryKind, QueryTerm, QueryVariable, TypeId};
use site::Sites;

/// Most programs that are tried, and variables that an event may carry.
const CHOICES: usize = 4;

/// What an event carries besides.
pub(crate) struct Column {
    event: EventId,
    /// The variable of the query.
    variable: u32,
    ty: TypeId,
    /// Events below in the query that say it, and where.
    ties: Vec<(EventId, usize)>,
}

/// Programs with the same runs, of which the query asks no less than of this one;
/// often none. They are not programs to look for runs in: their events say more.
#[must_use]
pub fn carried(program: &Program, query: u32) -> Vec<Program> {
    let Some(QueryKind::Correspondence(asked)) =
        program.queries.get(query as usize).map(|q| &q.kind)
    else {
        return Vec::new();
    };
    let columns = match columns(asked) {
        Some(columns) if !columns.is_empty() => columns,
        _ => return Vec::new(),
    };
    let mut widened = program.clone();
    for column in &columns {
        let Some(event) = widened.events.get_mut(column.event.0 as usize) else {
            return Vec::new();
        };
        event.parameters.push(column.ty);
    }
    for (number, asked) in (0..).zip(&mut widened.queries) {
        if let QueryKind::Correspondence(statement) = &mut asked.kind {
            widen(statement, &columns, number == query);
        }
    }
    for lemma in &mut widened.lemmas {
        widen(&mut lemma.statement, &columns, false);
    }
    for stated in &mut widened.not_facts {
        Widening::of(&columns, &mut stated.variables, false).formula(&mut stated.fact);
    }
    for hint in &mut widened.hints {
        Widening::of(&columns, &mut hint.variables, false).formula(&mut hint.fact);
    }
    let mut found = Vec::new();
    for choice in 0..CHOICES {
        let mut program = widened.clone();
        let choices = Sites::widen(&mut program, &columns, choice);
        found.push(program);
        if choice + 1 >= choices {
            break;
        }
    }
    found
}

/// What events have to carry; `None` if it cannot be said.
fn columns(asked: &Correspondence) -> Option<Vec<Column>> {
    let mut nested = Vec::new();
    nests(&asked.conclusion, &mut nested);
    let mut columns: Vec<Column> = Vec::new();
    for (middle, inner) in nested {
        let Formula::Event { event, .. } = middle else {
            return None;
        };
        let (mut fixed, mut inside, mut outside) = Default::default();
        middle.variables(&mut fixed);
        inner.variables(&mut inside);
        for p in &asked.premises {
            p.variables(&mut outside);
        }
        crate::nested::variables_but(&asked.conclusion, inner, &mut outside);
        if columns.iter().any(|c| c.event == *event) {
            return None;
        }
        for variable in inside.intersection(&outside).filter(|v| !fixed.contains(v)) {
            let ty = asked.variables.get(*variable as usize)?.ty;
            if ty == TypeId::TIME || ty == TypeId::SID {
                return None;
            }
            let mut ties = Vec::new();
            tied(inner, *variable, &mut ties);
            columns.push(Column {
                event: *event,
                variable: *variable,
                ty,
                ties,
            });
        }
    }
    Some(columns)
}

fn nests<'a>(formula: &'a Formula, into: &mut Vec<(&'a Formula, &'a Formula)>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|p| nests(p, into)),
        Formula::Nested(middle, inner) => {
            into.push((middle, inner));
            nests(inner, into);
        }
        _ => {}
    }
}

/// The events that say a variable.
fn tied(formula: &Formula, variable: u32, into: &mut Vec<(EventId, usize)>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => {
            parts.iter().for_each(|p| tied(p, variable, into));
        }
        Formula::Nested(fact, inner) => {
            tied(fact, variable, into);
            tied(inner, variable, into);
        }
        Formula::Event {
            event, arguments, ..
        } => {
            let at = arguments
                .iter()
                .position(|a| *a == QueryTerm::Var(variable));
            into.extend(at.map(|at| (*event, at)));
        }
        _ => {}
    }
}

fn widen(statement: &mut Correspondence, columns: &[Column], asked: bool) {
    let Correspondence {
        variables,
        premises,
        conclusion,
        ..
    } = statement;
    let mut widening = Widening::of(columns, variables, asked);
    for premise in premises {
        widening.formula(premise);
    }
    widening.formula(conclusion);
}

struct Widening<'a> {
    columns: &'a [Column],
    variables: &'a mut Vec<QueryVariable>,
    /// Whether this is the query for which events carry something.
    asked: bool,
}

impl<'a> Widening<'a> {
    fn of(columns: &'a [Column], variables: &'a mut Vec<QueryVariable>, asked: bool) -> Self {
        Self {
            columns,
            variables,
            asked,
        }
    }

    fn formula(&mut self, formula: &mut Formula) {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => {
                parts.iter_mut().for_each(|p| self.formula(p));
            }
            Formula::Nested(middle, inner) => {
                self.event(middle, self.asked);
                self.formula(inner);
            }
            other => self.event(other, false),
        }
    }

    /// What is carried is that of the query, or anything.
    fn event(&mut self, fact: &mut Formula, same: bool) {
        let Formula::Event {
            event, arguments, ..
        } = fact
        else {
            return;
        };
        for column in self.columns.iter().filter(|c| c.event == *event) {
            let variable = if same {
                column.variable
            } else {
                let unknown = u32::try_from(self.variables.len()).unwrap_or(u32::MAX);
                self.variables.push(QueryVariable {
                    name: format!("carried{unknown}"),
                    ty: column.ty,
                });
                unknown
            };
            arguments.push(QueryTerm::Var(variable));
        }
    }
}
