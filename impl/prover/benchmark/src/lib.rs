//! Times, clause counts and peak memory of the prover, beside another one's.
