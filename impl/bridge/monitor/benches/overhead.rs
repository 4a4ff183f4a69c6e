//! What a monitor costs.
fn main() {}
