//! The fuzz corpus of what vendors and hardware write, and octets near it,
//! without a fuzzer.

#[path = "../../../fuzz/src/platforms.rs"]
#[allow(unreachable_pub, clippy::type_complexity)] // the fuzz targets use it too
mod platforms;

use std::fs;
use std::path::Path;

#[test]
fn every_decoder_takes_its_corpus_whole_cut_and_flipped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, decode) in platforms::ALL {
        let mut seen = 0;
        for entry in fs::read_dir(root.join(name)).expect("a corpus") {
            let octets = fs::read(entry.expect("readable").path()).expect("readable");
            seen += 1;
            decode(&octets);
            // At most some twenty places of each.
            let step = octets.len() / 20 + 1;
            for at in (0..octets.len()).step_by(step) {
                decode(&octets[..at]);
                let mut flipped = octets.clone();
                flipped[at] ^= 1 << (at % 8);
                decode(&flipped);
            }
        }
        assert!(seen >= 2, "{name}: {seen} files");
    }
}
