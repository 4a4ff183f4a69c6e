//! Printing terms, facts and clauses in the notation of the literature.

use crate::clause::{COMPROMISED, Clause, Disequality, Fact, Predicate, phase_of, type_of};
use crate::symbol::{Signature, SymbolKind};
use crate::term::{Store, TermId, View};

/// Longest print of one term, in characters; the rest becomes `…`. Terms are
/// graphs, and the tree of a graph can be larger than memory.
pub const TERM_LIMIT: usize = 4_000;

/// A term: `f(x0,k[x1])`, names with their arguments in brackets.
#[must_use]
pub fn term(signature: &Signature, store: &Store, id: TermId) -> String {
    let mut out = String::new();
    write_term(signature, store, id, &mut out);
    out
}

/// A fact: `attacker(x0)`, `begin:accepts(x0)`.
#[must_use]
pub fn fact(signature: &Signature, store: &Store, fact: &Fact) -> String {
    let name = |n: u32| signature.predicate_name(n).to_owned();
    let phased = |base: &str, number: u32| {
        let phase = match phase_of(number) {
            0 => String::new(),
            n => format!("_p{n}"),
        };
        match type_of(number) {
            COMPROMISED.. => "compromised".to_owned(),
            0 => format!("{base}{phase}"),
            n => format!("{base}_t{n}{phase}"),
        }
    };
    let head = match fact.predicate {
        Predicate::Action => "action".to_owned(),
        Predicate::AtLeast => "geq".to_owned(),
        Predicate::Attacker(p) => phased("attacker", p),
        Predicate::Begin(e) => format!("begin:{}", name(e)),
        Predicate::BeginAt(e) => format!("begin@:{}", name(e)),
        Predicate::End(e) => format!("end:{}", name(e)),
        Predicate::EndAt(e) => format!("end@:{}", name(e)),
        Predicate::Goal(q) => format!("goal{q}"),
        Predicate::Message(p) => phased("mess", p),
        Predicate::Natural => "is_nat".to_owned(),
        Predicate::NotNatural => "not is_nat".to_owned(),
        Predicate::Table { phase, table } => {
            format!("{}:{}", phased("table", phase), name(table))
        }
        Predicate::User { predicate, .. } => name(predicate),
    };
    let arguments: Vec<_> = fact
        .arguments
        .iter()
        .map(|t| term(signature, store, *t))
        .collect();
    format!("{head}({})", arguments.join(","))
}

/// A constraint: `forall x1: (a,b) <> (c,d)`.
#[must_use]
pub fn disequality(signature: &Signature, store: &Store, constraint: &Disequality) -> String {
    let side = |pick: fn(&(TermId, TermId)) -> TermId| {
        let parts: Vec<_> = constraint
            .pairs
            .iter()
            .map(|p| term(signature, store, pick(p)))
            .collect();
        if parts.len() == 1 {
            parts.concat()
        } else {
            format!("({})", parts.join(","))
        }
    };
    let body = format!("{} <> {}", side(|p| p.0), side(|p| p.1));
    if constraint.universals.is_empty() {
        return body;
    }
    let bound: Vec<_> = constraint
        .universals
        .iter()
        .map(|v| format!("x{}", v.0))
        .collect();
    format!("(forall {}: {body})", bound.join(","))
}

/// A clause: `constraints && hypotheses -> conclusion`.
#[must_use]
pub fn clause(signature: &Signature, store: &Store, clause: &Clause) -> String {
    let mut parts: Vec<_> = clause
        .constraints
        .iter()
        .map(|c| disequality(signature, store, c))
        .collect();
    parts.extend(clause.hypotheses.iter().map(|f| fact(signature, store, f)));
    let conclusion = fact(signature, store, &clause.conclusion);
    if parts.is_empty() {
        conclusion
    } else {
        format!("{} -> {conclusion}", parts.join(" && "))
    }
}

fn write_term(signature: &Signature, store: &Store, id: TermId, out: &mut String) {
    if out.len() > TERM_LIMIT {
        if !out.ends_with('…') {
            out.push('…');
        }
        return;
    }
    match store.view(id) {
        View::Var(v) => out.push_str(&format!("x{}", v.0)),
        View::Apply(symbol, arguments) => {
            let name = signature.name(symbol);
            let (open, close) = match signature.kind(symbol) {
                SymbolKind::Name => ('[', ']'),
                SymbolKind::Constructor | SymbolKind::Data => ('(', ')'),
            };
            if !name.starts_with("tuple<") {
                out.push_str(name);
                if arguments.is_empty() && open == '(' {
                    return;
                }
            }
            out.push(open);
            for (i, a) in arguments.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_term(signature, store, *a, out);
            }
            out.push(close);
        }
    }
}
