//! The resolved, typed program: what every later stage reads.
//!
//! Process macros and `letfun`s are expanded, but a macro call stays visible
//! as [`ProcessKind::Call`], because a role of a protocol *is* a macro call.
//! Every binder has its own [`VarId`], so substitution never captures. The
//! built-in connectives and comparisons are destructors with rewrite rules
//! like any other (ProVerif manual, section 3 and 4.1.1), so that a later
//! stage needs no case for them.

use crate::label::Label;
use crate::source::{Sources, Span};

/// Index into [`Program::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// The predefined types, at the start of [`Program::types`] in this order.
impl TypeId {
    /// `channel`.
    pub const CHANNEL: Self = Self(0);
    /// `bitstring`, also the type of tuples.
    pub const BITSTRING: Self = Self(1);
    /// `bool`.
    pub const BOOL: Self = Self(2);
    /// `nat`.
    pub const NAT: Self = Self(3);
    /// `any_type`: matches every type; used by polymorphic built-ins.
    pub const ANY: Self = Self(4);
    /// `time`.
    pub const TIME: Self = Self(5);
    /// `sid`.
    pub const SID: Self = Self(6);
    /// How many predefined types there are.
    pub const PREDEFINED: u32 = 7;
}

/// Index into [`Program::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunId(pub u32);

/// The predefined functions, at the start of [`Program::functions`] in this
/// order.
impl FunId {
    /// Constant `true`.
    pub const TRUE: Self = Self(0);
    /// Constant `false`.
    pub const FALSE: Self = Self(1);
    /// `=`: `eq(x,x) -> true`, otherwise `eq(x,y) -> false`.
    pub const EQUAL: Self = Self(2);
    /// `<>`: `neq(x,x) -> false`, otherwise `neq(x,y) -> true`.
    pub const UNEQUAL: Self = Self(3);
    /// `&&`: false as soon as the left side is a message other than `true`,
    /// whatever the right side does; fails when the left side fails.
    pub const AND: Self = Self(4);
    /// `||`: dual of [`Self::AND`].
    pub const OR: Self = Self(5);
    /// `not`: `not(true) -> false`, otherwise `not(x) -> true`.
    pub const NOT: Self = Self(6);
    /// How many predefined functions there are.
    pub const PREDEFINED: u32 = 7;
}

/// Index into [`Program::names`]: a name declared with `free` or `channel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

/// Index into [`Program::variables`]: one binder after expansion, be it an
/// input variable, a `let`, a `get` column, a macro parameter or a `new`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VarId(pub u32);

/// Index into [`Program::events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// Index into [`Program::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

/// Index into [`Program::predicates`]: a user predicate (`pred`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PredicateId(pub u32);

/// Number of a process node (or of a term-level `new`, `event`, `insert`,
/// `get`), unique in the expanded program and assigned in text order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId(pub u32);

/// A whole program: libraries and main file, linked, resolved and typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The texts all spans point into.
    pub sources: Sources,
    /// Types; the predefined ones first.
    pub types: Vec<Type>,
    /// Functions; the predefined ones first, tuples added as they occur.
    pub functions: Vec<Function>,
    /// Free names.
    pub names: Vec<FreeName>,
    /// Equations, in text order.
    pub equations: Vec<Equation>,
    /// Events.
    pub events: Vec<Event>,
    /// Tables.
    pub tables: Vec<Table>,
    /// User predicates.
    pub predicates: Vec<Predicate>,
    /// User clauses over predicates.
    pub clauses: Vec<UserClause>,
    /// Every binder of the expanded process.
    pub variables: Vec<Variable>,
    /// The main process.
    pub process: Process,
    /// Queries in text order, one per `;`-separated part.
    pub queries: Vec<Query>,
    /// Lemmas, axioms and restrictions in text order.
    pub lemmas: Vec<Lemma>,
    /// `not` declarations.
    pub not_facts: Vec<NotFact>,
    /// `nounif`, `noselect` and `select` declarations; hints for the search,
    /// never able to change a verdict.
    pub hints: Vec<SelectionHint>,
    /// `set` declarations that have a meaning here.
    pub settings: Settings,
    /// One more than the largest [`PointId`] in use.
    pub points: u32,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// Declaration; `None` for predefined types.
    pub span: Option<Span>,
}

