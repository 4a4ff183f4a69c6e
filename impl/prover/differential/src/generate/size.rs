//! What random models are made of.

/// How large generated models are, and what they use. Percentages are the
/// share of models, not of places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Least and most roles.
    pub roles: (usize, usize),
    /// Most actions in a row in a role.
    pub depth: usize,
    /// Most replications.
    pub replications: usize,
    /// Queries.
    pub queries: usize,
    /// Models with phases.
    pub phases: usize,
    /// Models with tables.
    pub tables: usize,
    /// Models with the Diffie–Hellman equation.
    pub equation: usize,
    /// Models with equations that are rewrite rules.
    pub cancelling: usize,
    /// Models with natural numbers.
    pub numbers: usize,
    /// Models with predicates and `suchthat`.
    pub predicates: usize,
    /// Models with a restriction.
    pub restrictions: usize,
    /// Models with candidates for lemmas; see [`crate::settle`].
    pub lemmas: usize,
    /// Models with a `set` line that changes the meaning.
    pub settings: usize,
    /// Correspondences that say when.
    pub times: usize,
    /// Fresh names that say on what they depend.
    pub dependent: usize,
    /// Models with private channels.
    pub private_channels: usize,
    /// Models in which the attacker respects types.
    pub typed: usize,
    /// Correspondences that are injective.
    pub injective: usize,
    /// Conclusions with nested correspondences.
    pub nested: usize,
    /// Models whose queries stand in one declaration.
    pub joined: usize,
    /// Models with a state on a private channel.
    pub cells: usize,
    /// Models that give a key away and say so.
    pub leaks: usize,
    /// Models with a table of who has which key, written once.
    pub registries: usize,
    /// Models with an exchange of nonces.
    pub exchanges: usize,
    /// Models in which some inputs are `[precise]`.
    pub precise: usize,
    /// Models over a signature of their own, of [`crate::theory`] instead.
    pub theories: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            roles: (2, 4),
            depth: 6,
            replications: 2,
            queries: 3,
            phases: 15,
            tables: 35,
            equation: 20,
            private_channels: 25,
            cancelling: 10,
            numbers: 15,
            predicates: 15,
            restrictions: 10,
            lemmas: 10,
            settings: 10,
            times: 5,
            dependent: 5,
            typed: 10,
            injective: 20,
            nested: 5,
            joined: 10,
            cells: 10,
            leaks: 10,
            registries: 5,
            exchanges: 10,
            precise: 5,
            theories: 10,
        }
    }
}

impl Size {
    /// Sets one of the shares by its name; false if there is none of it.
    pub fn set(&mut self, share: &str, percent: usize) -> bool {
        let field = match share {
            "cancelling" => &mut self.cancelling,
            "cells" => &mut self.cells,
            "dependent" => &mut self.dependent,
            "equation" => &mut self.equation,
            "exchanges" => &mut self.exchanges,
            "injective" => &mut self.injective,
            "joined" => &mut self.joined,
            "leaks" => &mut self.leaks,
            "lemmas" => &mut self.lemmas,
            "nested" => &mut self.nested,
            "numbers" => &mut self.numbers,
            "phases" => &mut self.phases,
            "precise" => &mut self.precise,
            "predicates" => &mut self.predicates,
            "private_channels" => &mut self.private_channels,
            "registries" => &mut self.registries,
            "restrictions" => &mut self.restrictions,
            "settings" => &mut self.settings,
            "tables" => &mut self.tables,
            "theories" => &mut self.theories,
            "times" => &mut self.times,
            "typed" => &mut self.typed,
            _ => return false,
        };
        *field = percent;
        true
    }
}
