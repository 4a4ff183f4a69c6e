//! The generated workspace: copies of the crates under test, a switch, a driver.
//!
//! ```text
//! target/mutants/
//!   Cargo.toml Cargo.lock     the workspace's own, with other members
//!   impl/tls/…  impl/bridge/… copies, mutants woven in
//!   mutant/                   which mutant is on
//!   driver/                   one scenario, one process, one recording
//! ```

use crate::catalogue;
use crate::weave::{Files, OutOfDate, weave};

/// Folders to be copied, from the root of the workspace.
pub const COPIED: [&str; 7] = [
    "impl/bridge/event",
    "impl/bridge/stimuli",
    "impl/tls/attested",
    "impl/tls/authenticator",
    "impl/tls/mock-tee",
    "impl/tls/rats",
    "impl/vendor/reqwest",
];

/// Which variable names the mutant that is on.
pub const VARIABLE: &str = "SEATPROOF_MUTANT";

/// The crates that mutants stand in, and so ask for the switch.
const SWITCHED: [&str; 4] = [
    "impl/tls/attested",
    "impl/tls/authenticator",
    "impl/tls/mock-tee",
    "impl/tls/rats",
];

/// Turns copies, with the workspace's `Cargo.toml` among them, into the
/// workspace with every mutant of the catalogue in it.
///
/// # Errors
/// [`OutOfDate`], for each mutant or manifest that is not what it was.
pub fn generate(mut files: Files) -> Result<Files, Vec<OutOfDate>> {
    weave(&mut files, &catalogue::all())?;
    for folder in SWITCHED {
        let manifest = format!("{folder}/Cargo.toml");
        insert(
            &mut files,
            &manifest,
            "[dependencies]\n",
            "mutant.workspace = true\n",
        )?;
    }
    let root = "Cargo.toml";
    insert(
        &mut files,
        root,
        "[workspace.dependencies]\n",
        "mutant = { path = \"mutant\" }\n",
    )?;
    members(&mut files, root)?;
    for (path, text) in [
        ("driver/Cargo.toml", include_str!("../driver/driver.toml")),
        ("driver/src/main.rs", include_str!("../driver/driver.rs.in")),
        ("mutant/Cargo.toml", include_str!("../driver/mutant.toml")),
        ("mutant/src/lib.rs", include_str!("../driver/mutant.rs.in")),
    ] {
        files.insert(path.to_owned(), text.to_owned());
    }
    Ok(files)
}

fn insert(
    files: &mut Files,
    file: &str,
    after: &'static str,
    text: &str,
) -> Result<(), Vec<OutOfDate>> {
    let found = files.get_mut(file).and_then(|whole| {
        let at = whole.find(after)? + after.len();
        whole.insert_str(at, text);
        Some(())
    });
    found.ok_or_else(|| gone(file, after))
}

/// Other members; the rest of the manifest, versions and lints, stays.
fn members(files: &mut Files, root: &str) -> Result<(), Vec<OutOfDate>> {
    const OPENS: &str = "members = [";
    let gone = || gone(root, OPENS);
    let text = files.get_mut(root).ok_or_else(gone)?;
    let start = text.find(OPENS).ok_or_else(gone)? + OPENS.len();
    let end = start + text[start..].find(']').ok_or_else(gone)?;
    let mut all: Vec<&str> = COPIED.to_vec();
    all.extend(["driver", "mutant"]);
    text.replace_range(start..end, &format!("\"{}\"", all.join("\", \"")));
    Ok(())
}

fn gone(file: &str, anchor: &'static str) -> Vec<OutOfDate> {
    vec![OutOfDate::Anchor {
        id: "(workspace)",
        file: file.to_owned(),
        anchor,
        count: 0,
    }]
}