/// A constructor or destructor.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; tuples are named `tuple<n>`.
    pub name: String,
    /// Types of the arguments.
    pub parameters: Vec<TypeId>,
    /// Type of the result.
    pub result: TypeId,
    /// What it does.
    pub kind: FunctionKind,
    /// Declared `[private]`: the attacker cannot apply it.
    pub private: bool,
    /// Declaration; `None` for predefined functions and tuples.
    pub span: Option<Span>,
}

/// What a function does.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionKind {
    /// A constructor; with no parameters, a constant.
    Constructor {
        /// `[data]`: the attacker can also take it apart, patterns may use it.
        data: bool,
        /// `[typeConverter]`: the identity when types are ignored.
        type_converter: bool,
    },
    /// A destructor given by rewrite rules.
    Destructor {
        /// The rules in text order.
        rules: Vec<RewriteRule>,
        /// `fun … reduc r1 otherwise r2`: rule i applies only where no
        /// earlier one does. Without `otherwise` the rules are unordered and
        /// agree on overlaps.
        ordered: bool,
    },
    /// An operation on natural numbers.
    Natural(NaturalOperation),
    /// A tuple constructor; data, public, any component types.
    Tuple,
}

/// Operations on `nat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NaturalOperation {
    /// `x + k`, k a literal held in the term.
    Add,
    /// `is_nat`.
    IsNat,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// A literal.
    Literal(u64),
    /// `x - k`, k a literal; fails below zero.
    Subtract,
}

/// One rewrite rule `forall vars; f(arguments) = result`.
#[derive(Clone, Debug, PartialEq)]
pub struct RewriteRule {
    /// Its variables.
    pub variables: Vec<RuleVariable>,
    /// Left side: one per parameter.
    pub arguments: Vec<RuleTerm>,
    /// Right side.
    pub result: RuleTerm,
    /// Where it is written; `None` for predefined functions.
    pub span: Option<Span>,
}

/// A variable of a rewrite rule or equation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVariable {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// Declared `or fail`: ranges over messages and failure.
    pub may_fail: bool,
}

/// A term of a rewrite rule or equation: constructors over variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleTerm {
    /// Constructor application.
    Apply(FunId, Vec<RuleTerm>),
    /// `fail`.
    Fail,
    /// Index into the rule's variables.
    Var(u32),
}

/// `equation forall variables; left = right`.
#[derive(Clone, Debug, PartialEq)]
pub struct Equation {
    /// Its variables; none may fail.
    pub variables: Vec<RuleVariable>,
    /// Left side.
    pub left: RuleTerm,
    /// Right side.
    pub right: RuleTerm,
    /// Equations of one `equation` declaration share this number.
    pub group: u32,
    /// Where it is written.
    pub span: Span,
}

/// A free name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeName {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// `[private]`: not initially known to the attacker.
    pub private: bool,
    /// Declaration; `None` for a predefined one.
    pub span: Option<Span>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Types of the arguments.
    pub parameters: Vec<TypeId>,
    /// Declaration.
    pub span: Span,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Types of the columns.
    pub columns: Vec<TypeId>,
    /// Declaration.
    pub span: Span,
}

/// A user predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// Its name.
    pub name: String,
    /// Types of the arguments.
    pub parameters: Vec<TypeId>,
    /// `[block]`: never resolved upon.
    pub blocking: bool,
    /// Declaration.
    pub span: Span,
}

/// One clause of a `clauses` declaration, `hypotheses -> conclusion`.
#[derive(Clone, Debug, PartialEq)]
pub struct UserClause {
    /// Its variables.
    pub variables: Vec<RuleVariable>,
    /// Facts and comparisons on the left.
    pub hypotheses: Vec<Formula>,
    /// The fact on the right.
    pub conclusion: Formula,
    /// Where it is written.
    pub span: Span,
}

