//! The steps of one role, as a tree.
//!
//! ```text
//!  new ── let ── out ── in ── let? ── if? ── event ── end
//!                             └ stuck  └ stuck
//! ```
//!
//! A fallible step has two ways on. A missing one is a stop: of the `then` it
//! is the end of the role, of the `otherwise` it is the point where the model
//! refuses. A test that *fails*, as opposed to one that is false, stops too,
//! whatever the `otherwise` says (ProVerif manual, section 3.1.4).

use core::fmt::Write as _;

use pi::{EventId, Pattern, PointId, Program, Span, TableId, Term, VarId};

use crate::text::{self, Inlined};

/// Index of a step in its [`StepTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub(crate) usize);

/// What one role does, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepTree {
    /// Name of the process macro.
    pub role: String,
    /// Its parameters with the arguments of the one call.
    pub parameters: Vec<(VarId, Term)>,
    /// Where the macro is called.
    pub call: Span,
    pub(crate) steps: Vec<Step>,
    /// Absent for a role that does nothing.
    pub(crate) first: Option<StepId>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its number in the expanded program.
    pub point: PointId,
    /// Where it is written.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
    /// The step after it; absent at the end of the role.
    pub then: Option<StepId>,
    /// The step after a test that is false or a pattern that does not match;
    /// absent where the model stops.
    pub otherwise: Option<StepId>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// Continues as another process macro.
    Call {
        /// Its name.
        name: String,
        /// Parameters and arguments.
        bindings: Vec<(VarId, Term)>,
    },
    /// Reaches an event.
    Event {
        /// Which.
        event: EventId,
        /// With what.
        arguments: Vec<Term>,
    },
    /// Looks up a row of a table.
    Get {
        /// Which table.
        table: TableId,
        /// One per column.
        patterns: Vec<Pattern>,
        /// `suchthat`.
        condition: Option<Term>,
    },
    /// Tests.
    If {
        /// Condition.
        condition: Term,
    },
    /// Receives.
    Input {
        /// What is accepted.
        pattern: Pattern,
    },
    /// Adds a row to a table.
    Insert {
        /// Which table.
        table: TableId,
        /// The row.
        arguments: Vec<Term>,
    },
    /// Computes, takes apart, compares.
    Let {
        /// What is matched.
        pattern: Pattern,
        /// With what.
        value: Term,
    },
    /// Chooses a fresh name.
    New {
        /// Its variable.
        name: VarId,
    },
    /// Sends.
    Output {
        /// The message.
        message: Term,
    },
    /// Goes on as several processes at once, in any order.
    Parallel {
        /// The first step of each; all have to end before the role has.
        branches: Vec<StepId>,
    },
}

