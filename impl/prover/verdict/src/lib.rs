//! Queries over a saturated set; a derivation becomes an executed attack trace.
