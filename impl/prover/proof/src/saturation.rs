//! The saturation certificate: why a query holds of the clause set.
//!
//! The certificate lists a clause set `S` with a selection, and justifies
//! that `S` covers the clauses of the program and every resolvent of `S`. The
//! checker computes initial clauses and resolvents itself, so a certificate
//! cannot forget one; it can only fail to justify one.
//!
//! *Why little has to be written down.* A clause with fewer hypotheses or
//! constraints derives more. Dropping a hypothesis is therefore never unsound
//! here, only imprecise: whatever simplification removed a hypothesis, the
//! result subsumes the original, and one [`Way`] is all that is needed. Only steps
//! that make a clause *weaker* or remove it need a reason: taking apart a data
//! constructor, using that one occurrence receives one message, and dropping a
//! clause altogether. Nothing is left to be searched for: where a clause has to have
//! an instance, it is said which hypothesis is which, and where clauses contradict
//! each other, it is said step by step how.
//!
//! *One form of reason.* Whether a clause is covered, meets the query, or speaks of
//! one execution of the premise only, is shown by the same steps and the same cases
//! ([`Justification`]); what differs is what stands at the leaves: [`Way`]s, a
//! [`Disjunct`], or [`Same`].
//!
//! Soundness of resolution with selection, of the treatment of data
//! constructors and of removing redundant clauses: Blanchet, 2016 survey,
//! sections 4.2–4.4 and the references there.

use logic::Predicate;
use serde::{Deserialize, Serialize};

/// Version of the certificate format.
pub const VERSION: u32 = 7;

/// One query's certificate.
///
/// For an injective query the witnesses name the begin events that the solved clauses
/// choose, and for every two that may be one, `pairs` says why it is met for one
/// execution of the premise only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaturationCertificate {
    /// [`VERSION`].
    pub version: u32,
    /// SHA-256 over the names and texts of all source files in link order.
    pub program: [u8; 32],
    /// Index of the query in the program.
    pub query: u32,
    /// Which of the goals of a nested query this is, from 0, the outermost; 0
    /// for a query that is not nested.
    pub part: u32,
    /// The certificates of the other parts in order, in that of part 0; none in
    /// theirs.
    pub inner: Vec<SaturationCertificate>,
    /// The certificates of the lemmas that this one uses, in the order of their
    /// queries; a lemma may use those before it. None in theirs.
    pub lemmas: Vec<SaturationCertificate>,
    /// Set if the clauses are those of another program with the same runs, of which
    /// the query asks no less: which of those whose nested events carry more. None in
    /// the certificates of other parts.
    pub carried: Option<u32>,
    /// Whether the query, a statement about events, is proved by induction: its
    /// goal does not take its premises for granted, and [`Step::Lemma`] may use the
    /// query itself, as the statement behind the last of the program.
    pub induction: bool,
    /// What the translation speaks of.
    pub scope: Scope,
    /// The query as printed, for a person who reads the file.
    pub text: String,
    /// Terms of the clauses before those for the goal; children come before parents.
    pub terms: Vec<TermNode>,
    /// Further terms, numbered after those.
    pub goal_terms: Vec<TermNode>,
    /// The clause set `S`. Certificates that begin with the same clauses, those for
    /// the goal last, and say the same of them share the work of the checker.
    pub clauses: Vec<CertifiedClause>,
    /// How the attacker takes messages apart.
    pub apart: Vec<Apart>,
    /// One per initial clause, in the order in which the translation gives
    /// them, the query's goal clause last.
    pub cover: Vec<Justification>,
    /// One per resolvent of `S`, sorted by `(left, right)`. Pairs whose
    /// selected hypothesis and conclusion do not unify are absent.
    pub closure: Vec<Resolvent>,
    /// One per clause of `S` that concludes the goal and selects its
    /// conclusion, sorted by clause.
    pub witnesses: Vec<Witness>,
    /// One per two of the cases of the witnesses, in order, a case with itself included,
    /// and injective event of each in order, if these may be the same event of the
    /// disjunct, and unify. It starts from one clause for each unifier: the
    /// constraints and hypotheses of the one case followed by those of the other.
    pub pairs: Vec<Justification<Same>>,
}

/// What the initial clauses speak of. Any scope that contains what the query asks
/// for will do: `begin` facts are hypotheses that only make clauses more precise,
/// and clauses that conclude `end` are as many as there are.
///
/// Events are indices in the program, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Events that leave a `begin` fact behind.
    pub begins: Vec<u32>,
    /// Events that leave one behind for each execution.
    pub begins_at: Vec<u32>,
    /// Events that clauses conclude.
    pub ends: Vec<u32>,
    /// Events that clauses conclude for each execution.
    pub ends_at: Vec<u32>,
    /// Whether messages on public channels keep their form.
    pub message_form: bool,
    /// Whether they do not, because the attacker passes them on.
    pub heard: bool,
}

/// A node of the term graph, numbered through [`SaturationCertificate::terms`] and
/// [`SaturationCertificate::goal_terms`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TermNode {
    /// A symbol of the translation's signature and earlier nodes.
    Apply(u32, Vec<u32>),
    /// A variable of the clause in which the term stands.
    Var(u32),
}

/// A fact over terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FactNode {
    /// The predicate.
    pub predicate: Predicate,
    /// Indices of terms.
    pub arguments: Vec<u32>,
}

