//! Small models, their certificates, and certificates written from scratch.

use logic::{Clause, Disequality, Fact, Store, TermId, View};
use pi::Program;
use proof::{
    CertifiedClause, DisequalityNode, Disjunct, End, FactNode, Justification,
    SaturationCertificate, Selection, TermNode, Way,
};
use std::collections::BTreeMap;
use verdict::{Limits, Session, Verdict};

pub(crate) fn load(text: &str) -> Program {
    let mut sources = pi::Sources::default();
    sources.add("model.pv", text);
    let loaded = pi::load(sources);
    let rendered: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|d| d.render(&loaded.sources))
        .collect();
    loaded
        .program
        .unwrap_or_else(|| panic!("{}", rendered.join("\n")))
}

pub(crate) fn prove(program: &Program, query: u32) -> Verdict {
    let mut session = Session::new();
    verdict::prove(program, query, &mut session, Limits::default(), &mut |_| {})
        .expect("the model is supported")
        .verdict
}

/// The certificate of a query that holds.
pub(crate) fn certificate(program: &Program, query: u32) -> SaturationCertificate {
    match prove(program, query) {
        Verdict::Proved(certificate) => *certificate,
        other => panic!("not proved: {other:?}"),
    }
}

/// That the clause is an instance of this one.
pub(crate) fn instance(by: u32, at: impl IntoIterator<Item = u32>) -> End {
    let at = at.into_iter().map(Some).collect();
    End::Leaf(vec![Way::Clause { by, at }])
}

/// That the clause is an instance of this one of the certificate, hypothesis by
/// hypothesis.
pub(crate) fn subsumed(c: &SaturationCertificate, by: u32) -> End {
    let clause = c.clauses.get(by as usize);
    instance(by, (0..).take(clause.map_or(0, |k| k.hypotheses.len())))
}

/// That the conclusion is the first hypothesis.
pub(crate) fn tautology() -> End {
    End::Leaf(vec![Way::Hypothesis(0)])
}

/// That this clause derives what nothing else is said of.
pub(crate) fn derived(c: &SaturationCertificate, by: u32) -> End {
    let clause = c.clauses.get(by as usize);
    let at = vec![None; clause.map_or(0, |k| k.hypotheses.len())];
    End::Leaf(vec![Way::Clause { by, at }])
}

/// That the conclusion is composed from the first two hypotheses, by this clause.
pub(crate) fn composed(by: u32) -> End {
    let at = vec![None; 2];
    let clause = Way::Clause { by, at };
    End::Leaf(vec![clause, Way::Hypothesis(0), Way::Hypothesis(1)])
}

/// A certificate whose clause set is the initial clauses and these, those for goals
/// last, each initial clause covered by itself, without closure or witnesses, and
/// nothing said of how messages are taken apart, of any data constructor.
pub(crate) fn draft(
    program: &Program,
    query: u32,
    select: impl Fn(usize, &horn::Translation, &Clause) -> Selection,
    extra: impl Fn(&mut horn::Translation) -> Vec<(Clause, Selection)>,
) -> SaturationCertificate {
    let options = horn::options_of(program, query, 0);
    let mut translation = horn::translate(program, &options).expect("supported");
    let goal = horn::goal(program, &mut translation, query).expect("supported");
    let mut clauses: Vec<_> = translation
        .clauses
        .iter()
        .map(|c| c.clause.clone())
        .chain([goal.clause])
        .enumerate()
        .map(|(i, c)| {
            let selection = select(i, &translation, &c);
            (c, selection)
        })
        .collect();
    let goal = clauses.pop().expect("the goal clause");
    let mut covered: Vec<usize> = (0..clauses.len()).collect();
    let is_goal =
        |(c, _): &(Clause, Selection)| matches!(c.conclusion.predicate, logic::Predicate::Goal(_));
    let (goals, others): (Vec<_>, Vec<_>) = extra(&mut translation).into_iter().partition(is_goal);
    clauses.extend(others);
    covered.push(clauses.len());
    clauses.push(goal);
    clauses.extend(goals);
    let cover = covered.into_iter().map(|i| Justification {
        steps: Vec::new(),
        end: instance(
            u32::try_from(i).expect("few clauses"),
            (0..).take(clauses[i].0.hypotheses.len()),
        ),
    });
    let cover = cover.collect();
    let data = translation.signature.iter();
    let data = data.filter(|(_, info)| info.kind == logic::SymbolKind::Data);
    let data = data.map(|(symbol, info)| proof::Apart {
        symbol: symbol.0,
        number: 0,
        parts: vec![0; info.arity as usize],
        pieces: Vec::new(),
    });
    let data = data.collect();
    let mut writer = Writer {
        store: &translation.store,
        terms: Vec::new(),
        known: BTreeMap::new(),
    };
    let clauses = clauses
        .iter()
        .map(|(c, selection)| CertifiedClause {
            constraints: c.constraints.iter().map(|d| writer.constraint(d)).collect(),
            hypotheses: c.hypotheses.iter().map(|h| writer.fact(h)).collect(),
            conclusion: writer.fact(&c.conclusion),
            selection: *selection,
        })
        .collect();
    let files = program.sources.files();
    SaturationCertificate {
        version: proof::VERSION,
        part: 0,
        inner: Vec::new(),
        lemmas: Vec::new(),
        carried: None,
        induction: false,
        scope: scope(program, &options),
        program: proof::digest(files.iter().map(|f| (f.name.as_str(), f.text.as_str()))),
        query,
        text: String::new(),
        terms: writer.terms,
        goal_terms: Vec::new(),
        clauses,
        apart: data,
        cover,
        closure: Vec::new(),
        witnesses: Vec::new(),
        pairs: Vec::new(),
    }
}

