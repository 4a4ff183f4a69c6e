//! The untyped syntax tree.
//!
//! Queries, rewrite rules and clauses share the term syntax: `==>`, `phase`
//! and `@` are operators like the others here, and `check` says where they
//! may stand.

use super::names::Symbol;
use crate::label::Label;
use crate::program::LemmaKind;
use crate::source::Span;

/// An identifier where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ident {
    pub(crate) symbol: Symbol,
    pub(crate) span: Span,
}

/// A declaration.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub(crate) kind: DeclarationKind,
    /// From the keyword to the full stop.
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum DeclarationKind {
    Channel(Vec<Ident>),
    Clauses(Vec<Rule>),
    Const {
        names: Vec<Ident>,
        ty: Ident,
        options: Vec<Setting>,
    },
    Def {
        name: Ident,
        parameters: Vec<Ident>,
        body: Vec<Declaration>,
    },
    Destructor(Destructor),
    Equation {
        rules: Vec<Rule>,
        options: Vec<Setting>,
    },
    Event {
        name: Ident,
        parameters: Vec<Ident>,
    },
    Expand {
        name: Ident,
        arguments: Vec<Ident>,
    },
    Free {
        names: Vec<Ident>,
        ty: Ident,
        options: Vec<Setting>,
    },
    Function {
        name: Ident,
        parameters: Vec<Ident>,
        result: Ident,
        options: Vec<Setting>,
    },
    Hint {
        variables: Vec<Parameter>,
        bindings: Vec<(Ident, Term)>,
        fact: Term,
        /// `nounif` and `noselect` count as negative.
        positive: bool,
        weight: Option<i64>,
        options: Vec<Setting>,
    },
    /// Parsed, and without a meaning here.
    Ignored,
    Lemma {
        kind: LemmaKind,
        variables: Vec<Parameter>,
        parts: Vec<QueryPart>,
    },
    Letfun {
        name: Ident,
        parameters: Vec<Parameter>,
        body: Term,
    },
    /// `process P`.
    Main(Process),
    Not {
        variables: Vec<Parameter>,
        bindings: Vec<(Ident, Term)>,
        fact: Term,
    },
    Predicate {
        name: Ident,
        parameters: Vec<Ident>,
        options: Vec<Setting>,
    },
    Process {
        name: Ident,
        parameters: Vec<Parameter>,
        body: Process,
    },
    Query {
        variables: Vec<Parameter>,
        parts: Vec<QueryPart>,
    },
    Set {
        name: Ident,
        /// Text of the value without quotes.
        value: String,
        value_span: Span,
    },
    Table {
        name: Ident,
        columns: Vec<Ident>,
    },
    Type {
        name: Ident,
        options: Vec<Setting>,
    },
}

/// `fun f(…): t reduc …` or `reduc …`.
#[derive(Debug)]
pub(crate) struct Destructor {
    /// Name and types; `None` for a bare `reduc`, which takes them from its
    /// rules.
    pub(crate) signature: Option<(Ident, Vec<Ident>, Ident)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) options: Vec<Setting>,
}

/// A rewrite rule, equation or clause.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) variables: Vec<Parameter>,
    /// `let x = M in` before the body.
    pub(crate) bindings: Vec<(Ident, Term)>,
    pub(crate) body: Term,
    pub(crate) span: Span,
}

/// `x: t` or `x: t or fail`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: Ident,
    pub(crate) may_fail: bool,
}

/// An item between square brackets: `private`, `inductionOn = x`.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) name: Ident,
    /// What stands behind `=`.
    pub(crate) variables: Vec<Ident>,
}

