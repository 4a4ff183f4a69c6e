//! Re-checks a saturation certificate; small, slow, plain.