/// A binder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Name as written.
    pub name: String,
    /// Type.
    pub ty: TypeId,
    /// What binds it.
    pub binder: Binder,
    /// The binding occurrence.
    pub span: Span,
}

/// What binds a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Binder {
    /// A parameter of an expanded macro or `letfun` that is given a variable:
    /// another word for that.
    Alias,
    /// A column pattern of `get`.
    Get,
    /// A pattern of `in`.
    Input,
    /// A pattern of `let`.
    Let,
    /// `new`: the variable denotes the fresh name.
    New,
    /// Any other parameter of an expanded macro or `letfun`.
    Parameter,
    /// `let … suchthat`.
    SuchThat,
}

/// A term of a process, with its type and place.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its type.
    pub ty: TypeId,
    /// Where it is written.
    pub span: Span,
}

/// What a term is. The binding forms evaluate in place: `letfun` bodies are
/// expanded to [`TermKind::Let`] over their parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// Constructor, destructor or tuple applied to terms.
    Apply(FunId, Vec<Term>),
    /// `event e(args); then`.
    Event {
        /// Where.
        point: PointId,
        /// Which.
        event: EventId,
        /// Arguments.
        arguments: Vec<Term>,
        /// Value.
        then: Box<Term>,
    },
    /// `fail`, as the value of a missing `else`.
    Fail,
    /// `get t(patterns) suchthat condition in then else otherwise`.
    Get {
        /// Where.
        point: PointId,
        /// Which table.
        table: TableId,
        /// One per column.
        patterns: Vec<Pattern>,
        /// `suchthat`.
        condition: Option<Box<Term>>,
        /// `[precise]`.
        precise: bool,
        /// Value when an entry matches.
        then: Box<Term>,
        /// Value when none does; [`TermKind::Fail`] when not written.
        otherwise: Box<Term>,
    },
    /// `if condition then … else …`; a missing `else` is [`TermKind::Fail`].
    If {
        /// Condition, of type bool.
        condition: Box<Term>,
        /// Value when it is `true`.
        then: Box<Term>,
        /// Value when it is a message other than `true`; a failing condition
        /// makes the whole term fail.
        otherwise: Box<Term>,
    },
    /// `insert t(args); then`.
    Insert {
        /// Where.
        point: PointId,
        /// Which table.
        table: TableId,
        /// Entry.
        arguments: Vec<Term>,
        /// Value.
        then: Box<Term>,
    },
    /// `let pattern = value in then else otherwise`; a missing `else` is
    /// [`TermKind::Fail`].
    Let {
        /// Pattern.
        pattern: Box<Pattern>,
        /// Value.
        value: Box<Term>,
        /// When it matches.
        then: Box<Term>,
        /// When the value fails or does not match.
        otherwise: Box<Term>,
        /// Set when this binding passes an argument of an expanded `letfun`:
        /// the name of that `letfun`. The call's place is the term's span.
        letfun: Option<String>,
    },
    /// `let variables suchthat predicate in then else otherwise`.
    LetSuchThat {
        /// Where.
        point: PointId,
        /// Bound variables.
        variables: Vec<VarId>,
        /// Predicate and arguments.
        predicate: PredicateId,
        /// Arguments over bound and known variables.
        arguments: Vec<Term>,
        /// When some values satisfy it.
        then: Box<Term>,
        /// When none do.
        otherwise: Box<Term>,
    },
    /// A free name.
    Name(NameId),
    /// `new name; then`.
    New {
        /// Where.
        point: PointId,
        /// The bound name.
        name: VarId,
        /// Explicit `new n[x, y]` arguments.
        arguments: Option<Vec<VarId>>,
        /// Value.
        then: Box<Term>,
    },
    /// A bound variable.
    Var(VarId),
}

