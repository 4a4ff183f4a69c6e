//! The fuzz corpus, and octets near it, without a fuzzer: no decoder panics,
//! and each keeps what it promises about what it accepts.

#[path = "../../../fuzz/src/decoders.rs"]
#[allow(unreachable_pub, clippy::type_complexity)] // the fuzz targets use it too
mod decoders;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

fn corpus(decoder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut files: Vec<_> = fs::read_dir(root.join(decoder))
        .expect("a corpus")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    let read = |path: PathBuf| {
        let octets = fs::read(&path).expect("readable");
        (path, octets)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_decoder_takes_its_corpus_whole_cut_and_flipped() {
    for (name, decode) in decoders::ALL {
        let corpus = corpus(name);
        assert!(corpus.len() >= 2, "{name}: {} files", corpus.len());
        for (_, octets) in corpus {
            decode(&octets);
            // At most some fifty places of each.
            let step = octets.len() / 50 + 1;
            for at in (0..octets.len()).step_by(step) {
                decode(&octets[..at]);
                let mut flipped = octets.clone();
                flipped[at] ^= 1 << (at % 8);
                decode(&flipped);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_decoder_takes_anything(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        for (_, decode) in decoders::ALL {
            decode(&octets);
        }
    }
}