/// One `;`-separated part of a query, lemma, axiom or restriction.
#[derive(Debug)]
pub(crate) struct QueryPart {
    pub(crate) label: Option<Label>,
    pub(crate) body: QueryBody,
    pub(crate) public_variables: Vec<Ident>,
    /// `for { public_vars … }`: those of the queries that a lemma is for.
    pub(crate) is_for: bool,
    pub(crate) options: Vec<Setting>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum QueryBody {
    Formula {
        /// `let x = M in` before the formula.
        bindings: Vec<(Ident, Term)>,
        formula: Term,
    },
    /// `putbegin event: e`: older versions of ProVerif wanted to be told.
    PutBegin(Vec<Ident>),
    Secret(Ident),
}

#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) kind: TermKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum TermKind {
    Apply(Ident, Vec<Term>),
    /// `fact@i`, queries only.
    At(Box<Term>, Ident),
    /// `new n[…]` as the name bound there, queries only.
    Bound(Ident, Vec<(BoundKey, Term)>),
    /// `choice[M, N]` or `diff[M, N]`.
    Choice(&'static str),
    Event {
        event: Ident,
        arguments: Vec<Term>,
        then: Box<Term>,
    },
    /// `event(M)`, `inj-event(M)`, `table(M)`, queries only.
    Fact(FactKind, Box<Term>),
    Fail,
    Get {
        table: Ident,
        patterns: Vec<Pattern>,
        condition: Option<Box<Term>>,
        options: Vec<Setting>,
        then: Box<Term>,
        otherwise: Option<Box<Term>>,
    },
    Ident(Symbol),
    If {
        condition: Box<Term>,
        then: Box<Term>,
        otherwise: Option<Box<Term>>,
    },
    Infix(Infix, Box<Term>, Box<Term>),
    Insert {
        table: Ident,
        arguments: Vec<Term>,
        then: Box<Term>,
    },
    Let {
        pattern: Box<Pattern>,
        value: Box<Term>,
        then: Box<Term>,
        otherwise: Option<Box<Term>>,
    },
    LetSuchThat {
        variables: Vec<Binding>,
        predicate: Box<Term>,
        then: Box<Term>,
        otherwise: Option<Box<Term>>,
    },
    New {
        name: Ident,
        arguments: Option<Vec<Ident>>,
        ty: Ident,
        then: Box<Term>,
    },
    Not(Box<Term>),
    Number(u64),
    /// `(M)`.
    Parenthesised(Box<Term>),
    /// `fact phase n`, queries only.
    Phase(Box<Term>, u64),
    /// `*x`, hints only.
    Starred(Ident),
    /// `(M, …)`, never of length one.
    Tuple(Vec<Term>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FactKind {
    Event,
    InjectiveEvent,
    Table,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum BoundKey {
    /// `!n`.
    Session(u64, Span),
    Variable(Ident),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Infix {
    Add,
    And,
    /// `->` in clauses.
    Arrow,
    Equal,
    Greater,
    GreaterOrEqual,
    /// `==>` in queries: premise and conclusion.
    Implies,
    /// `<->`, `<=>` in clauses.
    Equivalent,
    Less,
    LessOrEqual,
    Or,
    Subtract,
    Unequal,
}

#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) kind: PatternKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum PatternKind {
    /// `_`, with or without a type.
    Any(Option<Ident>),
    Data(Ident, Vec<Pattern>),
    Equal(Box<Term>),
    /// A number written out, which tests.
    Number(u64),
    /// `p + n`: a number at least n, p matches what is above.
    Sum(Box<Pattern>, u64),
    Tuple(Vec<Pattern>),
    Var(Ident, Option<Ident>),
}

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) kind: ProcessKind,
    /// The prefix without its continuation.
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum ProcessKind {
    Call {
        name: Ident,
        arguments: Vec<Term>,
    },
    Event {
        event: Ident,
        arguments: Vec<Term>,
        then: Box<Process>,
    },
    /// Could not be parsed; reported.
    Faulty(Box<Process>),
    Get {
        table: Ident,
        patterns: Vec<Pattern>,
        condition: Option<Term>,
        options: Vec<Setting>,
        then: Box<Process>,
        otherwise: Option<Box<Process>>,
    },
    If {
        condition: Term,
        then: Box<Process>,
        otherwise: Option<Box<Process>>,
    },
    Input {
        channel: Term,
        pattern: Pattern,
        options: Vec<Setting>,
        then: Box<Process>,
    },
    Insert {
        table: Ident,
        arguments: Vec<Term>,
        then: Box<Process>,
    },
    Let {
        pattern: Pattern,
        value: Term,
        then: Box<Process>,
        otherwise: Option<Box<Process>>,
    },
    LetSuchThat {
        variables: Vec<Binding>,
        predicate: Term,
        options: Vec<Setting>,
        then: Box<Process>,
        otherwise: Option<Box<Process>>,
    },
    New {
        name: Ident,
        arguments: Option<Vec<Ident>>,
        ty: Ident,
        then: Box<Process>,
    },
    Nil,
    Output {
        channel: Term,
        message: Term,
        then: Box<Process>,
    },
    Parallel(Vec<Process>),
    Phase {
        phase: u64,
        then: Box<Process>,
    },
    Replicate(Box<Process>),
    Sync {
        level: u64,
        then: Box<Process>,
    },
}

/// A variable of `suchthat` with its type, where one is written.
pub(crate) type Binding = (Ident, Option<Ident>);