/// A pattern, with the type of what it matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Type of the matched value.
    pub ty: TypeId,
    /// Where it is written.
    pub span: Span,
}

/// What a pattern is.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `f(p1, …)` for a data constructor or tuple.
    Data(FunId, Vec<Pattern>),
    /// `= term`: matches the value of the term.
    Equal(Box<Term>),
    /// Binds; `_` binds a variable nobody uses.
    Var(VarId),
}

/// A process, numbered and placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Its number.
    pub point: PointId,
    /// What it does.
    pub kind: ProcessKind,
    /// Where it is written (the prefix, not its continuation).
    pub span: Span,
}

/// What a process does.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessKind {
    /// An expanded macro call. Behaves as `let` over the bindings, in order,
    /// then the body; a failing argument stops it.
    Call {
        /// Name of the macro: the role.
        name: String,
        /// Where the macro is defined.
        definition: Span,
        /// Parameters and arguments.
        bindings: Vec<(VarId, Term)>,
        /// The macro's body.
        body: Box<Process>,
    },
    /// `event e(args); then`.
    Event {
        /// Which.
        event: EventId,
        /// Arguments; a failing one stops the process.
        arguments: Vec<Term>,
        /// Continuation.
        then: Box<Process>,
    },
    /// `get t(patterns) suchthat condition in then else otherwise`.
    Get {
        /// Which table.
        table: TableId,
        /// One per column.
        patterns: Vec<Pattern>,
        /// `suchthat`.
        condition: Option<Term>,
        /// `[precise]`.
        precise: bool,
        /// When an entry matches.
        then: Box<Process>,
        /// When none does; `None` when no `else` is written.
        otherwise: Option<Box<Process>>,
    },
    /// `if condition then … else …`; a failing condition stops the process.
    If {
        /// Condition, of type bool.
        condition: Term,
        /// When it is `true`.
        then: Box<Process>,
        /// When it is another message.
        otherwise: Box<Process>,
    },
    /// `in(channel, pattern); then`.
    Input {
        /// Channel.
        channel: Term,
        /// What is accepted.
        pattern: Pattern,
        /// `[precise]`.
        precise: bool,
        /// Continuation.
        then: Box<Process>,
    },
    /// `insert t(args); then`.
    Insert {
        /// Which table.
        table: TableId,
        /// Entry.
        arguments: Vec<Term>,
        /// Continuation.
        then: Box<Process>,
    },
    /// `let pattern = value in then else otherwise`.
    Let {
        /// Pattern.
        pattern: Pattern,
        /// Value.
        value: Term,
        /// When it matches.
        then: Box<Process>,
        /// When the value fails or does not match.
        otherwise: Box<Process>,
    },
    /// `let variables suchthat predicate in then else otherwise`.
    LetSuchThat {
        /// Bound variables.
        variables: Vec<VarId>,
        /// The predicate.
        predicate: PredicateId,
        /// Arguments over bound and known variables.
        arguments: Vec<Term>,
        /// `[precise]`.
        precise: bool,
        /// When some values satisfy it.
        then: Box<Process>,
        /// When none do.
        otherwise: Box<Process>,
    },
    /// `new name; then`.
    New {
        /// The bound name.
        name: VarId,
        /// Explicit `new n[x, y]` arguments.
        arguments: Option<Vec<VarId>>,
        /// Continuation.
        then: Box<Process>,
    },
    /// `0`.
    Nil,
    /// `out(channel, message); then`.
    Output {
        /// Channel.
        channel: Term,
        /// Message; a failing one stops the process.
        message: Term,
        /// Continuation.
        then: Box<Process>,
    },
    /// `P | Q | …`.
    Parallel(Vec<Process>),
    /// `phase n; then`.
    Phase {
        /// The phase entered, at least 1.
        phase: u32,
        /// Continuation.
        then: Box<Process>,
    },
    /// `! P`.
    Replicate(Box<Process>),
}

