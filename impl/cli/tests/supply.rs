//! What is linked in: licences, and the oldest compiler that takes it. Read
//! from `cargo metadata`, with every feature; without a network, and without what
//! only an optional feature would download, where that is not there.

mod common;

use common::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// Every package that a build for this machine needs.
fn packages() -> Vec<Value> {
    let host = Command::new("rustc").arg("-vV").output().expect("rustc");
    let host = String::from_utf8(host.stdout).expect("text");
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host");
    let metadata = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--offline", "--format-version", "1"])
            .args(["--filter-platform", host])
            .args(arguments)
            .current_dir(root())
            .output()
            .expect("cargo runs");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.success() {
            true => Ok(serde_json::from_slice::<Value>(&output.stdout).expect("JSON")),
            false => Err(error),
        }
    };
    let metadata = metadata(&["--all-features"]).or_else(|_| metadata(&[]));
    let metadata = metadata.unwrap_or_else(|error| panic!("{error}"));
    let packages = metadata["packages"].as_array().expect("packages").clone();
    assert!(packages.len() > 100, "{} packages", packages.len());
    packages
}

#[test]
fn every_licence_is_one_of_the_permissive_ones() {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let table: toml::Table = text.parse().expect("TOML");
    let allowed: BTreeSet<String> = table["licenses"]["allow"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect();
    assert!(!allowed.iter().any(|name| name.contains("GPL")));
    let mut exceptions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for exception in table["licenses"]["exceptions"].as_array().expect("a list") {
        let name = exception["crate"].as_str().expect("a name");
        let more = exception["allow"].as_array().expect("a list").iter();
        let more = more.map(|name| name.as_str().expect("a name").to_owned());
        exceptions.insert(
            name.to_owned(),
            allowed.iter().cloned().chain(more).collect(),
        );
    }
    assert!(
        !exceptions
            .values()
            .flatten()
            .any(|name| name.contains("GPL"))
    );
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let licence = package["license"].as_str();
        let licence = licence.unwrap_or_else(|| panic!("{name} names no licence"));
        assert!(
            satisfies(licence, exceptions.get(name).unwrap_or(&allowed)),
            "{name}: `{licence}` is not among the licences of deny.toml"
        );
    }
}

#[test]
fn no_dependency_needs_a_newer_compiler() {
    let packages = packages();
    let version = |package: &Value| -> Option<(u32, u32)> {
        let mut parts = package["rust_version"].as_str()?.split('.');
        let major = parts.next()?.parse().ok()?;
        Some((major, parts.next().unwrap_or("0").parse().ok()?))
    };
    let ours = packages
        .iter()
        .find(|package| package["name"] == "seatproof")
        .and_then(version)
        .expect("seatproof states its rust-version");
    for package in &packages {
        if let Some(wanted) = version(package) {
            let name = &package["name"];
            assert!(
                wanted <= ours,
                "{name} needs rust {wanted:?}, we state {ours:?}"
            );
        }
    }
}

/// Every crate of ours states the version that clippy's `incompatible_msrv` holds
/// its code to.
#[test]
fn every_crate_of_ours_states_the_oldest_compiler() {
    let root = std::fs::canonicalize(root()).expect("here");
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml");
    let workspace: toml::Table = workspace.parse().expect("TOML");
    let stated = &workspace["workspace"]["package"]["rust-version"];
    let stated = stated.as_str().expect("a version");
    let lint = &workspace["workspace"]["lints"]["clippy"];
    assert!(
        lint.get("incompatible_msrv").is_none(),
        "the lint is on unless told otherwise"
    );
    let mut ours = 0;
    for package in packages() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
        if manifest.starts_with(&root) && !manifest.starts_with(root.join("impl/vendor")) {
            ours += 1;
            assert_eq!(
                package["rust_version"].as_str(),
                Some(stated),
                "{manifest:?}"
            );
        }
    }
    assert!(ours > 20, "{ours} crates of ours");
}

#[test]
fn licence_expressions_are_read_as_they_are_meant() {
    let allowed: BTreeSet<String> = ["MIT", "ISC", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        .map(str::to_owned)
        .into();
    for (expression, holds) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        ("MIT/AGPL-3.0", true),
        ("AGPL-3.0-or-later AND (MIT OR Apache-2.0)", false),
        ("(MIT OR GPL-2.0) AND ISC", true),
        ("GPL-2.0 OR MIT AND LGPL-2.1", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("", false),
    ] {
        assert_eq!(satisfies(expression, &allowed), holds, "{expression}");
    }
}

/// Whether a licence expression (SPDX, annex D; a slash is an OR) can be met
/// with `allowed` licences alone.
fn satisfies(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (holds, rest) = any(&words, allowed);
    holds && rest.is_empty()
}

fn any<'a, 'w>(words: &'a [&'w str], allowed: &BTreeSet<String>) -> (bool, &'a [&'w str]) {
    let (mut holds, mut rest) = all(words, allowed);
    while let ["OR", behind @ ..] = rest {
        let (other, behind) = all(behind, allowed);
        (holds, rest) = (holds | other, behind);
    }
    (holds, rest)
}

fn all<'a, 'w>(words: &'a [&'w str], allowed: &BTreeSet<String>) -> (bool, &'a [&'w str]) {
    let (mut holds, mut rest) = one(words, allowed);
    while let ["AND", behind @ ..] = rest {
        let (other, behind) = one(behind, allowed);
        (holds, rest) = (holds & other, behind);
    }
    (holds, rest)
}

fn one<'a, 'w>(words: &'a [&'w str], allowed: &BTreeSet<String>) -> (bool, &'a [&'w str]) {
    match words {
        ["(", inside @ ..] => match any(inside, allowed) {
            (holds, [")", rest @ ..]) => (holds, rest),
            (_, rest) => (false, rest),
        },
        [name, "WITH", exception, rest @ ..] => {
            (allowed.contains(&format!("{name} WITH {exception}")), rest)
        }
        [name, rest @ ..] => (allowed.contains(*name), rest),
        [] => (false, &[]),
    }
}
