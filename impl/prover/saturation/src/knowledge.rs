//! What the attacker composes, and what it knows without hypotheses, by symbol.
//!
//! Asked of every node of every attacker fact, hence lists by number of symbol
//! instead of ordered maps.

use logic::Symbol;

/// The attacker in one phase; where types are respected, about messages of one
/// type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knowledge {
    /// Composition clauses by symbol; [`NONE`] elsewhere.
    compositions: Vec<u32>,
    /// The numbers of their hypotheses.
    parts: Vec<Box<[u32]>>,
    /// Clauses without hypotheses and constraints that say what the attacker
    /// knows, by head; those without a head first.
    open: Vec<u32>,
    closed: Vec<Vec<u32>>,
}

const NONE: u32 = u32::MAX;

impl Knowledge {
    /// The composition clause of a symbol.
    pub(crate) fn composition(&self, symbol: Symbol) -> Option<u32> {
        let found = self.compositions.get(symbol.0 as usize).copied();
        found.filter(|id| *id != NONE)
    }

    /// The numbers of the hypotheses of a composition clause.
    pub(crate) fn parts(&self, symbol: Symbol) -> &[u32] {
        self.parts.get(symbol.0 as usize).map_or(&[], |p| p)
    }

    /// Notes the composition clause of a symbol, with the numbers of its
    /// hypotheses, unless there is one.
    pub(crate) fn compose(&mut self, symbol: Symbol, id: u32, parts: &[u32]) {
        let at = symbol.0 as usize;
        if at >= self.compositions.len() {
            self.compositions.resize(at + 1, NONE);
            self.parts.resize(at + 1, Box::default());
        }
        if self.compositions[at] == NONE {
            self.compositions[at] = id;
            self.parts[at] = parts.into();
        }
    }

    /// Adds a clause without hypotheses, later than all before.
    pub(crate) fn learn(&mut self, head: Option<Symbol>, id: u32) {
        match head {
            None => self.open.push(id),
            Some(symbol) => {
                let at = symbol.0 as usize;
                if at >= self.closed.len() {
                    self.closed.resize(at + 1, Vec::new());
                }
                self.closed[at].push(id);
            }
        }
    }

    /// Takes such a clause out.
    pub(crate) fn forget(&mut self, head: Option<Symbol>, id: u32) {
        let list = match head {
            None => Some(&mut self.open),
            Some(symbol) => self.closed.get_mut(symbol.0 as usize),
        };
        if let Some(list) = list {
            list.retain(|e| *e != id);
        }
    }

    /// The clauses of which a message with this head may be an instance.
    pub(crate) fn units(&self, head: Option<Symbol>) -> impl Iterator<Item = u32> + '_ {
        let same = head.and_then(|symbol| self.closed.get(symbol.0 as usize));
        self.open.iter().chain(same.into_iter().flatten()).copied()
    }
}
