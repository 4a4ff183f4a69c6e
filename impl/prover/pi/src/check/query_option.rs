//! Options of queries, lemmas, axioms and restrictions.

use super::Checker;
use crate::program::LemmaKind;
use crate::syntax::tree::{QueryBody, QueryPart, Setting};
use std::collections::BTreeMap;

/// Options of queries and lemmas that choose a proof method.
const METHOD_OPTIONS: &[&str] = &[
    "discardSat",
    "discardVerif",
    "fullSat",
    "fullVerif",
    "induction",
    "instantiateSat",
    "instantiateVerif",
    "noInduction",
    "noneSat",
    "noneVerif",
];

/// What queries have beside [`METHOD_OPTIONS`].
const QUERY_OPTIONS: &[&str] = &["proveAll"];

/// What `secret` has. Options that begin with `cv_` are CryptoVerif's.
const SECRET_OPTIONS: &[&str] = &["pv_reachability", "reachability"];

/// What lemmas, axioms and restrictions have beside [`METHOD_OPTIONS`].
const LEMMA_OPTIONS: &[&str] = &["keepEvents", "removeEvents"];

/// What an option of a query or lemma is about.
fn kind(option: &str) -> &str {
    match option {
        "induction" | "noInduction" => "induction",
        "keepEvents" | "removeEvents" => "events",
        _ if option.ends_with("Sat") => "saturation",
        _ if option.ends_with("Verif") => "verification",
        _ => option,
    }
}

impl Checker<'_> {
    /// Whether a proof by induction is asked for; options at the end of a declaration
    /// are for all its parts.
    pub(super) fn by_induction(&self, parts: &[QueryPart], otherwise: bool) -> bool {
        let options = parts.last().map_or(&[] as &[_], |last| &last.options);
        let words = options.iter().map(|option| self.text(option.name.symbol));
        let mut said = words.filter(|word| matches!(*word, "induction" | "noInduction"));
        said.next_back()
            .map_or(otherwise, |word| word == "induction")
    }

    /// Reads the options of a query.
    pub(super) fn query_options(&mut self, part: &QueryPart) {
        if !matches!(part.body, QueryBody::Secret(_)) {
            let known = [METHOD_OPTIONS, QUERY_OPTIONS].concat();
            self.flags(&part.options, &known);
            self.one_of_a_kind(&part.options);
            return;
        }
        let mut asked = Vec::new();
        for option in &part.options {
            match self.text(option.name.symbol) {
                "pv_real_or_random" | "real_or_random" => self.error(
                    option.name.span,
                    "`real_or_random` is not supported",
                    Some(
                        "without this option, `secret` asks whether the attacker learns the value",
                    ),
                ),
                text if text.starts_with("cv_") => {}
                _ => asked.push(option.clone()),
            }
        }
        self.flags(&asked, SECRET_OPTIONS);
    }

    /// Of each [`kind`] of options there is one at most.
    fn one_of_a_kind(&mut self, options: &[Setting]) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for option in options {
            let text = self.text(option.name.symbol);
            if let Some(before) = seen.insert(kind(text), text) {
                let message = if before == text {
                    format!("the option `{text}` stands here twice")
                } else {
                    format!("the option `{text}` does not go with `{before}`")
                };
                self.error(option.name.span, message, None);
            }
        }
    }

    /// Reads the options of the others; whether `maxSubset` is among them.
    pub(super) fn lemma_options(&mut self, part: &QueryPart, kind: LemmaKind) -> bool {
        let own = match kind {
            LemmaKind::Axiom | LemmaKind::Restriction => "keep",
            LemmaKind::Lemma => "maxSubset",
        };
        let known = [METHOD_OPTIONS, LEMMA_OPTIONS, &[own]].concat();
        self.one_of_a_kind(&part.options);
        self.flags(&part.options, &known).contains(&"maxSubset")
    }
}