/// One query, with its label when it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Label from the comment before the declaration.
    pub label: Option<Label>,
    /// What is asked.
    pub kind: QueryKind,
    /// Queries of one `query` declaration share this number.
    pub group: u32,
    /// The index of the lemma whose proof this asks for. Those come before the
    /// queries that may use it, as ProVerif proves them first.
    pub lemma: Option<u32>,
    /// A proof by induction is asked for: `[induction]`, or a setting that says so
    /// of all.
    pub induction: bool,
    /// Where it is written.
    pub span: Span,
}

impl Query {
    /// What the attacker is given of the process, by `public_vars`: every binder.
    #[must_use]
    pub fn public_variables(&self) -> &[VarId] {
        match &self.kind {
            QueryKind::Correspondence(statement) => &statement.public_variables,
            QueryKind::Secret {
                public_variables, ..
            } => public_variables,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryKind {
    /// A correspondence, reachability or secrecy query.
    Correspondence(Correspondence),
    /// `query secret x [public_vars …]`: the variable or name is secret in
    /// every place that binds it.
    Secret {
        /// Every binder of that source name.
        variables: Vec<VarId>,
        /// `public_vars`.
        public_variables: Vec<VarId>,
    },
}

/// `premises ==> conclusion`; a query without an arrow has conclusion
/// [`Formula::False`].
#[derive(Clone, Debug, PartialEq)]
pub struct Correspondence {
    /// All variables of the query, declared ones first.
    pub variables: Vec<QueryVariable>,
    /// Facts and comparisons on the left, all required.
    pub premises: Vec<Formula>,
    /// The right side.
    pub conclusion: Formula,
    /// Whether an arrow was written (matters for printing only).
    pub arrow: bool,
    /// `public_vars`; of a lemma, axiom or restriction, those of the queries that it
    /// is `for`.
    pub public_variables: Vec<VarId>,
}

/// A variable of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryVariable {
    /// Its name.
    pub name: String,
    /// Its type; [`TypeId::TIME`] for `@i`, [`TypeId::SID`] for sessions.
    pub ty: TypeId,
}

/// A lemma, axiom or restriction.
#[derive(Clone, Debug, PartialEq)]
pub struct Lemma {
    /// Which of the three.
    pub kind: LemmaKind,
    /// The statement.
    pub statement: Correspondence,
    /// A lemma that fails is left out of what the others rest on; otherwise
    /// its failure is one of all queries behind it. `[maxSubset]`.
    pub maximal_subset: bool,
    /// Where it is written.
    pub span: Span,
}

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LemmaKind {
    /// Trusted.
    Axiom,
    /// Proved first, then used.
    Lemma,
    /// Only traces that satisfy it are considered.
    Restriction,
}

/// A formula of a query, lemma or clause.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// All of them; never empty.
    And(Vec<Formula>),
    /// `attacker(terms) phase n`; more than one term means a tuple of facts.
    Attacker {
        /// The message.
        term: QueryTerm,
        /// `None`: the last phase of the program.
        phase: Option<u32>,
        /// `@i`.
        time: Option<u32>,
        /// Where.
        span: Span,
    },
    /// `M = N`.
    Equal(QueryTerm, QueryTerm, Span),
    /// `event(e(args))` or `inj-event(e(args))`.
    Event {
        /// Which.
        event: EventId,
        /// Arguments.
        arguments: Vec<QueryTerm>,
        /// `inj-event`.
        injective: bool,
        /// `@i`: index of the time variable.
        time: Option<u32>,
        /// Where.
        span: Span,
    },
    /// `false`.
    False,
    /// A comparison of natural numbers or times.
    Natural(NaturalOperation, Vec<QueryTerm>, Span),
    /// `mess(channel, term) phase n`.
    Message {
        /// The channel.
        channel: QueryTerm,
        /// The message.
        term: QueryTerm,
        /// `None`: the last phase of the program.
        phase: Option<u32>,
        /// `@i`.
        time: Option<u32>,
        /// Where.
        span: Span,
    },
    /// `(fact ==> formula)` inside a conclusion.
    Nested(Box<Formula>, Box<Formula>),
    /// At least one of them; never empty.
    Or(Vec<Formula>),
    /// A user predicate.
    Predicate {
        /// Which.
        predicate: PredicateId,
        /// Arguments.
        arguments: Vec<QueryTerm>,
        /// Where.
        span: Span,
    },
    /// `table(t(args)) phase n`.
    Table {
        /// Which.
        table: TableId,
        /// Columns.
        arguments: Vec<QueryTerm>,
        /// `None`: the last phase of the program.
        phase: Option<u32>,
        /// `@i`.
        time: Option<u32>,
        /// Where.
        span: Span,
    },
    /// `true`.
    True,
    /// `M <> N`.
    Unequal(QueryTerm, QueryTerm, Span),
}

/// A term of a query; no destructors.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryTerm {
    /// Constructor or tuple.
    Apply(FunId, Vec<QueryTerm>),
    /// `new n[…]`: the name bound there, in a session of its own at each
    /// occurrence unless the bindings say otherwise.
    Bound {
        /// The binder.
        name: VarId,
        /// `x = M` and `!i = M` between the brackets.
        arguments: Vec<(BoundArgument, QueryTerm)>,
        /// Where.
        span: Span,
    },
    /// A free name.
    Name(NameId),
    /// Index into [`Correspondence::variables`].
    Var(u32),
}

