//! What a typed process may do next: labelled transitions and replay of attack traces.
