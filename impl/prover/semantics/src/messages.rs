//! Ground messages modulo the equational theory.
//!
//! A [`Message`] is an equivalence class: two messages are equal exactly when
//! their numbers are. Classes are built bottom-up. A symbol applied to classes
//! is first rewritten by the convergent rules; what does not rewrite starts a
//! new class, to which every other way of writing it (by the permutative
//! equations) is added at once.
//!
//! *Why a class is complete when it is made.* A permutative equation keeps the
//! size, so everything strictly below the root of another way of writing a
//! message is smaller than the message and was complete before. If the root
//! itself existed, it was complete too, and then it already contained this way
//! of writing by the same equation read backwards, so the message would have
//! been found instead of made.

use crate::theory::{Theory, TheoryError, is_data};
use pi::{FunId, FunctionKind, NameId, NaturalOperation, Program, RuleTerm, TypeId, VarId};
use std::collections::HashMap;

/// Most ways of writing one message that are kept.
const WAYS: usize = 5_000;
/// Deepest nesting of rewriting steps. Rules terminate, but a path order lets
/// terms grow first.
const NESTING: usize = 500;

/// A message; equal messages of one [`Messages`] have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message(u32);

/// What evaluating a term yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Evaluation failed.
    Fail,
    /// A message.
    Message(Message),
}

impl Value {
    /// The message, unless evaluation failed.
    #[must_use]
    pub fn message(self) -> Option<Message> {
        match self {
            Self::Fail => None,
            Self::Message(m) => Some(m),
        }
    }
}

/// One way of writing a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A constructor or tuple applied to messages.
    Apply(FunId, Box<[Message]>),
    /// A name the attacker made: its number and type.
    Attacker(u32, TypeId),
    /// A free name.
    Free(NameId),
    /// A name made by `new`: the binder and the how-manyth name of the run.
    Fresh(VarId, u32),
    /// A natural number.
    Natural(u64),
    /// The successor of a message that is no natural number, which is none
    /// either.
    Successor(Message),
}

/// Why a message could not be computed at all. Not the same as failing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComputeError {
    /// Arithmetic on something that is not a number.
    #[error("`{function}` is applied to a message that is not a natural number")]
    NotNatural {
        /// The operation.
        function: String,
    },
    /// The equations were refused.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// Rewriting goes too deep.
    #[error("rewriting one message takes more than {limit} nested steps")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// Too many ways of writing one message, or of matching one pattern.
    #[error("the equations give more than {limit} ways of reading one message")]
    TooManyWays {
        /// The bound.
        limit: usize,
    },
    /// A number that no declaration has.
    #[error("there is no {what} with number {number} in this program")]
    Unknown {
        /// `function`, `name`, `type`, ….
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// A function applied to a wrong number of arguments.
    #[error("`{function}` takes {expected} arguments, not {given}")]
    WrongArity {
        /// The function.
        function: String,
        /// As declared.
        expected: usize,
        /// As given.
        given: usize,
    },
}

/// Highest successor of a message that is no number.
const SUCCESSORS: u64 = 1_000;

/// Values of rule variables during a match, by index.
pub(crate) type Bindings = Vec<Option<Value>>;

/// Owner of messages, with the theory of one program.
#[derive(Clone, Debug)]
pub struct Messages {
    theory: Theory,
    /// Per message the ways of writing it; never empty, the first one printed.
    ways: Vec<Vec<Node>>,
    index: HashMap<Node, Message>,
    /// Rewriting steps under way.
    nesting: usize,
}

impl Messages {
    /// No message yet; an error when the equations are not decided here.
    pub fn new(program: &Program) -> Result<Self, TheoryError> {
        Ok(Self {
            theory: Theory::new(program)?,
            ways: Vec::new(),
            index: HashMap::new(),
            nesting: 0,
        })
    }

    /// The ways of writing a message, the representative first.
    #[must_use]
    pub fn ways(&self, message: Message) -> &[Node] {
        &self.ways[message.0 as usize]
    }

    /// The representative way of writing a message.
    #[must_use]
    pub fn node(&self, message: Message) -> &Node {
        &self.ways[message.0 as usize][0]
    }

    /// A free name.
    pub fn free(&mut self, name: NameId) -> Message {
        self.leaf(Node::Free(name))
    }

    /// A name made by `new`.
    pub fn fresh(&mut self, binder: VarId, number: u32) -> Message {
        self.leaf(Node::Fresh(binder, number))
    }

