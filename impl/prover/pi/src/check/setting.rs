//! `set` declarations.
//!
//! The names are those of ProVerif 2.05. A name that changes what is true is
//! understood or handed on in [`Settings::others`]; a name that only steers
//! ProVerif's search or output is checked and ignored.
//!
//! [`Settings::others`]: crate::Settings::others

use super::Checker;
use super::suggest::closest;
use crate::source::Span;
use crate::syntax::tree::Ident;

/// What may stand behind `=`.
#[derive(Clone, Copy)]
enum Values {
    /// Any string or identifier.
    Free,
    Number,
    OneOf(&'static [&'static str]),
}

const YES_NO: Values = Values::OneOf(&["true", "false", "yes", "no"]);

/// Settings that steer search or output only.
const IGNORED: &[(&str, Values)] = &[
    ("abbreviateClauses", YES_NO),
    ("abbreviateDerivation", YES_NO),
    ("color", YES_NO),
    ("displayDerivation", YES_NO),
    ("eqInNames", YES_NO),
    ("expandIfTermsToTerms", YES_NO),
    ("expandSimplifyIfCst", YES_NO),
    ("explainDerivation", YES_NO),
    ("inductionLemmas", YES_NO),
    ("inductionQueries", YES_NO),
    ("interactiveSwapping", YES_NO),
    ("maxDepth", Values::Free),
    ("maxHyp", Values::Free),
    ("movelet", YES_NO),
    ("nounifIgnoreAFewTimes", Values::Free),
    ("nounifIgnoreNtimes", Values::Number),
    ("predicatesImplementable", Values::Free),
    ("reconstructTrace", Values::Free),
    ("redundancyElim", Values::Free),
    ("redundantHypElim", Values::Free),
    ("removeEventsForLemma", YES_NO),
    ("saturationApplication", Values::Free),
    (
        "selFun",
        Values::OneOf(&["Nounifset", "NounifsetMaxsize", "Term", "TermMaxsize"]),
    ),
    ("simpEqAll", YES_NO),
    ("simplifyDerivation", YES_NO),
    ("simplifyProcess", Values::Free),
    ("stopTerm", YES_NO),
    ("symbOrder", Values::Free),
    ("traceBacktracking", YES_NO),
    ("traceDisplay", Values::OneOf(&["none", "short", "long"])),
    ("unifyDerivation", YES_NO),
    ("verboseBase", YES_NO),
    (
        "verboseClauses",
        Values::OneOf(&["none", "short", "explained"]),
    ),
    ("verboseCompleted", YES_NO),
    ("verboseDestructors", YES_NO),
    ("verboseEq", YES_NO),
    ("verboseGoalReachable", YES_NO),
    ("verboseLemmas", YES_NO),
    ("verboseRedundant", YES_NO),
    ("verboseRules", YES_NO),
    ("verboseStatistics", YES_NO),
    ("verboseTerm", YES_NO),
];

/// Settings with a meaning.
const MEANINGFUL: &[(&str, Values)] = &[
    ("attacker", Values::OneOf(&["active", "passive"])),
    (
        "ignoreTypes",
        Values::OneOf(&["true", "all", "yes", "false", "none", "no", "attacker"]),
    ),
    (
        "keyCompromise",
        Values::OneOf(&["none", "approx", "strict", "false", "no"]),
    ),
    ("movenew", YES_NO),
    (
        "preciseActions",
        Values::OneOf(&["true", "yes", "false", "no", "trueWithoutArgsInNames"]),
    ),
    ("privateCommOnPublicTerms", YES_NO),
    ("swapping", Values::Free),
];

impl Checker<'_> {
    pub(super) fn setting(&mut self, name: Ident, value: &str, value_span: Span) {
        let text = self.text(name.symbol);
        let known = || IGNORED.iter().chain(MEANINGFUL);
        let Some((_, values)) = known().find(|(known, _)| *known == text) else {
            let hint = closest(text, known().map(|(name, _)| *name))
                .map(|near| format!("did you mean `{near}`?"));
            self.error(
                name.span,
                format!("there is no setting `{text}`"),
                hint.as_deref(),
            );
            return;
        };
        let fits = match values {
            Values::Free => true,
            Values::Number => value.parse::<i64>().is_ok(),
            Values::OneOf(all) => all.contains(&value),
        };
        if !fits {
            let hint = match values {
                Values::OneOf(all) => format!("possible values: {}", all.join(", ")),
                _ => "the value is a number".to_owned(),
            };
            self.error(
                value_span,
                format!("`{value}` is no value of the setting `{text}`"),
                Some(&hint),
            );
            return;
        }
        let yes = matches!(value, "true" | "yes");
        let settings = &mut self.program.settings;
        match text {
            "attacker" => settings.passive_attacker = value == "passive",
            "ignoreTypes" => settings.ignore_types = matches!(value, "true" | "all" | "yes"),
            "predicatesImplementable" => settings.unimplementable = value == "nocheck",
            "preciseActions" if value != "trueWithoutArgsInNames" => {
                settings.precise_actions = yes;
            }
            "keyCompromise" if matches!(value, "none" | "false" | "no") => {}
            "keyCompromise"
            | "preciseActions"
            | "movenew"
            | "privateCommOnPublicTerms"
            | "swapping" => {
                let other = (text.to_owned(), value.to_owned(), name.span.to(value_span));
                settings.others.push(other);
            }
            "maxDepth" | "maxHyp" => self.warn(
                name.span,
                format!("`{text}` is ignored"),
                Some("a limit on terms or clauses only makes the answer weaker"),
            ),
            _ => {}
        }
    }
}
