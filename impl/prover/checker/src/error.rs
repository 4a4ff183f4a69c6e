//! Why a certificate is refused: which entry, which rule, and what is wrong.

use pi::Diagnostic;

/// A refusal. The certificate proves nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Some term, fact, clause or index, with its index, is not well formed.
    #[error("malformed certificate: {0}")]
    Malformed(String),
    /// The query index does not exist in the program, which has so many.
    #[error("the certificate is for query {0}, but the program has {1}")]
    NoSuchQuery(u32, usize),
    /// The certificate does not have the parts of the query: it has this one, or so many
    /// if one is missing, where that one is due.
    #[error("the certificate is for part {0} of the query where part {1} is due")]
    OtherPart(u32, u32),
    /// The certificate of a lemma is none, or not where it belongs.
    #[error("a certificate stands for query {0}, where that of an earlier lemma is due")]
    NotALemma(u32),
    /// There is no such program whose events carry more.
    #[error("no program with this query has nested events that carry more, number {0}")]
    NotCarried(u32),
    /// It claims a proof by induction of what is no statement about events.
    #[error("query {0} is not one that can be proved by induction")]
    NotInductive(u32),
    /// Made for another program text.
    #[error("the certificate was made for a different program text")]
    OtherProgram,
    /// The checker cannot translate the program or the query itself.
    #[error("the program or query cannot be translated: {}", first(.0))]
    Untranslatable(Vec<Diagnostic>),
    /// An entry is missing or does not justify what it has to.
    #[error("{place}: {reason}")]
    Unjustified {
        /// Which entry.
        place: Place,
        /// What is wrong.
        reason: Reason,
    },
    /// Another format.
    #[error("certificate format {0}, this checker reads {version}", version = proof::VERSION)]
    Version(u32),
}

/// Which entry of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Place {
    /// How messages are taken apart: the entry, and the piece of it.
    #[error("taking apart, entry {0}, piece {1}")]
    Apart(u32, u32),
    /// The resolvent of a clause that selects a hypothesis with one that does not.
    #[error("resolvent of {0} with {1}")]
    Closure(u32, u32),
    /// The cover of an initial clause.
    #[error("cover of initial clause {0}")]
    Cover(u32),
    /// Why two events are met for one execution of the premise only.
    #[error("pair of injective events {0}")]
    Pair(u32),
    /// The witness of a solved goal clause.
    #[error("witness of goal clause {0}")]
    Witness(u32),
}

impl Place {
    /// The refusal of this entry.
    pub(crate) fn lacks(self, reason: Reason) -> Refusal {
        let place = self;
        Refusal::Unjustified { place, reason }
    }
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A bound existential is not one or bound twice, or a term is none.
    #[error("a binding concerns a variable that is not existential")]
    BadBinding,
    /// `Void`: hypotheses and constraints may be true.
    #[error("what is said never to be true may be")]
    ConstraintHolds,
    /// A disequality of the disjunct or statement does not follow.
    #[error("a disequality of the disjunct does not follow")]
    DisequalityFails,
    /// There are more or fewer, or others.
    #[error("the entries are not those that are due")]
    Entries,
    /// An equality of the disjunct does not hold.
    #[error("an equality of the disjunct does not hold")]
    EqualityFails,
    /// A fact of the disjunct is not among the hypotheses.
    #[error("a fact of the disjunct is not among the hypotheses")]
    FactMissing,
    /// The step or end does not apply to this clause.
    #[error("the step does not apply")]
    NotApplicable,
    /// `Same`: two instances of the premise may be met by one execution.
    #[error("different executions of the premise may be met by one of the conclusion")]
    NotInjective,
    /// A message is not known to be taken apart, or a fact is derived by a clause
    /// that may not be used for it.
    #[error("no clause that may be used here stands for it")]
    NotStanding,
    /// The clause named does not subsume.
    #[error("the clause named does not subsume it")]
    NotSubsumed,
    /// No disjunct with this number, or no statement that may be used.
    #[error("no disjunct, lemma, axiom or restriction with this index may be used")]
    NoSuchStatement,
    /// A hypothesis named is not an instance of the premise.
    #[error("a hypothesis named is not an instance of the premise")]
    PremiseMissing,
    /// A term is nested more deeply than the checker follows.
    #[error("a term is nested too deeply")]
    TooDeep,
}

fn first(diagnostics: &[Diagnostic]) -> &str {
    diagnostics.first().map_or("", |d| &d.message)
}