/// That a clause meets this disjunct, without existential variables.
pub(crate) fn disjunct(number: u32) -> Justification<Disjunct> {
    let bindings = Vec::new();
    at_once(End::Leaf(Disjunct { number, bindings }))
}

/// No steps.
pub(crate) fn at_once<L>(end: End<L>) -> Justification<L> {
    let steps = Vec::new();
    Justification { steps, end }
}

/// A new variable among the terms of the goal.
pub(crate) fn variable(c: &mut SaturationCertificate, number: u32) -> u32 {
    c.goal_terms.push(TermNode::Var(number));
    u32::try_from(c.terms.len() + c.goal_terms.len() - 1).expect("few terms")
}

fn scope(program: &Program, options: &horn::Options) -> proof::Scope {
    let list = |kept: &horn::Kept| {
        let all = (0_u32..).take(program.events.len());
        all.filter(|e| kept.contains(pi::EventId(*e))).collect()
    };
    proof::Scope {
        begins: list(&options.begins),
        begins_at: list(&options.begins_at),
        ends: list(&options.ends),
        ends_at: list(&options.ends_at),
        message_form: options.message_form,
        heard: options.heard,
    }
}

/// The usual selection: the first hypothesis that is neither blocked nor
/// `attacker(x)`, else the conclusion.
pub(crate) fn usual(store: &Store, clause: &Clause) -> Selection {
    let open = |f: &Fact| {
        f.predicate.is_blocked()
            || (matches!(f.predicate, logic::Predicate::Attacker(_))
                && matches!(store.view(f.arguments[0]), View::Var(_)))
    };
    (0_u32..)
        .zip(&clause.hypotheses)
        .find(|(_, f)| !open(f))
        .map_or(Selection::Conclusion, |(i, _)| Selection::Hypothesis(i))
}

struct Writer<'a> {
    store: &'a Store,
    terms: Vec<TermNode>,
    known: BTreeMap<TermId, u32>,
}

impl Writer<'_> {
    fn term(&mut self, term: TermId) -> u32 {
        if let Some(known) = self.known.get(&term) {
            return *known;
        }
        let node = match self.store.view(term) {
            View::Var(v) => TermNode::Var(v.0),
            View::Apply(symbol, arguments) => {
                TermNode::Apply(symbol.0, arguments.iter().map(|a| self.term(*a)).collect())
            }
        };
        let number = u32::try_from(self.terms.len()).expect("few terms");
        self.terms.push(node);
        self.known.insert(term, number);
        number
    }

    fn fact(&mut self, fact: &Fact) -> FactNode {
        FactNode {
            predicate: fact.predicate,
            arguments: fact.arguments.iter().map(|t| self.term(*t)).collect(),
        }
    }

    fn constraint(&mut self, constraint: &Disequality) -> DisequalityNode {
        DisequalityNode {
            universals: constraint.universals.iter().map(|v| v.0).collect(),
            pairs: constraint
                .pairs
                .iter()
                .map(|(l, r)| (self.term(*l), self.term(*r)))
                .collect(),
        }
    }
}