/// A constraint over terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DisequalityNode {
    /// Universal variables.
    pub universals: Vec<u32>,
    /// Pairs of indices of terms.
    pub pairs: Vec<(u32, u32)>,
}

/// A clause of `S` with its selection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedClause {
    /// Constraints.
    pub constraints: Vec<DisequalityNode>,
    /// Hypotheses.
    pub hypotheses: Vec<FactNode>,
    /// Conclusion.
    pub conclusion: FactNode,
    /// What is selected.
    pub selection: Selection,
}

/// What a clause selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// The conclusion: the clause is used as it is.
    Conclusion,
    /// A hypothesis, by index; never a blocked one.
    Hypothesis(u32),
}

/// A resolvent: the clause `left` on its selected hypothesis with the
/// conclusion of the clause `right`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolvent {
    /// Index of the clause that selects a hypothesis.
    pub left: u32,
    /// Index of the clause that selects its conclusion.
    pub right: u32,
    /// Why it is covered.
    pub by: Justification,
}

/// Why a clause is covered by `S`; or, with other leaves, meets the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Justification<L = Vec<Way>> {
    /// Rewritings of the clause, first to last. Hypotheses are numbered as
    /// they stand when the step is taken. Only the last may leave several clauses.
    pub steps: Vec<Step>,
    /// Why what the steps leave is covered.
    pub end: End<L>,
}

/// A rewriting of a clause that is not a mere weakening of its hypotheses, into the
/// clauses of which all instances considered are instances.
///
/// The clause a step starts from is made canonical by the checker: a resolvent
/// has the hypotheses of `left` without the selected one, in order, followed by
/// those of `right` in order, under the unifier; an initial clause has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Hypothesis `attacker(f(M1,…,Mn))`, `f` a data constructor, is replaced
    /// in place by `attacker(M1), …, attacker(Mn)`, as an [`Apart`] says.
    Decompose {
        /// Which hypothesis.
        hypothesis: u32,
    },
    /// A statement that holds of every run considered makes one case per disjunct of
    /// its conclusion and way to make the equalities of that hold, in that order.
    Lemma {
        /// Index of the lemma, axiom or restriction in the program; their number
        /// is the query itself, in a proof by induction.
        lemma: u32,
        /// Which hypothesis is which premise of it, in its order.
        premises: Vec<u32>,
    },
    /// Two terms are equal modulo the theory, in one case per unifier, in order, or they
    /// are not, in the last case.
    Split {
        /// The terms, over the variables of the clause before all steps.
        pair: (u32, u32),
    },
    /// Hypotheses `first` and `second` are both [`Predicate::Action`] (or both
    /// [`Predicate::BeginAt`] of one event) with equal occurrences; their
    /// arguments are unified in the whole clause and `second` is removed. One case per
    /// unifier.
    Unify {
        /// First hypothesis.
        first: u32,
        /// Second hypothesis, a later one.
        second: u32,
    },
}

/// Why clauses are covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End<L = Vec<Way>> {
    /// Each by itself; one per clause, in order.
    Cases(Vec<Justification<L>>),
    /// All for one reason.
    Leaf(L),
    /// Never are all hypotheses and constraints true: a constraint is false
    /// whatever its free variables are, or what is said of numbers contradicts.
    Void,
}

/// How a fact follows from the hypotheses of a clause. The first of several is for the
/// conclusion, followed by those for what it leaves open, in order, each followed by
/// its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// It was found before, in the same list.
    Again,
    /// It is the conclusion of an instance of a clause of `S`.
    Clause {
        /// Index of the clause.
        by: u32,
        /// For each of its hypotheses, the hypothesis that it is. Without one, it
        /// follows by arithmetic if it is about numbers, and is open otherwise.
        /// Conclusion and places fix the instance.
        at: Vec<Option<u32>>,
    },
    /// It is this hypothesis.
    Hypothesis(u32),
}

/// How messages are taken apart: whenever clauses of `S` that select their
/// conclusion derive `attacker(f(M1,…,Mn))`, they derive every `attacker(Mi)` by a
/// derivation that is not higher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// The symbol `f`.
    pub symbol: u32,
    /// Number of the attacker facts about the whole.
    pub number: u32,
    /// Numbers of those about the parts.
    pub parts: Vec<u32>,
    /// For each clause that selects its conclusion, in order, under the most
    /// general unifier of that with the fact about the whole, one for each part: why
    /// its hypotheses give the part.
    pub pieces: Vec<Piece>,
}

/// How a part of a message follows from the hypotheses that give the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Hypotheses that are taken apart by earlier entries, first to last, numbered as
    /// for [`Step::Decompose`].
    pub taken: Vec<u32>,
    /// How the part follows then: by a clause that selects its conclusion, or as a
    /// hypothesis.
    pub way: Way,
}

/// Why a solved goal clause meets the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Index of the clause.
    pub clause: u32,
    /// How, perhaps by cases.
    pub by: Justification<Disjunct>,
}

/// The disjunct of the query's conclusion that a clause meets, in the disjunctive normal
/// form that the translation gives, with its existential variables bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disjunct {
    /// Its number.
    pub number: u32,
    /// Term of each existential variable, in the order of the translation; unused ones
    /// may be absent. The terms are over the variables of the clause before all steps.
    pub bindings: Vec<(u32, u32)>,
}

/// The executions of the premise are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Same;
