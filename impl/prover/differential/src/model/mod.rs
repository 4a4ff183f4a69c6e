//! A model as data: what the generator makes, the shrinker takes apart and the
//! metamorphic changes rewrite. It is smaller than ProVerif's language, and
//! every value of it that the generator makes is well typed.

pub(crate) mod print;
pub mod signature;
mod walk;

pub use print::print;
use signature::{Function, Type};
use std::collections::BTreeSet;

/// A whole model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Whether the attacker respects types (`set ignoreTypes = false`).
    pub typed: bool,
    /// Free names and constants.
    pub names: Vec<FreeName>,
    /// `letfun`s, in order.
    pub letfuns: Vec<LetFun>,
    /// Tables with the types of their columns.
    pub tables: Vec<Declared>,
    /// Events with the types of their arguments.
    pub events: Vec<Declared>,
    /// `set` lines: what they change, they change for both provers.
    pub settings: Vec<&'static str>,
    /// Lines to be declared that nothing uses.
    pub idle: Vec<String>,
    /// What the proofs of the queries may use.
    pub assumptions: Vec<Assumption>,
    /// The queries.
    pub queries: Vec<Query>,
    /// Whether they stand in one declaration.
    pub joined: bool,
    /// Process macros, in order.
    pub macros: Vec<Macro>,
    /// The main process.
    pub process: Process,
    /// The first variable of each input, entry or solution that is `[precise]`.
    pub precise: BTreeSet<String>,
}

/// An axiom, a lemma or a restriction.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// Which of the three.
    pub kind: AssumptionKind,
    /// What it says.
    pub statement: Query,
}

/// Why a statement may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssumptionKind {
    /// It is believed.
    Axiom,
    /// It is proved first.
    Lemma,
    /// Runs that it does not hold for do not count.
    Restriction,
}

/// A free name or constant.
#[derive(Clone, Debug, PartialEq)]
pub struct FreeName {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// `[private]`.
    pub private: bool,
    /// `const` instead of `free`.
    pub constant: bool,
}

/// A table or an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Types of its columns or arguments.
    pub types: Vec<Type>,
}

/// A `letfun`.
#[derive(Clone, Debug, PartialEq)]
pub struct LetFun {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<(String, Type)>,
    /// Type of its body.
    pub result: Type,
    /// Its body.
    pub body: Term,
}

/// A process macro.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<(String, Type)>,
    /// Its body.
    pub body: Process,
}

/// A term.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A function of the signature, applied.
    Apply(&'static Function, Vec<Term>),
    /// A `letfun`, applied.
    Call(String, Vec<Term>),
    /// `if … then … else …`.
    If(Box<Term>, Box<Term>, Box<Term>),
    /// `=`, `<>`, `&&`, `||`, `+`, `-`, `<`, `<=`, `>`, `>=`.
    Infix(&'static str, Box<Term>, Box<Term>),
    /// `let … = … in … else …`.
    Let(Box<Pattern>, Box<Term>, Box<Term>, Option<Box<Term>>),
    /// `new n: t; …`.
    New(String, Type, Box<Term>),
    /// `is_nat(…)`.
    IsNatural(Box<Term>),
    /// `not(…)`.
    Not(Box<Term>),
    /// A numeral.
    Number(u32),
    /// `new n`, in a query.
    Restricted(String),
    /// A tuple.
    Tuple(Vec<Term>),
    /// A variable, a name, a constant, `true` or `false`.
    Variable(String),
}

impl Term {
    /// A variable or name.
    #[must_use]
    pub fn variable(name: &str) -> Self {
        Self::Variable(name.to_owned())
    }
}

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `=M`.
    Equal(Term),
    /// A data constructor of the signature.
    Open(&'static Function, Vec<Pattern>),
    /// A tuple.
    Tuple(Vec<Pattern>),
    /// A variable.
    Variable(String, Type),
    /// `_`.
    Wildcard(Type),
}

/// A process.
#[derive(Clone, Debug, PartialEq)]
pub enum Process {
    /// A macro call.
    Call(String, Vec<Term>),
    /// `0`.
    Nil,
    /// `P | … | Q`.
    Parallel(Vec<Process>),
    /// A prefix and what follows.
    Prefix(Prefix, Box<Process>),
    /// `!P`.
    Replicate(Box<Process>),
}

impl Process {
    /// A prefix and what follows.
    #[must_use]
    pub fn prefix(prefix: Prefix, then: Self) -> Self {
        Self::Prefix(prefix, Box::new(then))
    }

    /// Several prefixes and what follows.
    #[must_use]
    pub fn chain(prefixes: Vec<Prefix>, last: Self) -> Self {
        prefixes
            .into_iter()
            .rev()
            .fold(last, |then, prefix| Self::prefix(prefix, then))
    }
}

/// One action. The process for failure, where there is one, is part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Prefix {
    /// `event`.
    Event(String, Vec<Term>),
    /// `get … suchthat … in … else …`.
    Get(String, Vec<Pattern>, Option<Term>, Box<Process>),
    /// `if … then … else …`.
    If(Term, Box<Process>),
    /// `in`.
    In(Term, Pattern),
    /// `insert`.
    Insert(String, Vec<Term>),
    /// `let … in … else …`.
    Let(Pattern, Term, Box<Process>),
    /// `new`, perhaps with the variables it depends on.
    New(String, Type, Option<Vec<String>>),
    /// `out`.
    Out(Term, Term),
    /// `phase`.
    Phase(u32),
    /// `let … suchthat … in … else …`.
    SuchThat(Vec<(String, Type)>, Term, Box<Process>),
}

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Its variables.
    pub variables: Vec<(String, Type)>,
    /// Joined by `&&`.
    pub premises: Vec<Fact>,
    /// After `==>`.
    pub conclusion: Option<Formula>,
}

/// A fact of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// `attacker(M) phase n`.
    Attacker(Term, Option<u32>),
    /// `event(e(M…))`, or `inj-event` if the flag is set, perhaps `@i`.
    Event(String, Vec<Term>, bool, Option<String>),
    /// A predicate of the signature.
    Holds(&'static Function, Vec<Term>),
    /// `mess(N, M)`.
    Message(Term, Term),
    /// `secret x`, alone.
    Secret(String),
    /// `table(t(M…))`.
    Table(String, Vec<Term>),
}

/// A conclusion.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// `A && …`.
    And(Vec<Formula>),
    /// `M = N`, `<>`, `<`, `<=`, `>`, `>=`.
    Compare(&'static str, Term, Term),
    /// A fact.
    Fact(Fact),
    /// `is_nat(M)`.
    IsNatural(Term),
    /// `(F ==> …)`.
    Nested(Fact, Box<Formula>),
    /// `A || …`.
    Or(Vec<Formula>),
    /// `true` or `false`.
    Truth(bool),
}