    /// A name the attacker made.
    pub fn attacker(&mut self, number: u32, ty: TypeId) -> Message {
        self.leaf(Node::Attacker(number, ty))
    }

    /// A natural number.
    pub fn natural(&mut self, number: u64) -> Message {
        self.leaf(Node::Natural(number))
    }

    /// A boolean.
    pub fn boolean(&mut self, value: bool) -> Message {
        let f = if value { FunId::TRUE } else { FunId::FALSE };
        self.leaf(Node::Apply(f, Box::default()))
    }

    /// The type of a message.
    #[must_use]
    pub fn type_of(&self, program: &Program, message: Message) -> TypeId {
        match self.node(message) {
            Node::Apply(f, _) => program
                .functions
                .get(f.0 as usize)
                .map_or(TypeId::ANY, |f| f.result),
            Node::Attacker(_, ty) => *ty,
            Node::Free(n) => program
                .names
                .get(n.0 as usize)
                .map_or(TypeId::ANY, |n| n.ty),
            Node::Fresh(v, _) => program
                .variables
                .get(v.0 as usize)
                .map_or(TypeId::ANY, |v| v.ty),
            Node::Natural(_) | Node::Successor(_) => TypeId::NAT,
        }
    }

    /// Applies a constructor, tuple, destructor or operation to values. A
    /// failing argument makes everything but a destructor fail; a destructor
    /// fails where no rule applies.
    pub fn apply(
        &mut self,
        program: &Program,
        function: FunId,
        arguments: &[Value],
    ) -> Result<Value, ComputeError> {
        let Some(declared) = program.functions.get(function.0 as usize) else {
            return Err(ComputeError::Unknown {
                what: "function",
                number: function.0,
            });
        };
        let arity = declared.parameters.len();
        if arguments.len() != arity && !matches!(declared.kind, FunctionKind::Natural(_)) {
            return Err(ComputeError::WrongArity {
                function: declared.name.clone(),
                expected: arity,
                given: arguments.len(),
            });
        }
        if let FunctionKind::Destructor { .. } = declared.kind {
            return self.reduce(program, function, arguments);
        }
        let Some(messages) = arguments
            .iter()
            .map(|v| v.message())
            .collect::<Option<Vec<_>>>()
        else {
            return Ok(Value::Fail);
        };
        match declared.kind {
            FunctionKind::Natural(operation) => {
                self.arithmetic(&declared.name, operation, &messages)
            }
            _ => self
                .construct(program, function, messages)
                .map(Value::Message),
        }
    }

    /// Applies a constructor or tuple.
    pub fn construct(
        &mut self,
        program: &Program,
        function: FunId,
        arguments: Vec<Message>,
    ) -> Result<Message, ComputeError> {
        if let ([only], true) = (arguments.as_slice(), self.theory.erased.contains(&function)) {
            return Ok(*only);
        }
        let node = Node::Apply(function, arguments.into());
        if let Some(known) = self.index.get(&node) {
            return Ok(*known);
        }
        let Node::Apply(_, arguments) = &node else {
            return Ok(self.leaf(node));
        };
        let rules = self.theory.convergent.get(&function).cloned();
        for rule in rules.iter().flatten() {
            let RuleTerm::Apply(_, patterns) = &rule.left else {
                continue;
            };
            if let Some(bindings) = self.first_match(program, patterns, arguments)? {
                if self.nesting >= NESTING {
                    return Err(ComputeError::TooDeep { limit: NESTING });
                }
                self.nesting += 1;
                let value = self.instance(program, &rule.right, &bindings);
                self.nesting -= 1;
                if let Value::Message(m) = value? {
                    self.index.insert(node, m);
                    return Ok(m);
                }
            }
        }
        self.class(program, node)
    }

    /// Takes apart a data constructor or tuple.
    #[must_use]
    pub fn open(
        &self,
        program: &Program,
        message: Message,
        function: FunId,
    ) -> Option<Vec<Message>> {
        if let (true, [_]) = (
            self.theory.erased.contains(&function),
            program
                .functions
                .get(function.0 as usize)
                .map_or(&[][..], |f| f.parameters.as_slice()),
        ) {
            return Some(vec![message]);
        }
        self.ways(message).iter().find_map(|way| match way {
            Node::Apply(f, arguments) if *f == function => Some(arguments.to_vec()),
            _ => None,
        })
    }

