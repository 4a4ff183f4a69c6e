//! Cheap necessary conditions for unification and subsumption.
//!
//! A fingerprint samples a fact at fixed positions (Schulz, "Fingerprint
//! indexing for paramodulation and rewriting", 2012): two facts whose samples
//! clash cannot unify. A mask has a bit for each predicate and head symbol of
//! a hypothesis: an instance has every bit of its pattern.

use logic::{Fact, Store, TermId, View};

/// For facts of few arguments, which are all that most predicates have.
const DEEP: [&[usize]; 8] = [
    &[0],
    &[1],
    &[0, 0],
    &[0, 1],
    &[1, 0],
    &[0, 2],
    &[2],
    &[0, 0, 0],
];

/// For the others: goals and events speak of many things.
const WIDE: [&[usize]; 8] = [&[0], &[1], &[2], &[3], &[4], &[5], &[6], &[7]];

/// Below a variable, or a variable: compatible with everything.
const ANY: u32 = u32::MAX;
/// The term has no such position.
const ABSENT: u32 = u32::MAX - 1;

/// Most arguments of a fact that is sampled at [`DEEP`] positions.
const DEEP_ARGUMENTS: usize = 3;

/// Samples of a fact. Facts of one predicate have as many arguments and are
/// sampled at the same positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u32; 8]);

impl Fingerprint {
    pub(crate) fn of(store: &Store, fact: &Fact) -> Self {
        let mut samples = [ANY; 8];
        let wide = fact.arguments.len() > DEEP_ARGUMENTS;
        let positions = if wide { WIDE } else { DEEP };
        for (sample, position) in samples.iter_mut().zip(positions) {
            *sample = self::sample(store, fact, position);
        }
        Self(samples)
    }

    /// False only if the facts, of one predicate, do not unify.
    pub(crate) fn may_unify(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(l, r)| l == r || *l == ANY || *r == ANY)
    }

    /// False only if no instance of `self` is `other`.
    pub(crate) fn may_match(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(l, r)| l == r || *l == ANY)
    }
}

fn sample(store: &Store, fact: &Fact, position: &[usize]) -> u32 {
    let Some(mut term) = position
        .first()
        .and_then(|p| fact.arguments.get(*p))
        .copied()
    else {
        return ABSENT;
    };
    for p in &position[1..] {
        match store.view(term) {
            View::Var(_) => return ANY,
            View::Apply(_, arguments) => match arguments.get(*p) {
                Some(argument) => term = *argument,
                None => return ABSENT,
            },
        }
    }
    match store.view(term) {
        View::Var(_) => ANY,
        View::Apply(symbol, _) => symbol.0,
    }
}

/// What follows by arithmetic need not stand in the other clause.
fn stated<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> impl Iterator<Item = &'a Fact> {
    facts.into_iter().filter(|f| !f.predicate.is_number())
}

/// The symbols of facts; see [`Store::symbols`].
pub(crate) fn symbols<'a>(store: &Store, facts: impl IntoIterator<Item = &'a Fact>) -> u64 {
    stated(facts)
        .flat_map(|f| &f.arguments)
        .fold(0, |all, t| all | store.symbols(*t))
}

/// Bits that every instance of the facts has too.
pub(crate) fn mask<'a>(store: &Store, facts: impl IntoIterator<Item = &'a Fact>) -> u128 {
    let mut mask = 0;
    for fact in stated(facts) {
        let predicate = predicate_code(fact);
        mask |= bit(predicate, 0, 0);
        for (i, argument) in fact.arguments.iter().enumerate() {
            head_bits(store, *argument, predicate, i as u64, &mut mask);
        }
    }
    mask
}

fn head_bits(store: &Store, term: TermId, predicate: u64, at: u64, mask: &mut u128) {
    if let View::Apply(symbol, arguments) = store.view(term) {
        *mask |= bit(predicate, at + 1, u64::from(symbol.0) + 1);
        for (j, inner) in arguments.iter().enumerate() {
            if let View::Apply(inner, _) = store.view(*inner) {
                let place = (at + 1) * 64 + j as u64;
                *mask |= bit(
                    predicate,
                    place,
                    u64::from(inner.0) + 1 + (u64::from(symbol.0) << 20),
                );
            }
        }
    }
}

pub(crate) fn predicate_code(fact: &Fact) -> u64 {
    use logic::Predicate as P;
    let (kind, number) = match fact.predicate {
        P::Action => (1, 0),
        P::Attacker(n) => (2, n),
        P::Begin(n) => (3, n),
        P::BeginAt(n) => (4, n),
        P::End(n) => (5, n),
        P::EndAt(n) => (6, n),
        P::Goal(n) => (7, n),
        P::Message(n) => (8, n),
        P::Table { phase, table } => (9, phase.wrapping_mul(1009).wrapping_add(table)),
        P::User { predicate, .. } => (10, predicate),
        P::AtLeast => (11, 0),
        P::Natural => (12, 0),
        P::NotNatural => (13, 0),
    };
    (kind << 32) | u64::from(number)
}

fn bit(predicate: u64, place: u64, symbol: u64) -> u128 {
    let mut h = predicate.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ place.wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ symbol.wrapping_mul(0x1656_67B1_9E37_79F9);
    h ^= h >> 29;
    h = h.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    1 << (h >> 57)
}
