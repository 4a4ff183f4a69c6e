//! `set` declarations.
//!
//! The names are those of ProVerif 2.05. A name that changes what is true is
//! understood or handed on in [`Settings::others`]; of a name that only steers
//! ProVerif's search or output the value is checked, and a warning says that it
//! has no effect.
//!
//! [`Settings::others`]: crate::Settings::others

use super::Checker;
use super::suggest::closest;
use crate::program::KeyCompromise;
use crate::source::Span;
use crate::syntax::tree::Ident;

/// What may stand behind `=`.
#[derive(Clone, Copy)]
enum Values {
    /// Whatever is given.
    Any,
    /// Any string or identifier.
    Free,
    /// At least one, or `none`.
    Limit,
    Number,
    OneOf(&'static [&'static str]),
    /// One of these, or a number.
    OrNumber(&'static [&'static str]),
}

impl Values {
    fn fit(self, value: &str, quoted: bool) -> bool {
        let number = || !quoted && value.parse::<u64>().is_ok();
        match self {
            Self::Any => true,
            Self::Free => quoted || !number(),
            Self::Limit => number() || value == "none",
            Self::Number => number() && value != "0",
            Self::OneOf(all) => all.contains(&value),
            Self::OrNumber(all) => all.contains(&value) || number(),
        }
    }

    fn hint(self) -> String {
        match self {
            Self::Any => "any value will do".to_owned(),
            Self::Free => "the value is a string".to_owned(),
            Self::Limit => "the value is a number, or `none`".to_owned(),
            Self::Number => "the value is a number, at least 1".to_owned(),
            Self::OneOf(all) => format!("possible values: {}", all.join(", ")),
            Self::OrNumber(all) => format!("possible values: {}, or a number", all.join(", ")),
        }
    }
}

const YES_NO: Values = Values::OneOf(&["true", "false", "yes", "no"]);

/// Settings that steer search or output only.
const IGNORED: &[(&str, Values)] = &[
    ("abbreviateClauses", YES_NO),
    ("abbreviateDerivation", YES_NO),
    ("allowDiffPatterns", YES_NO),
    ("color", YES_NO),
    ("displayDerivation", YES_NO),
    ("eqInNames", YES_NO),
    ("expandIfTermsToTerms", Values::Any),
    ("expandSimplifyIfCst", YES_NO),
    ("explainDerivation", YES_NO),
    ("featureDepth", YES_NO),
    ("featureEvents", YES_NO),
    ("featureFuns", YES_NO),
    ("featureNames", YES_NO),
    ("featurePredicates", YES_NO),
    ("featureTables", YES_NO),
    ("featureWidth", YES_NO),
    ("interactiveSwapping", YES_NO),
    ("maxDepth", Values::Limit),
    ("maxHyp", Values::Limit),
    ("movelet", YES_NO),
    (
        "nounifIgnoreAFewTimes",
        Values::OneOf(&["none", "auto", "all"]),
    ),
    ("nounifIgnoreNtimes", Values::Number),
    (
        "predicatesImplementable",
        Values::OneOf(&["check", "nocheck"]),
    ),
    ("preciseLetExpand", YES_NO),
    ("reconstructDerivation", YES_NO),
    (
        "reconstructTrace",
        Values::OrNumber(&["true", "false", "yes", "no"]),
    ),
    ("redundancyElim", Values::OneOf(&["best", "simple", "no"])),
    (
        "redundantHypElim",
        Values::OneOf(&["beginOnly", "true", "false", "yes", "no"]),
    ),
    ("rejectChoiceTrueFalse", YES_NO),
    ("rejectNoSimplif", YES_NO),
    ("removeEventsForLemma", YES_NO),
    ("removeUselessClausesBeforeDisplay", YES_NO),
    (
        "saturationApplication",
        Values::OneOf(&["none", "instantiate", "discard", "full"]),
    ),
    (
        "selFun",
        Values::OneOf(&["Nounifset", "NounifsetMaxsize", "Term", "TermMaxsize"]),
    ),
    ("simpEqAll", YES_NO),
    ("simplifyDerivation", YES_NO),
    (
        "simplifyProcess",
        Values::OneOf(&["true", "false", "yes", "no", "interactive"]),
    ),
    ("stopTerm", YES_NO),
    ("symbOrder", Values::Free),
    ("traceBacktracking", YES_NO),
    ("traceDisplay", Values::OneOf(&["none", "short", "long"])),
    ("unifyDerivation", YES_NO),
    (
        "verificationApplication",
        Values::OneOf(&["none", "instantiate", "discard", "full"]),
    ),
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
    ("inductionLemmas", YES_NO),
    ("inductionQueries", YES_NO),
    (
        "keyCompromise",
        Values::OneOf(&["none", "approx", "strict"]),
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
        let quoted = self.program.sources.text(value_span).starts_with('"');
        if !values.fit(value, quoted) {
            self.error(
                value_span,
                format!("`{value}` is no value of the setting `{text}`"),
                Some(&values.hint()),
            );
            return;
        }
        let settings = &mut self.program.settings;
        match text {
            "attacker" => settings.passive_attacker = value == "passive",
            "ignoreTypes" => settings.ignore_types = matches!(value, "true" | "all" | "yes"),
            "inductionLemmas" => settings.induction_lemmas = matches!(value, "true" | "yes"),
            "inductionQueries" => settings.induction_queries = matches!(value, "true" | "yes"),
            "predicatesImplementable" => settings.unimplementable = value == "nocheck",
            // Names with more arguments than asked for are told apart more often,
            // which is true of every run.
            "preciseActions" => settings.precise_actions = value != "false" && value != "no",
            "keyCompromise" => {
                settings.key_compromise = match value {
                    "approx" => KeyCompromise::Approximate,
                    "strict" => KeyCompromise::Strict,
                    _ => KeyCompromise::None,
                };
            }
            "privateCommOnPublicTerms" => settings.unheard = matches!(value, "true" | "yes"),
            "movenew" | "swapping" => {
                let other = (text.to_owned(), value.to_owned(), name.span.to(value_span));
                settings.others.push(other);
            }
            "maxDepth" | "maxHyp" => self.warn(
                name.span,
                format!("`{text}` is ignored"),
                Some("a limit on terms or clauses only makes the answer weaker"),
            ),
            _ if IGNORED.iter().any(|(name, _)| *name == text) => self.warn(
                name.span,
                format!("`{text}` has no effect"),
                Some("it steers search or output, and this search is another one"),
            ),
            _ => {}
        }
    }
}
