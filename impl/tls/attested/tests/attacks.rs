//! The table of attacks names tests that exist.

use std::fs;
use std::path::Path;

#[test]
fn every_attack_names_a_test() {
    let tls = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let tls = tls.expect("beside its neighbours");
    let table = fs::read_to_string(tls.join("attested/src/attacks.rs")).expect("text");
    let mut named = 0;
    for row in table.lines().filter(|line| line.starts_with("//! | ")) {
        let Some((_, cell)) = row.split_once('`') else {
            continue; // the head
        };
        let (test, rest) = cell.split_once('`').expect("a pair");
        let room = rest.trim_matches([' ', '|']).strip_prefix("in ");
        let tests = tls.join(room.unwrap_or("attested")).join("tests");
        let exists = fs::read_dir(&tests)
            .expect("tests")
            .map(|entry| entry.expect("readable").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
            .any(|path| {
                let text = fs::read_to_string(path).expect("text");
                text.contains(&format!("fn {test}("))
            });
        assert!(exists, "no test {test} in {}", tests.display());
        named += 1;
    }
    assert!(named > 35, "only {named} rows name a test");
}
