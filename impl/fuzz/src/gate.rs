//! As `decoders`, for what the gate and its monitor read from files.
//!
//! A test of `cli` includes this file and feeds the corpus.

use conformance::{Mapping, StepFile};

/// A step file; one that is accepted and opened is written as it can be read.
pub fn steps(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    if let Ok(steps) = StepFile::parse(text) {
        let again = StepFile::parse(&steps.to_json()).map(|it| it.to_json());
        assert_eq!(again.ok(), Some(steps.to_json()));
        let _ = steps.open();
    }
}

/// A mapping.
pub fn mapping(octets: &[u8]) {
    if let Ok(text) = std::str::from_utf8(octets) {
        let _ = Mapping::parse("mapping.toml", text);
    }
}

/// Each decoder and the name of its corpus.
pub const ALL: [(&str, fn(&[u8])); 2] = [("mapping", mapping), ("steps", steps)];
