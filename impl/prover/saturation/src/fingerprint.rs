//! Cheap necessary conditions for unification and subsumption.
//!
//! A fingerprint samples a fact at fixed positions (Schulz, "Fingerprint
//! indexing for paramodulation and rewriting", 2012): two facts whose samples
//! clash cannot unify. A mask has a bit for each predicate and head symbol of
//! a hypothesis: an instance has every bit of its pattern. Subsumption is of
//! multisets, so of each kind of hypothesis there must also be as many.

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

/// Sixteen numbers, each in four bits of which the highest stays free: seven stands for
/// more, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts(u64);

impl Counts {
    const HIGH: u64 = 0x8888_8888_8888_8888;

    fn count(&mut self, bucket: u64) {
        let at = (bucket & 15) * 4;
        if (self.0 >> at) & 7 < 7 {
            self.0 += 1 << at;
        }
    }

    /// Whether no number is above that of the other: nowhere does a difference borrow.
    pub(crate) fn at_most(self, other: Self) -> bool {
        ((other.0 | Self::HIGH) - self.0) & Self::HIGH == Self::HIGH
    }
}

/// How many facts there are by predicate, and by predicate and head of the first
/// argument where it has one: an instance of a fact is of the same kinds.
pub(crate) fn counts<'a>(store: &Store, facts: impl IntoIterator<Item = &'a Fact>) -> [Counts; 2] {
    let mut counts = [Counts::default(); 2];
    for fact in stated(facts) {
        let predicate = predicate_code(fact);
        counts[0].count(u64::from(bit(predicate, 0, 0).trailing_zeros()));
        if let Some(View::Apply(symbol, _)) = fact.arguments.first().map(|t| store.view(*t)) {
            counts[1].count(u64::from(
                bit(predicate, 1, u64::from(symbol.0) + 1).trailing_zeros(),
            ));
        }
    }
    counts
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

#[cfg(test)]
mod tests {
    use super::Counts;

    fn counted(buckets: &[u64]) -> Counts {
        let mut counts = Counts::default();
        for bucket in buckets {
            counts.count(*bucket);
        }
        counts
    }

    #[test]
    fn numbers_are_compared_one_by_one() {
        let (few, many) = (counted(&[0, 3, 15]), counted(&[0, 0, 3, 15, 15]));
        assert!(few.at_most(many) && few.at_most(few) && !many.at_most(few));
        assert!(!counted(&[2]).at_most(many) && counted(&[]).at_most(few));
    }

    #[test]
    fn what_is_more_than_seven_is_not_told_apart() {
        let (eight, nine) = (counted(&[5; 8]), counted(&[5; 9]));
        assert_eq!(eight, nine);
        assert!(eight.at_most(nine) && nine.at_most(eight) && !nine.at_most(counted(&[5; 6])));
    }
}
