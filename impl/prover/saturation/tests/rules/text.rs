//! Clauses from text, so that tests read like the literature.
//!
//! ```text
//! X <> f(Y) && attacker(X) && begin:e(X) -> attacker(f(X))
//! forall Z. X <> g(Z)                    -- Z is universal
//! ```
//! Capital letters are variables; `k[]` is a private name, `c[]` starting with
//! `pub` a public one; `(M,N)` a tuple; any other symbol a public constructor,
//! private if it starts with `priv`. `attacker1` is phase 1.

use logic::{
    Clause, Disequality, Fact, Predicate, Signature, Store, Symbol, SymbolInfo, SymbolKind, TermId,
    Var,
};
use saturation::{Everything, Limits, Saturated, Setting, StopReason, Syntactic};
use std::collections::BTreeMap;

/// A store with the names used so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) signature: Signature,
    symbols: BTreeMap<(String, usize), Symbol>,
    predicates: BTreeMap<String, u32>,
}

struct Reader<'a> {
    rest: &'a str,
    variables: BTreeMap<String, Var>,
}

impl World {
    pub(crate) fn clause(&mut self, text: &str) -> Clause {
        let (body, head) = text.rsplit_once("->").unwrap_or(("", text));
        let mut reader = Reader {
            rest: "",
            variables: BTreeMap::new(),
        };
        let mut clause = Clause {
            constraints: Vec::new(),
            hypotheses: Vec::new(),
            conclusion: Fact::new(Predicate::Action, Vec::new()),
        };
        for part in body.split("&&").map(str::trim).filter(|p| !p.is_empty()) {
            if part.contains("<>") {
                clause.constraints.push(self.disequality(&mut reader, part));
            } else {
                clause.hypotheses.push(self.fact(&mut reader, part));
            }
        }
        clause.conclusion = self.fact(&mut reader, head.trim());
        clause
    }

    pub(crate) fn clauses(&mut self, text: &str) -> Vec<Clause> {
        text.lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .map(|l| self.clause(l))
            .collect()
    }

    fn disequality(&mut self, reader: &mut Reader<'_>, text: &str) -> Disequality {
        let (bound, body) = match text.strip_prefix("forall ") {
            Some(rest) => rest.split_once('.').expect("a dot after forall"),
            None => ("", text),
        };
        let (left, right) = body.split_once("<>").expect("two sides");
        let pair = (self.parse(reader, left), self.parse(reader, right));
        let universals = bound
            .split(',')
            .map(str::trim)
            .filter(|v| !v.is_empty())
            .map(|v| reader.variable(v))
            .collect();
        Disequality {
            universals,
            pairs: vec![pair],
        }
    }

    fn fact(&mut self, reader: &mut Reader<'_>, text: &str) -> Fact {
        let (name, arguments) = text.split_once('(').expect("a fact");
        let arguments = format!("({arguments}");
        let store_tuple = self.parse_list(reader, &arguments);
        let mut number = |name: &str| {
            let next = self.signature.predicate_count();
            *self.predicates.entry(name.to_owned()).or_insert_with(|| {
                self.signature.add_predicate(name);
                u32::try_from(next).expect("few predicates")
            })
        };
        let predicate = match name.split_once(':') {
            Some(("begin", e)) => Predicate::Begin(number(e)),
            Some(("end", e)) => Predicate::End(number(e)),
            Some(("table", t)) => Predicate::Table {
                phase: 0,
                table: number(t),
            },
            _ => match name {
                "action" => Predicate::Action,
                "attacker" => Predicate::Attacker(0),
                "attacker1" => Predicate::Attacker(1),
                "goal" => Predicate::Goal(0),
                "mess" => Predicate::Message(0),
                other => panic!("no predicate {other}"),
            },
        };
        Fact::new(predicate, store_tuple)
    }

    pub(crate) fn parse(&mut self, reader_of: &mut impl Variables, text: &str) -> TermId {
        let mut reader = Reader {
            rest: text.trim(),
            variables: reader_of.taken(),
        };
        let term = self.read(&mut reader);
        assert!(reader.rest.trim().is_empty(), "left over: {}", reader.rest);
        reader_of.give(reader.variables);
        term
    }

    fn parse_list(&mut self, outer: &mut Reader<'_>, text: &str) -> Vec<TermId> {
        let mut reader = Reader {
            rest: text.trim(),
            variables: std::mem::take(&mut outer.variables),
        };
        let list = self.arguments(&mut reader, '(', ')');
        assert!(reader.rest.trim().is_empty(), "left over: {}", reader.rest);
        outer.variables = reader.variables;
        list
    }