/// What an argument of `new n[…]` fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundArgument {
    /// `!k`: the k-th enclosing replication, counted from the outermost, from 1.
    Session(u32),
    /// A variable in scope at the binder.
    Variable(VarId),
}

/// `not fact.`: a fact assumed underivable; verified at the end, never
/// believed.
#[derive(Clone, Debug, PartialEq)]
pub struct NotFact {
    /// Its variables.
    pub variables: Vec<QueryVariable>,
    /// The fact.
    pub fact: Formula,
    /// Where it is written.
    pub span: Span,
}

/// A hint for the selection function.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionHint {
    /// Its variables; `starred` ones stand for any term.
    pub variables: Vec<QueryVariable>,
    /// Indices of variables written `*x`.
    pub starred: Vec<u32>,
    /// The fact.
    pub fact: Formula,
    /// Positive: prefer; negative: avoid.
    pub weight: i64,
    /// Whether it speaks of hypotheses, and not only of conclusions.
    pub hypothesis: bool,
    /// Where it is written.
    pub span: Span,
}

/// `set keyCompromise`: whether the attacker is given the names that some sessions
/// make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyCompromise {
    /// No session is compromised.
    #[default]
    None,
    /// Compromised sessions run beside the others.
    Approximate,
    /// All compromised sessions are over before the others begin.
    Strict,
}

/// `set` declarations that have a meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ignoreTypes` (default true): the attacker does not respect types.
    pub ignore_types: bool,
    /// `attacker = passive`.
    pub passive_attacker: bool,
    /// `keyCompromise` (default none).
    pub key_compromise: KeyCompromise,
    /// `privateCommOnPublicTerms` (default true): two copies may communicate on a
    /// channel that everybody knows without the attacker's hearing it.
    pub unheard: bool,
    /// `preciseActions` (default false).
    pub precise_actions: bool,
    /// `inductionQueries` (default false): queries are proved by induction where
    /// they do not say otherwise.
    pub induction_queries: bool,
    /// `inductionLemmas` (default false): the same for lemmas.
    pub induction_lemmas: bool,
    /// `predicatesImplementable = nocheck`: predicates may be asked that no
    /// process could compute.
    pub unimplementable: bool,
    /// Every other `set` in text order: name, value, place. A stage that does
    /// not know a name that could change a verdict must refuse the program.
    pub others: Vec<(String, String, Span)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ignore_types: true,
            passive_attacker: false,
            key_compromise: KeyCompromise::None,
            unheard: true,
            precise_actions: false,
            induction_queries: false,
            induction_lemmas: false,
            unimplementable: false,
            others: Vec::new(),
        }
    }
}
