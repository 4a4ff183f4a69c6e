//! The fixed signature over which models are generated.
//!
//! It has one of each kind that the prover treats apart: free constructors,
//! destructors, a destructor with `otherwise`, one with a variable that may be
//! `fail`, data constructors, a type converter, the Diffie–Hellman equation,
//! equations that are rewrite rules, functions of numbers, and predicates with
//! their clauses.

/// Types of the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Type {
    Bitstring,
    Bool,
    Channel,
    Exponent,
    Group,
    Host,
    Key,
    Natural,
    Public,
    Secret,
    Time,
}

impl Type {
    /// As written in a model.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bitstring => "bitstring",
            Self::Bool => "bool",
            Self::Channel => "channel",
            Self::Exponent => "exponent",
            Self::Group => "G",
            Self::Host => "host",
            Self::Key => "key",
            Self::Natural => "nat",
            Self::Public => "pkey",
            Self::Secret => "skey",
            Self::Time => "time",
        }
    }

    /// Its declaration, unless it is predefined.
    #[must_use]
    pub fn declaration(self) -> Option<String> {
        match self {
            Self::Bitstring | Self::Bool | Self::Channel | Self::Natural | Self::Time => None,
            _ => Some(format!("type {}.", self.name())),
        }
    }
}

/// How a function may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Builds a term.
    Constructor,
    /// Builds a term that patterns and the attacker open.
    Data,
    /// Computes, and may fail.
    Destructor,
    /// Holds or not: a condition, or what `suchthat` asks for.
    Predicate,
}

/// What a model may be made without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Equations that are rewrite rules.
    Cancelling,
    /// In every model.
    Core,
    /// The Diffie–Hellman equation.
    Group,
    /// Natural numbers.
    Numbers,
    /// Predicates and their clauses.
    Predicates,
}

/// A function of the signature.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Types of its arguments.
    pub parameters: &'static [Type],
    /// Type of its result.
    pub result: Type,
    /// How it may be used.
    pub kind: Kind,
    /// What brings it into a model.
    pub part: Part,
    /// Its declaration.
    pub declaration: &'static str,
    /// Functions and free names its declaration mentions.
    pub needs: &'static [&'static str],
}

use Kind::{Constructor, Data, Destructor, Predicate};
use Type::{Bitstring, Bool, Exponent, Group, Host, Key, Natural, Public, Secret};

const fn function(
    name: &'static str,
    parameters: &'static [Type],
    result: Type,
    kind: Kind,
    needs: &'static [&'static str],
    declaration: &'static str,
) -> Function {
    Function {
        name,
        parameters,
        result,
        kind,
        part: Part::Core,
        declaration,
        needs,
    }
}

/// The same in another part.
const fn only(part: Part, function: Function) -> Function {
    Function { part, ..function }
}