    fn arguments(&mut self, reader: &mut Reader<'_>, open: char, close: char) -> Vec<TermId> {
        reader.eat(open);
        let mut list = Vec::new();
        loop {
            reader.rest = reader.rest.trim_start();
            if reader.rest.starts_with(close) {
                reader.eat(close);
                return list;
            }
            if reader.rest.starts_with(',') {
                reader.eat(',');
            }
            list.push(self.read(reader));
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> TermId {
        reader.rest = reader.rest.trim_start();
        let end = reader
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(reader.rest.len());
        let (name, rest) = reader.rest.split_at(end);
        reader.rest = rest;
        if name.starts_with(|c: char| c.is_uppercase()) {
            let var = reader.variable(name);
            return self.store.var(var);
        }
        let (kind, public, arguments) = match rest.chars().next() {
            Some('[') => (
                SymbolKind::Name,
                name.starts_with("pub"),
                self.arguments(reader, '[', ']'),
            ),
            Some('(') if name.is_empty() => {
                (SymbolKind::Data, true, self.arguments(reader, '(', ')'))
            }
            Some('(') => (
                SymbolKind::Constructor,
                !name.starts_with("priv"),
                self.arguments(reader, '(', ')'),
            ),
            _ => (
                SymbolKind::Constructor,
                !name.starts_with("priv"),
                Vec::new(),
            ),
        };
        let key = (name.to_owned(), arguments.len());
        let symbol = match self.symbols.get(&key) {
            Some(symbol) => *symbol,
            None => {
                let shown = if name.is_empty() {
                    format!("tuple<{}>", arguments.len())
                } else {
                    name.to_owned()
                };
                let symbol = self.signature.add(SymbolInfo {
                    name: shown,
                    arity: u32::try_from(arguments.len()).expect("few arguments"),
                    kind,
                    public,
                });
                self.symbols.insert(key, symbol);
                symbol
            }
        };
        self.store.apply(symbol, &arguments)
    }

    pub(crate) fn print(&self, clause: &Clause) -> String {
        logic::print::clause(&self.signature, &self.store, clause)
    }

    /// The closed set.
    pub(crate) fn saturate(&mut self, clauses: &[Clause]) -> Result<Saturated, StopReason> {
        self.saturate_within(clauses, Limits::default())
    }

    pub(crate) fn saturate_within(
        &mut self,
        clauses: &[Clause],
        limits: Limits<'_>,
    ) -> Result<Saturated, StopReason> {
        saturation::saturate(
            clauses,
            &mut Setting {
                store: &mut self.store,
                signature: &self.signature,
                theory: &Syntactic,
                purpose: &Everything,
                limits,
                progress: &mut |_| {},
            },
        )
    }

    /// With a setting for whatever comes after saturation.
    pub(crate) fn with<T>(&mut self, act: impl FnOnce(&mut Setting<'_>) -> T) -> T {
        act(&mut Setting {
            store: &mut self.store,
            signature: &self.signature,
            theory: &Syntactic,
            purpose: &Everything,
            limits: Limits::default(),
            progress: &mut |_| {},
        })
    }

    /// Simplifies one clause against a set; the results in print.
    pub(crate) fn simplified(&mut self, set: &str, clause: &str) -> Vec<String> {
        let set = self.clauses(set);
        let clause = self.clause(clause);
        let saturated = self.saturate(&set).expect("a small set");
        let mut scratch = saturation::Scratch::default();
        let mut context = saturation::Context {
            store: &mut self.store,
            signature: &self.signature,
            theory: &Syntactic,
            set: saturated.set(),
            purpose: &Everything,
            scratch: &mut scratch,
        };
        let drafts = saturation::simplify(saturation::Draft::new(clause), &mut context);
        drafts.iter().map(|d| self.print(&d.clause)).collect()
    }
}

/// Whoever remembers the variables of a clause.
pub(crate) trait Variables {
    fn taken(&mut self) -> BTreeMap<String, Var>;
    fn give(&mut self, variables: BTreeMap<String, Var>);
}

impl Variables for Reader<'_> {
    fn taken(&mut self) -> BTreeMap<String, Var> {
        std::mem::take(&mut self.variables)
    }

    fn give(&mut self, variables: BTreeMap<String, Var>) {
        self.variables = variables;
    }
}

impl Reader<'_> {
    fn variable(&mut self, name: &str) -> Var {
        let next = u32::try_from(self.variables.len()).expect("few variables");
        *self.variables.entry(name.to_owned()).or_insert(Var(next))
    }

    fn eat(&mut self, c: char) {
        self.rest = self
            .rest
            .trim_start()
            .strip_prefix(c)
            .unwrap_or_else(|| panic!("no {c} in {}", self.rest));
    }
}

/// Pairs, with composition and projections.
pub(crate) const PAIRS: &str = "
    attacker(X) && attacker(Y) -> attacker((X,Y))
    attacker((X,Y)) -> attacker(X)
    attacker((X,Y)) -> attacker(Y)
";

/// Symmetric encryption, a hash and pairs.
pub(crate) const ATTACKER: &str = "
    attacker(X) && attacker(Y) -> attacker((X,Y))
    attacker((X,Y)) -> attacker(X)
    attacker((X,Y)) -> attacker(Y)
    attacker(X) && attacker(Y) -> attacker(enc(X,Y))
    attacker(enc(X,Y)) && attacker(Y) -> attacker(X)
    attacker(X) -> attacker(h(X))
    attacker(fresh[S])
    attacker(pubc[])
";
