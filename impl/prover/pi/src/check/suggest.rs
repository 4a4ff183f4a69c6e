//! "Did you mean": the declared identifier closest to an unknown one.

use super::{Checker, Global};
use crate::program::{FunId, TypeId};
use crate::syntax::names::Symbol;
pub(super) use crate::syntax::nearest::closest;

/// What is declared although no file says so.
const PREDEFINED: [(&str, Global); 9] = [
    ("attacker", Global::Reserved),
    ("bitstring", Global::Type(TypeId::BITSTRING)),
    ("bool", Global::Type(TypeId::BOOL)),
    ("channel", Global::Type(TypeId::CHANNEL)),
    ("false", Global::Function(FunId::FALSE)),
    ("mess", Global::Reserved),
    ("nat", Global::Type(TypeId::NAT)),
    ("not", Global::Function(FunId::NOT)),
    ("true", Global::Function(FunId::TRUE)),
];

/// What begins a step of a process, a fact of a query.
const STEPS: [&str; 10] = [
    "event", "foreach", "get", "if", "in", "insert", "let", "new", "out", "phase",
];
const FACTS: [&str; 3] = ["event", "inj-event", "table"];

impl Checker<'_> {
    /// Reports an identifier that is not declared, unless its declaration is
    /// in text that could not be parsed.
    pub(super) fn undeclared(
        &mut self,
        what: &str,
        symbol: Symbol,
        span: crate::source::Span,
        wanted: impl Fn(&Self, Global) -> bool,
    ) {
        if self.skipped.contains(&symbol) {
            return;
        }
        let text = self.text(symbol);
        let globals = self
            .globals
            .iter()
            .filter(|(_, global)| wanted(self, **global))
            .map(|(symbol, _)| self.text(*symbol));
        let predefined = PREDEFINED.iter().filter(|(_, g)| wanted(self, *g));
        let mut candidates: Vec<&str> = globals.chain(predefined.map(|(name, _)| *name)).collect();
        match what {
            "the identifier" | "the variable" => {
                candidates.extend(self.scope.iter().map(|(symbol, _)| self.text(*symbol)));
            }
            "the predicate" => candidates.extend(FACTS),
            "the process" => candidates.extend(STEPS),
            _ => {}
        }
        let hint = match closest(text, candidates.into_iter()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => declaration(what, text),
        };
        self.error(
            span,
            format!("{what} `{text}` is not declared"),
            hint.as_deref(),
        );
    }
}

impl Checker<'_> {
    /// Reports a variable of a rule, clause or query that is not declared, once for
    /// each.
    pub(super) fn undeclared_variable(
        &mut self,
        symbol: Symbol,
        span: crate::source::Span,
        declared: &[String],
        wanted: impl Fn(&Self, Global) -> bool,
        otherwise: &str,
    ) {
        if self.skipped.contains(&symbol) || !self.unbound.insert(symbol) {
            return;
        }
        let text = self.text(symbol);
        let near = closest(text, declared.iter().map(String::as_str)).map(str::to_owned);
        let near = near.or_else(|| {
            let globals = self.globals.iter().filter(|(_, g)| wanted(self, **g));
            closest(text, globals.map(|(symbol, _)| self.text(*symbol))).map(str::to_owned)
        });
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => otherwise.to_owned(),
        };
        let message = format!("the identifier `{text}` is not declared");
        self.error(span, message, Some(&hint));
    }
}

/// How such a thing is declared.
fn declaration(what: &str, text: &str) -> Option<String> {
    Some(match what {
        "the event" => format!("declare it in front: `event {text}(t, …).`, or `event {text}.`"),
        "the function" => {
            format!("declare it in front: `fun {text}(t, …): u.`, or by `reduc` with its rules")
        }
        "the identifier" => {
            "a name is declared by `free`, a constant by `const`; a variable is bound before it \
             is used"
                .to_owned()
        }
        "the predicate" => {
            "facts: event(…), inj-event(…), attacker(…), mess(…), table(…), p(…)".to_owned()
        }
        "the process" => format!("define it in front: `let {text} = ….`"),
        "the table" => format!("declare it in front: `table {text}(t, …).`"),
        "the type" => format!("declare it in front: `type {text}.`"),
        _ => return None,
    })
}