/// All functions, each after those its declaration mentions.
pub const FUNCTIONS: &[Function] = &[
    function(
        "enc",
        &[Bitstring, Key],
        Bitstring,
        Constructor,
        &[],
        "fun enc(bitstring, key): bitstring.",
    ),
    function(
        "dec",
        &[Bitstring, Key],
        Bitstring,
        Destructor,
        &["enc"],
        "reduc forall x: bitstring, y: key; dec(enc(x, y), y) = x.",
    ),
    function(
        "pk",
        &[Secret],
        Public,
        Constructor,
        &[],
        "fun pk(skey): pkey.",
    ),
    function(
        "aenc",
        &[Bitstring, Public],
        Bitstring,
        Constructor,
        &["pk"],
        "fun aenc(bitstring, pkey): bitstring.",
    ),
    function(
        "adec",
        &[Bitstring, Secret],
        Bitstring,
        Destructor,
        &["aenc"],
        "reduc forall x: bitstring, y: skey; adec(aenc(x, pk(y)), y) = x.",
    ),
    function(
        "sign",
        &[Bitstring, Secret],
        Bitstring,
        Constructor,
        &["pk"],
        "fun sign(bitstring, skey): bitstring.",
    ),
    function(
        "open",
        &[Bitstring, Public],
        Bitstring,
        Destructor,
        &["sign"],
        "reduc forall x: bitstring, y: skey; open(sign(x, y), pk(y)) = x.",
    ),
    function(
        "body",
        &[Bitstring],
        Bitstring,
        Destructor,
        &["sign"],
        "reduc forall x: bitstring, y: skey; body(sign(x, y)) = x.",
    ),
    function(
        "verify",
        &[Bitstring, Bitstring, Public],
        Bool,
        Destructor,
        &["sign"],
        "fun verify(bitstring, bitstring, pkey): bool
reduc forall x: bitstring, y: skey; verify(sign(x, y), x, pk(y)) = true
otherwise forall x: bitstring, y: bitstring, z: pkey; verify(x, y, z) = false.",
    ),
    function(
        "h",
        &[Bitstring],
        Bitstring,
        Constructor,
        &[],
        "fun h(bitstring): bitstring.",
    ),
    function(
        "mac",
        &[Bitstring, Key],
        Bitstring,
        Constructor,
        &[],
        "fun mac(bitstring, key): bitstring.",
    ),
    function(
        "tokey",
        &[Bitstring],
        Key,
        Constructor,
        &[],
        "fun tokey(bitstring): key [data, typeConverter].",
    ),
    function(
        "hk",
        &[Bitstring, Bitstring],
        Key,
        Constructor,
        &[],
        "fun hk(bitstring, bitstring): key.",
    ),
    function(
        "w",
        &[Bitstring, Host],
        Bitstring,
        Data,
        &[],
        "fun w(bitstring, host): bitstring [data].",
    ),
    function(
        "keymsg",
        &[Key],
        Bitstring,
        Data,
        &[],
        "fun keymsg(key): bitstring [data].",
    ),
    function(
        "peel",
        &[Bitstring],
        Bitstring,
        Destructor,
        &["h"],
        "fun peel(bitstring): bitstring
reduc forall x: bitstring; peel(h(h(x))) = x
otherwise forall x: bitstring; peel(h(x)) = h(x)
otherwise forall x: bitstring; peel(x) = x.",
    ),
    function(
        "first",
        &[Bitstring, Bitstring],
        Bitstring,
        Destructor,
        &[],
        "fun first(bitstring, bitstring): bitstring
reduc forall x: bitstring, y: bitstring or fail; first(x, y) = x
otherwise forall x: bitstring or fail, y: bitstring; first(x, y) = y.",
    ),
    only(
        Part::Group,
        function(
            "dh",
            &[Group, Exponent],
            Group,
            Constructor,
            &["g"],
            "fun dh(G, exponent): G.
equation forall x: exponent, y: exponent; dh(dh(g, x), y) = dh(dh(g, y), x).",
        ),
    ),
    only(
        Part::Group,
        function("kdf", &[Group], Key, Constructor, &[], "fun kdf(G): key."),
    ),
    only(
        Part::Group,
        function(
            "element",
            &[Group],
            Bitstring,
            Data,
            &[],
            "fun element(G): bitstring [data].",
        ),
    ),
    only(
        Part::Cancelling,
        function(
            "mirror",
            &[Bitstring],
            Bitstring,
            Constructor,
            &[],
            "fun mirror(bitstring): bitstring.
equation forall x: bitstring; mirror(mirror(x)) = x.",
        ),
    ),
    only(
        Part::Cancelling,
        function(
            "blind",
            &[Bitstring, Bitstring],
            Bitstring,
            Constructor,
            &[],
            "fun blind(bitstring, bitstring): bitstring.",
        ),
    ),
    only(
        Part::Cancelling,
        function(
            "stamp",
            &[Bitstring, Secret],
            Bitstring,
            Constructor,
            &[],
            "fun stamp(bitstring, skey): bitstring.",
        ),
    ),
    only(
        Part::Cancelling,
        function(
            "unblind",
            &[Bitstring, Bitstring],
            Bitstring,
            Constructor,
            &["blind", "stamp"],
            "fun unblind(bitstring, bitstring): bitstring.
equation forall x: bitstring, y: bitstring; unblind(blind(x, y), y) = x;
  forall x: bitstring, y: bitstring, z: skey; unblind(stamp(blind(x, y), z), y) = stamp(x, z).",
        ),
    ),
    only(
        Part::Numbers,
        function(
            "count",
            &[Natural],
            Bitstring,
            Data,
            &[],
            "fun count(nat): bitstring [data].",
        ),
    ),
    only(
        Part::Numbers,
        function(
            "nth",
            &[Natural, Key],
            Key,
            Constructor,
            &[],
            "fun nth(nat, key): key.",
        ),
    ),
    only(
        Part::Numbers,
        function(
            "before",
            &[Natural],
            Natural,
            Destructor,
            &[],
            "fun before(nat): nat
reduc forall n: nat; before(n + 1) = n.",
        ),
    ),
    only(
        Part::Predicates,
        function(
            "member",
            &[Bitstring, Bitstring],
            Bool,
            Predicate,
            &[],
            "pred member(bitstring, bitstring).
clauses forall x: bitstring, y: bitstring; member(x, (x, y));
  forall x: bitstring, y: bitstring, z: bitstring; member(x, z) -> member(x, (y, z)).",
        ),
    ),
    only(
        Part::Predicates,
        function(
            "carries",
            &[Bitstring, Key],
            Bool,
            Predicate,
            &["keymsg"],
            "pred carries(bitstring, key).
clauses forall k: key; carries(keymsg(k), k);
  forall x: bitstring, k: key; carries(x, k) -> carries((x, x), k).",
        ),
    ),
    only(
        Part::Predicates,
        function(
            "apart",
            &[Bitstring, Host],
            Bool,
            Predicate,
            &["w"],
            "pred apart(bitstring, host).
clauses forall x: bitstring, a: host, b: host; a <> b -> apart(w(x, a), b).",
        ),
    ),
];

/// The function of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, named};

    #[test]
    fn declarations_come_after_what_they_mention() {
        for (i, function) in FUNCTIONS.iter().enumerate() {
            for need in function.needs {
                let known = FUNCTIONS[..i].iter().any(|f| f.name == *need);
                assert!(known || *need == "g", "{} needs {need}", function.name);
            }
            assert_eq!(named(function.name), Some(function));
        }
    }
}
