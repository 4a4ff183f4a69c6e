//! From an attack trace to bytes between two endpoints.
