//! The largest sets of which a monotone property holds, and the smallest of
//! which it does not.
//!
//! More leaks never make a property true again. So a set that breaks condemns
//! its supersets, one that holds clears its subsets, and each question is asked
//! of a largest set that neither has settled. A set that breaks is shrunk
//! before it is kept. At the end every maximal set that holds and every minimal
//! set that breaks has been asked (the border of a monotone function; Gunopulos,
//! Khardon, Mannila, Saluja, Toivonen and Sharma, "Discovering all most specific
//! sentences", 2003).

/// At most this many elements: the search looks at every subset.
pub(crate) const ELEMENTS: usize = 16;

/// A subset, bit `i` for element `i`.
type Set = u32;

/// What is known of one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It breaks, and so does this subset of it.
    Breaks(u32),
    /// It holds.
    Holds,
    /// Neither; why.
    Open(String),
}

/// The border between what holds and what breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    /// Maximal sets of which the property holds, as bit masks, ascending.
    pub holds: Vec<u32>,
    /// Minimal sets of which it breaks, ascending.
    pub breaks: Vec<u32>,
    /// Sets that could not be decided, and why.
    pub open: Vec<(u32, String)>,
    /// How many questions were asked.
    pub asked: usize,
}

/// Finds the border among the subsets of `elements` elements.
///
/// With open sets, `holds` are the maximal ones among those decided.
pub fn frontier(elements: usize, ask: &mut dyn FnMut(u32) -> Outcome) -> Frontier {
    frontier_from(elements, Frontier::default(), &[], ask)
}

/// The same, where something is known already: `known` may come from the border
/// among the subsets of fewer elements. The sets of `first` are asked first, where
/// nothing settles them; it pays if they are likely to break and small.
pub fn frontier_from(
    elements: usize,
    known: Frontier,
    first: &[u32],
    ask: &mut dyn FnMut(u32) -> Outcome,
) -> Frontier {
    let elements = elements.min(ELEMENTS);
    let mut found = Frontier { asked: 0, ..known };
    let mut first = first.iter().copied();
    loop {
        let next = first.find(|set| !settled(*set, &found));
        let Some(set) = next.or_else(|| candidate(elements, &found)) else {
            break;
        };
        found.asked += 1;
        match ask(set) {
            Outcome::Holds => found.holds.push(set),
            Outcome::Open(why) => found.open.push((set, why)),
            Outcome::Breaks(part) => {
                let least = shrink(part & set, &mut found, ask);
                found.breaks.retain(|b| b & least != least);
                found.breaks.push(least);
            }
        }
    }
    // What was learnt while shrinking may lie below what was found later.
    let holds = std::mem::take(&mut found.holds);
    let maximal = |h: &u32| !holds.iter().any(|other| other != h && h & other == *h);
    found.holds = holds.iter().copied().filter(maximal).collect();
    found.holds.sort_unstable();
    found.holds.dedup();
    // What was not decided when it was asked may be settled by its neighbours now.
    let open = std::mem::take(&mut found.open);
    found.open = open
        .into_iter()
        .filter(|(set, _)| !settled(*set, &found))
        .collect();
    found.open.dedup();
    found.breaks.sort_unstable();
    found.open.sort_unstable();
    found
}

fn settled(set: Set, found: &Frontier) -> bool {
    found.holds.iter().any(|h| set & h == set)
        || found.breaks.iter().any(|b| set & b == *b)
        || found.open.iter().any(|(o, _)| *o == set)
}

/// A largest set that nothing has settled; among equals the smallest number.
fn candidate(elements: usize, found: &Frontier) -> Option<Set> {
    (0..1_u32 << elements)
        .filter(|set| !settled(*set, found))
        .max_by_key(|set| (set.count_ones(), std::cmp::Reverse(*set)))
}

