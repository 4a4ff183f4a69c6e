//! Which queries are asked of one translation.
//!
//! More `begin` facts than a query asks about are sound: they are dropped from the
//! clauses of its goal. They pay where queries speak of the same events, as of the
//! same leaks. Facts of events that have nothing to do with each other tell apart
//! clauses that are otherwise one, and their combinations multiply. So one query's
//! facts serve those that ask for fewer, and queries with [`COMMON`] events in
//! common are joined; whether that pays is seen when it is tried. Channels are
//! treated alike and the same executions told apart.
//!
//! Clauses that conclude `end` are resolved with by goals only, so more of them
//! cost little.

use crate::options::{Needs, Options, needs_of};
use pi::{EventId, Program};
use std::collections::{BTreeMap, BTreeSet};

/// Translations that serve the queries of a program.
#[derive(Clone, Debug, Default)]
pub struct Sharing {
    /// By query and part.
    parts: Vec<Vec<Vec<Options>>>,
}

impl Sharing {
    /// Those of a program.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let queries = (0..program.queries.len()).map_while(|q| u32::try_from(q).ok());
        let needs: Vec<Vec<Needs>> = queries
            .map(|query| {
                (0..)
                    .map_while(|part| needs_of(program, query, part))
                    .collect()
            })
            .collect();
        let mut kinds: BTreeMap<Kind, Vec<&Needs>> = BTreeMap::new();
        for needs in needs.iter().flatten() {
            kinds.entry(Kind::of(needs)).or_default().push(needs);
        }
        let kinds: BTreeMap<Kind, Like> = kinds
            .into_iter()
            .map(|(kind, like)| (kind, Like::of(&like)))
            .collect();
        let shared = |mine: &Needs| match kinds.get(&Kind::of(mine)) {
            Some(like) => like.shared(mine),
            None => vec![mine.clone().options()],
        };
        let parts = needs.iter();
        Self {
            parts: parts
                .map(|parts| parts.iter().map(shared).collect())
                .collect(),
        }
    }

    /// Options that serve a part of a query, each also others of the program, most
    /// others first; the last serve those only that need the same `begin` facts.
    /// None when there is no such part.
    #[must_use]
    pub fn options(&self, query: u32, part: u32) -> &[Options] {
        let parts = self.parts.get(query as usize);
        let found = parts.and_then(|parts| parts.get(part as usize));
        found.map_or(&[], Vec::as_slice)
    }

    /// All options that serve a part of a query.
    pub fn of_query(&self, query: u32) -> impl Iterator<Item = &Options> {
        let parts = self.parts.get(query as usize).into_iter().flatten();
        parts.flatten()
    }
}

/// [`Sharing::options`], for one part of one query; all options when there is no
/// such part.
#[must_use]
pub fn shared_options(program: &Program, query: u32, part: u32) -> Vec<Options> {
    match Sharing::of(program).options(query, part) {
        [] => vec![Options::default()],
        options => options.to_vec(),
    }
}

/// What must be alike for two parts to be served by one translation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    begins_at: BTreeSet<EventId>,
    message_form: bool,
    knowledge: bool,
}

impl Kind {
    fn of(needs: &Needs) -> Self {
        Self {
            begins_at: needs.begins_at.clone(),
            message_form: needs.message_form,
            knowledge: needs.knowledge,
        }
    }
}

type Begins = BTreeSet<EventId>;

/// Parts of queries that are treated alike.
struct Like {
    sets: Sets,
    /// For each way to choose `begin` facts, what those need that chose the same.
    chosen: [BTreeMap<Begins, Needs>; 3],
}

impl Like {
    fn of(like: &[&Needs]) -> Self {
        let sets = Sets::of(like);
        let mut chosen: [BTreeMap<Begins, Needs>; 3] = Default::default();
        for needs in like {
            let choices = sets.choices(needs);
            for (chosen, begins) in chosen.iter_mut().zip(choices) {
                let together = chosen.entry(begins).or_insert_with(|| (*needs).clone());
                together.ends.extend(&needs.ends);
                together.ends_at.extend(&needs.ends_at);
            }
        }
        Self { sets, chosen }
    }

    fn shared(&self, mine: &Needs) -> Vec<Options> {
        let mut options: Vec<Options> = Vec::new();
        for (chosen, begins) in self.chosen.iter().zip(self.sets.choices(mine)) {
            let mut needs = chosen.get(&begins).unwrap_or(mine).clone();
            needs.begins = begins;
            let found = needs.options();
            if options.iter().all(|o| o.begins != found.begins) {
                options.push(found);
            }
        }
        options
    }
}

/// Events that two queries have in common when they are joined.
const COMMON: usize = 2;

/// Sets of events, also by each event in them.
struct Sets {
    all: BTreeSet<(usize, BTreeSet<EventId>)>,
    with: BTreeMap<EventId, BTreeSet<(usize, BTreeSet<EventId>)>>,
    /// Unions of those with [`COMMON`] events in common, again and again.
    unions: Vec<BTreeSet<EventId>>,
}

impl Sets {
    /// The `begin` facts that are needed, smallest sets first.
    fn of(needs: &[&Needs]) -> Self {
        let sized = needs.iter().map(|n| (n.begins.len(), n.begins.clone()));
        let all: BTreeSet<_> = sized.collect();
        let mut with: BTreeMap<EventId, BTreeSet<_>> = BTreeMap::new();
        let mut unions: Vec<BTreeSet<EventId>> = Vec::new();
        for (size, set) in &all {
            for event in set {
                let sets = with.entry(*event).or_default();
                sets.insert((*size, set.clone()));
            }
            if *size < COMMON {
                continue;
            }
            let mut union = set.clone();
            // What is joined may have more in common with the others.
            while let Some(at) = unions
                .iter()
                .position(|u| u.intersection(&union).count() >= COMMON)
            {
                union.extend(unions.swap_remove(at));
            }
            unions.push(union);
        }
        unions.sort_by_key(|union| (union.len(), union.clone()));
        Self { all, with, unions }
    }

    /// The `begin` facts of translations that serve what needs these, most first.
    fn choices(&self, needs: &Needs) -> [Begins; 3] {
        let own = &needs.begins;
        [self.joined(own), self.largest(own), own.clone()]
    }

    /// The sets that contain this one.
    fn containing(&self, own: &BTreeSet<EventId>) -> impl Iterator<Item = &BTreeSet<EventId>> {
        let among = match own.first() {
            Some(event) => self.with.get(event),
            None => Some(&self.all),
        };
        let among = among.into_iter().flatten().map(|(_, set)| set);
        among.filter(move |set| own.is_subset(set))
    }

    /// The smallest set that contains this one and that no larger one contains.
    fn largest(&self, own: &BTreeSet<EventId>) -> BTreeSet<EventId> {
        let is_largest = |set: &&BTreeSet<EventId>| self.containing(set).nth(1).is_none();
        let found = self.containing(own).find(is_largest);
        found.unwrap_or(own).clone()
    }

    /// The union of which [`Self::largest`] is a part.
    fn joined(&self, own: &BTreeSet<EventId>) -> BTreeSet<EventId> {
        let largest = self.largest(own);
        let of_it = |union: &&BTreeSet<EventId>| largest.is_subset(union);
        if largest.len() < COMMON {
            return largest;
        }
        self.unions.iter().find(of_it).unwrap_or(&largest).clone()
    }
}
