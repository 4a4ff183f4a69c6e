//! Recordings matched against the steps derived from a model.