/// A minimal part of a breaking set that breaks.
fn shrink(mut set: Set, found: &mut Frontier, ask: &mut dyn FnMut(u32) -> Outcome) -> Set {
    for bit in 0..ELEMENTS {
        let less = set & !(1 << bit);
        let settled = found.holds.iter().any(|h| less & h == less)
            || found.open.iter().any(|(o, _)| *o == less);
        if less == set || settled {
            continue;
        }
        found.asked += 1;
        match ask(less) {
            Outcome::Breaks(part) => set = part & less,
            Outcome::Holds => found.holds.push(less),
            Outcome::Open(why) => found.open.push((less, why)),
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The border of "contains one of these". The careless answer blames all
    /// of a breaking set, the careful one what is needed.
    fn border(elements: usize, bad: &[Set], careful: bool) -> Frontier {
        frontier(
            elements,
            &mut |set| match bad.iter().find(|b| set & **b == **b) {
                Some(part) => Outcome::Breaks(if careful { *part } else { set }),
                None => Outcome::Holds,
            },
        )
    }

    /// The same by looking at everything.
    fn naive(elements: usize, bad: &[Set]) -> (Vec<Set>, Vec<Set>) {
        let holds = |set: Set| !bad.iter().any(|b| set & b == *b);
        let all = 0..1_u32 << elements;
        let bits = |set: Set| (0..elements).filter(move |b| set >> b & 1 == 1);
        let maximal = all
            .clone()
            .filter(|s| holds(*s))
            .filter(|s| (0..elements).all(|b| s >> b & 1 == 1 || !holds(s | 1 << b)));
        let minimal = all
            .filter(|s| !holds(*s))
            .filter(|s| bits(*s).all(|b| holds(s & !(1 << b))));
        (maximal.collect(), minimal.collect())
    }

    #[test]
    fn every_border_over_four_elements_is_found() {
        // All families of up to three breaking sets over four elements.
        for a in 0..16 {
            for b in 0..16 {
                for c in 0..16 {
                    let bad = [a, b, c];
                    for careful in [false, true] {
                        let found = border(4, &bad, careful);
                        let found = (found.holds, found.breaks);
                        assert_eq!(found, naive(4, &bad), "breaking: {bad:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_holds_of_everything_takes_one_question() {
        let found = frontier(6, &mut |_| Outcome::Holds);
        assert_eq!((found.holds.as_slice(), found.asked), (&[63][..], 1));
    }

    #[test]
    fn what_its_neighbours_settle_is_not_open() {
        let found = frontier(2, &mut |set| match set {
            3 => Outcome::Open("limit".to_owned()),
            2 => Outcome::Breaks(2),
            _ => Outcome::Holds,
        });
        assert_eq!(
            (found.holds.as_slice(), found.breaks.as_slice()),
            (&[1][..], &[2][..])
        );
        assert!(found.open.is_empty());
    }

    #[test]
    fn a_border_grows_with_the_elements() {
        // Two elements first, then two more, one of which breaks by itself.
        let bad = [0b0011, 0b0100, 0b1001];
        let mut outcome = |set: Set| match bad.iter().find(|b| set & **b == **b) {
            Some(part) => Outcome::Breaks(*part),
            None => Outcome::Holds,
        };
        let small = frontier(2, &mut outcome);
        assert_eq!(
            (small.holds.as_slice(), small.breaks.as_slice()),
            (&[1, 2][..], &[3][..])
        );
        let found = frontier_from(4, small, &[0b0100, 0b1000], &mut outcome);
        assert_eq!((found.holds, found.breaks), naive(4, &bad));
    }

    #[test]
    fn what_is_open_is_said_and_smaller_sets_are_asked() {
        let found = frontier(2, &mut |set| match set {
            3 => Outcome::Open("limit".to_owned()),
            _ => Outcome::Holds,
        });
        assert_eq!(found.holds, [1, 2]);
        assert_eq!(found.open, [(3, "limit".to_owned())]);
    }
}
