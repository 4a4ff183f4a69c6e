//! The fuzz corpus of what the gate reads from files, and octets near it, without a
//! fuzzer; and that every decoder has both a target and a corpus.

#[path = "../../fuzz/src/gate.rs"]
#[allow(unreachable_pub, clippy::type_complexity)] // the fuzz targets use it too
mod gate;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// Names in a folder, without their endings.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(folder)).expect("a folder");
    let stem = |entry: fs::DirEntry| {
        let path = entry.path();
        path.file_stem().expect("a name").display().to_string()
    };
    entries
        .map(|entry| stem(entry.expect("readable")))
        .collect()
}

#[test]
fn every_decoder_takes_its_corpus_whole_cut_and_flipped() {
    for (name, decode) in gate::ALL {
        let mut seen = 0;
        for entry in fs::read_dir(fuzz().join("corpus").join(name)).expect("a corpus") {
            let octets = fs::read(entry.expect("readable").path()).expect("readable");
            seen += 1;
            decode(&octets);
            // At most some twenty places of each.
            let step = octets.len() / 20 + 1;
            for at in (0..octets.len()).step_by(step) {
                decode(&octets[..at]);
                let mut flipped = octets.clone();
                flipped[at] ^= 1 << (at % 7);
                decode(&flipped);
            }
        }
        assert!(seen >= 2, "{name}: {seen} files");
    }
}

#[test]
fn every_decoder_has_a_target_and_a_corpus() {
    let targets = names("fuzz_targets");
    assert_eq!(targets, names("corpus"));
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let bins = manifest["bin"].as_array().expect("targets").iter();
    let bins = bins.map(|bin| bin["name"].as_str().expect("a name").to_owned());
    assert_eq!(targets, bins.collect());
    let mut fed = BTreeSet::new();
    for module in ["decoders", "gate", "platforms"] {
        let text = fs::read_to_string(fuzz().join("src").join(module).with_extension("rs"));
        let text = text.expect("a module");
        for target in &targets {
            if text.contains(&format!("pub fn {target}(octets: &[u8])")) {
                assert!(
                    text.contains(&format!("(\"{target}\", {target})")),
                    "{target}"
                );
                fed.insert(target.clone());
            }
        }
    }
    assert_eq!(targets, fed);
}
