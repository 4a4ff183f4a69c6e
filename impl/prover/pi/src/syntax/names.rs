//! Interned identifiers: comparing two of them is comparing two numbers.

use std::collections::HashMap;

/// An interned identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(u32);

/// The texts of all symbols of one program.
#[derive(Debug, Default)]
pub(crate) struct Names {
    texts: Vec<String>,
    // Only ever looked up, never walked: its order cannot reach a result.
    symbols: HashMap<String, Symbol>,
    /// The last number that `fresh` tried for a text.
    numbers: HashMap<String, u64>,
}

impl Names {
    /// The symbol of a text.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.symbols.get(text) {
            return *symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.to_owned());
        self.symbols.insert(text.to_owned(), symbol);
        symbol
    }

    /// A symbol that no text has used yet, as close to `text` as possible.
    pub(crate) fn fresh(&mut self, text: &str) -> Symbol {
        loop {
            let number = self.numbers.entry(text.to_owned()).or_insert(0);
            *number += 1;
            let candidate = format!("{text}_{number}");
            if !self.symbols.contains_key(&candidate) {
                return self.intern(&candidate);
            }
        }
    }

    /// The symbol of a text, if it occurs in the program.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.symbols.get(text).copied()
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.texts
            .get(symbol.0 as usize)
            .map_or("?", String::as_str)
    }
}