impl StepTree {
    /// The step with this index.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.0)
    }

    /// All steps in text order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Steps at which the model may refuse.
    #[must_use]
    pub fn checks(&self, program: &Program) -> usize {
        let checks = self.steps.iter().filter(|step| step.is_check(program));
        checks.count()
    }

    /// The tree as text, one step a line, terms with every `letfun` opened:
    /// the form that is kept under review.
    #[must_use]
    pub fn print(&self, program: &Program) -> String {
        let mut out = String::new();
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|(variable, argument)| {
                let name = text::variable(program, *variable);
                let argument = text::term(program, argument, &Inlined::default());
                format!("{name} <- {argument}")
            })
            .collect();
        let _ = writeln!(out, "role {}({})", self.role, parameters.join(", "));
        for (number, step) in self.steps.iter().enumerate() {
            let at = program.sources.position(step.span);
            let file = program
                .sources
                .file(step.span.file)
                .map_or("?", |file| &file.name);
            let way = |id: Option<StepId>| id.map_or("-".to_owned(), |id| id.0.to_string());
            let _ = write!(
                out,
                "{number:>4}  {:<5} {}",
                step.kind.name(),
                step.kind.print(program)
            );
            if step.then != Some(StepId(number + 1)) {
                let _ = write!(out, "  then {}", way(step.then));
            }
            if step.otherwise.is_some() {
                let _ = write!(out, "  else {}", way(step.otherwise));
            }
            let _ = writeln!(out, "  [{file}:{}:{}]", at.line, at.column);
        }
        out
    }

    /// The same without places, which a comment in the model moves.
    pub(crate) fn print_without_places(&self, program: &Program) -> String {
        let printed = self.print(program);
        let lines = printed
            .lines()
            .map(|line| line.rsplit_once("  [").map_or(line, |(step, _)| step));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

impl Step {
    /// Whether the model may refuse here.
    #[must_use]
    pub fn is_check(&self, program: &Program) -> bool {
        match &self.kind {
            StepKind::If { condition } => !is_trivial(program, condition),
            StepKind::Get { .. } => true,
            StepKind::Input { pattern } => !is_variable(pattern),
            StepKind::Let { pattern, value } => {
                !is_variable(pattern) || text::may_fail(program, value)
            }
            StepKind::Call { .. }
            | StepKind::Event { .. }
            | StepKind::Insert { .. }
            | StepKind::New { .. }
            | StepKind::Output { .. }
            | StepKind::Parallel { .. } => false,
        }
    }
}

/// Whether a condition compares a message with itself, as one does that a
/// linked library has nothing to check for.
fn is_trivial(program: &Program, condition: &Term) -> bool {
    let pi::TermKind::Apply(pi::FunId::EQUAL, sides) = &condition.kind else {
        return false;
    };
    let [left, right] = sides.as_slice() else {
        return false;
    };
    let print = |term| text::term(program, term, &Inlined::default());
    !text::may_fail(program, left) && !text::may_fail(program, right) && print(left) == print(right)
}

/// The variables by which a check is named: those it binds to a value as a
/// whole or to a column of a row, and the sides of an equation.
pub(crate) fn about(kind: &StepKind) -> Vec<VarId> {
    let of_patterns = |patterns: &[Pattern]| {
        let variables = patterns.iter().filter_map(|pattern| match pattern.kind {
            pi::PatternKind::Var(id) => Some(id),
            _ => None,
        });
        variables.collect()
    };
    match kind {
        StepKind::Let { pattern, .. } | StepKind::Input { pattern } => {
            of_patterns(std::slice::from_ref(pattern))
        }
        StepKind::Get { patterns, .. } => of_patterns(patterns),
        StepKind::If { condition } => match &condition.kind {
            pi::TermKind::Apply(pi::FunId::EQUAL, sides) => {
                let variables = sides.iter().filter_map(|side| match side.kind {
                    pi::TermKind::Var(id) => Some(id),
                    _ => None,
                });
                variables.collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn is_variable(pattern: &Pattern) -> bool {
    matches!(pattern.kind, pi::PatternKind::Var(_))
}

impl StepKind {
    fn name(&self) -> &'static str {
        match self {
            Self::Call { .. } => "call",
            Self::Event { .. } => "event",
            Self::Get { .. } => "get",
            Self::If { .. } => "if",
            Self::Input { .. } => "in",
            Self::Insert { .. } => "put",
            Self::Let { .. } => "let",
            Self::New { .. } => "new",
            Self::Output { .. } => "out",
            Self::Parallel { .. } => "par",
        }
    }

    pub(crate) fn print(&self, program: &Program) -> String {
        let term = |term: &Term| text::term(program, term, &Inlined::default());
        let pattern = |pattern: &Pattern| text::pattern(program, pattern, &Inlined::default());
        let terms = |all: &[Term]| all.iter().map(term).collect::<Vec<_>>().join(", ");
        match self {
            Self::Call { name, bindings } => {
                let arguments: Vec<String> = bindings.iter().map(|(_, t)| term(t)).collect();
                format!("{name}({})", arguments.join(", "))
            }
            Self::Event { event, arguments } => {
                let name = program
                    .events
                    .get(event.0 as usize)
                    .map_or("?", |e| &e.name);
                format!("{name}({})", terms(arguments))
            }
            Self::Get {
                table,
                patterns,
                condition,
            } => {
                let name = text::table(program, *table);
                let columns: Vec<String> = patterns.iter().map(pattern).collect();
                let condition = condition.as_ref().map(|c| format!(" suchthat {}", term(c)));
                format!(
                    "{name}({}){}",
                    columns.join(", "),
                    condition.unwrap_or_default()
                )
            }
            Self::If { condition } => term(condition),
            Self::Input { pattern: accepted } => pattern(accepted),
            Self::Insert { table, arguments } => {
                format!("{}({})", text::table(program, *table), terms(arguments))
            }
            Self::Let {
                pattern: matched,
                value,
            } => format!("{} = {}", pattern(matched), term(value)),
            Self::New { name } => text::variable(program, *name).to_owned(),
            Self::Output { message } => term(message),
            Self::Parallel { branches } => {
                let first = branches.iter().map(|StepId(first)| first.to_string());
                first.collect::<Vec<_>>().join(" | ")
            }
        }
    }
}
