//! Symbols and the signature that names them.

use std::sync::Arc;

/// Index into a [`Signature`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// What a symbol is; decides which clause rules apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymbolKind {
    /// A constructor the attacker cannot take apart by position.
    Constructor,
    /// A data constructor or tuple: known exactly when all its arguments are.
    Data,
    /// A name, free or fresh, as a function of the sessions and messages it
    /// depends on. Distinct symbols of this kind are never equal, and each is
    /// injective.
    Name,
}

/// One symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolInfo {
    /// Name used in print.
    pub name: String,
    /// Number of arguments.
    pub arity: u32,
    /// What it is.
    pub kind: SymbolKind,
    /// Whether the attacker can apply it to messages it knows: public
    /// constructors, tuples, public free names and public constants.
    pub public: bool,
}

/// All symbols of a translation, in the order in which they were added. Copies
/// share them until one adds another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    symbols: Arc<Vec<SymbolInfo>>,
    predicates: Arc<Vec<String>>,
}

impl Signature {
    /// Adds a symbol.
    pub fn add(&mut self, info: SymbolInfo) -> Symbol {
        let id = Symbol(u32::try_from(self.symbols.len()).unwrap_or(u32::MAX));
        Arc::make_mut(&mut self.symbols).push(info);
        id
    }

    /// The symbol's description, if it belongs to this signature.
    #[must_use]
    pub fn info(&self, symbol: Symbol) -> Option<&SymbolInfo> {
        self.symbols.get(symbol.0 as usize)
    }

    /// Its kind; a foreign symbol counts as a plain constructor.
    #[must_use]
    pub fn kind(&self, symbol: Symbol) -> SymbolKind {
        self.info(symbol)
            .map_or(SymbolKind::Constructor, |i| i.kind)
    }

    /// Its printed name; `?` for a foreign symbol.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        self.info(symbol).map_or("?", |i| &i.name)
    }

    /// All symbols in order.
    pub fn iter(&self) -> impl Iterator<Item = (Symbol, &SymbolInfo)> {
        self.symbols
            .iter()
            .enumerate()
            .map(|(i, s)| (Symbol(u32::try_from(i).unwrap_or(u32::MAX)), s))
    }

    /// How many symbols there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// Registers the printed name of an event, table or user predicate and
    /// returns the number that [`crate::Predicate`] carries.
    pub fn add_predicate(&mut self, name: impl Into<String>) -> u32 {
        let id = u32::try_from(self.predicates.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.predicates).push(name.into());
        id
    }

    /// Printed name of an event, table or user predicate.
    #[must_use]
    pub fn predicate_name(&self, id: u32) -> &str {
        self.predicates.get(id as usize).map_or("?", String::as_str)
    }

    /// How many predicate names are registered.
    #[must_use]
    pub fn predicate_count(&self) -> usize {
        self.predicates.len()
    }
}