    pub(crate) fn theory(&self) -> &Theory {
        &self.theory
    }

    fn leaf(&mut self, node: Node) -> Message {
        if let Some(known) = self.index.get(&node) {
            return *known;
        }
        let message = Message(u32::try_from(self.ways.len()).unwrap_or(u32::MAX));
        self.ways.push(vec![node.clone()]);
        self.index.insert(node, message);
        message
    }

    /// A new class, with all ways of writing it.
    fn class(&mut self, program: &Program, node: Node) -> Result<Message, ComputeError> {
        if !matches!(&node, Node::Apply(f, _) if self.theory.permutative.contains_key(f)) {
            return Ok(self.leaf(node));
        }
        let mut ways = vec![node];
        let mut next = 0;
        while next < ways.len() {
            let way = ways[next].clone();
            next += 1;
            for other in self.rewrite_root(program, &way)? {
                if !ways.contains(&other) {
                    ways.push(other);
                }
            }
            if ways.len() > WAYS {
                return Err(ComputeError::TooManyWays { limit: WAYS });
            }
        }
        // The representative must not depend on which way was met first.
        ways.sort();
        let message = Message(u32::try_from(self.ways.len()).unwrap_or(u32::MAX));
        for way in &ways {
            self.index.insert(way.clone(), message);
        }
        self.ways.push(ways);
        Ok(message)
    }

    /// Whether a message has a type; always when types are ignored.
    pub(crate) fn fits(&self, program: &Program, message: Message, ty: TypeId) -> bool {
        if program.settings.ignore_types || ty == TypeId::ANY {
            return true;
        }
        let own = self.type_of(program, message);
        own == ty || own == TypeId::ANY
    }

    fn arithmetic(
        &mut self,
        name: &str,
        operation: NaturalOperation,
        arguments: &[Message],
    ) -> Result<Value, ComputeError> {
        let not_natural = || ComputeError::NotNatural {
            function: name.to_owned(),
        };
        let number = |i: usize| match arguments.get(i).map(|m| self.node(*m)) {
            Some(Node::Natural(n)) => Some(*n),
            _ => None,
        };
        if operation == NaturalOperation::IsNat {
            let yes = number(0).is_some();
            return Ok(Value::Message(self.boolean(yes)));
        }
        if let NaturalOperation::Literal(n) = operation {
            return Ok(Value::Message(self.natural(n)));
        }
        let (Some(a), Some(b)) = (number(0), number(1)) else {
            return match (operation, arguments, number(1)) {
                (NaturalOperation::Add, [base, _], Some(by)) => {
                    if by > SUCCESSORS {
                        return Err(not_natural());
                    }
                    let up = |below, _| self.leaf(Node::Successor(below));
                    Ok(Value::Message((0..by).fold(*base, up)))
                }
                (NaturalOperation::Add, ..) => Err(not_natural()),
                (NaturalOperation::Subtract, [whole, _], Some(by)) => {
                    let mut rest = *whole;
                    for _ in 0..by {
                        match *self.node(rest) {
                            Node::Successor(below) => rest = below,
                            _ => return Ok(Value::Fail),
                        }
                    }
                    Ok(Value::Message(rest))
                }
                // Comparisons fail unless both sides are numbers.
                _ => Ok(Value::Fail),
            };
        };
        Ok(match operation {
            NaturalOperation::Add => {
                Value::Message(self.natural(a.checked_add(b).ok_or_else(not_natural)?))
            }
            NaturalOperation::Subtract => match a.checked_sub(b) {
                Some(n) => Value::Message(self.natural(n)),
                None => Value::Fail,
            },
            NaturalOperation::Less => Value::Message(self.boolean(a < b)),
            NaturalOperation::LessOrEqual => Value::Message(self.boolean(a <= b)),
            NaturalOperation::IsNat | NaturalOperation::Literal(_) => Value::Fail,
        })
    }
}

pub(crate) fn natural(program: &Program, function: FunId) -> Option<NaturalOperation> {
    match program.functions.get(function.0 as usize).map(|f| &f.kind) {
        Some(FunctionKind::Natural(operation)) => Some(*operation),
        _ => None,
    }
}

/// Whether the attacker can take this function apart by position.
#[must_use]
pub fn opens(program: &Program, function: FunId) -> bool {
    is_data(program, function)
}
