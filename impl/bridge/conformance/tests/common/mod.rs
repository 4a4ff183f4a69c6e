//! Models and mappings as the tests use them.

#![allow(dead_code, unreachable_pub)] // each test binary uses a part of it

pub mod certified;
pub mod laboratory;
pub mod toy;

use std::path::{Path, PathBuf};

use conformance::Mapping;
use pi::{Program, Sources};

/// The directory of the models.
pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models")
}

/// The libraries and the file itself, as its header lists them.
pub fn sources(file: &str) -> Vec<(String, String)> {
    let read = |name: &str| {
        let text = std::fs::read_to_string(models().join(name)).expect("a model file");
        (name.to_owned(), text)
    };
    let (name, main) = read(file);
    let header = main.lines().next().expect("a header");
    let names = header
        .trim_start_matches("(* @libs ")
        .trim_end_matches(" *)")
        .split(' ');
    names
        .map(|library| read(&format!("{library}.pvl")))
        .chain([(name, main.clone())])
        .collect()
}

/// The program, or its diagnostics.
pub fn load(files: &[(String, String)]) -> Program {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(name.as_str(), text.as_str());
    }
    let loaded = pi::load(sources);
    let rendered: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.render(&loaded.sources))
        .collect();
    loaded
        .program
        .unwrap_or_else(|| panic!("{}", rendered.join("\n")))
}

/// Folders of the models that recordings are matched against.
pub const FAMILIES: [&str; 7] = [
    "intra",
    "intra-fixed",
    "post",
    "post-client",
    "post-mutual",
    "pre",
    "pre-fixed",
];

/// A mapping and the model it maps.
pub fn family(folder: &str) -> (Program, Mapping) {
    let mut all = stimuli::Family::ALL.into_iter();
    let family = all.find(|family| family.folder() == folder).expect("known");
    let (name, folder) = (family.mapping(), family.models());
    let text = std::fs::read_to_string(models().join(&name)).expect("a mapping");
    let mapping = Mapping::parse(&name, &text).unwrap_or_else(|error| panic!("{error}"));
    let model = load(&sources(&format!("{folder}/{}", mapping.model)));
    (model, mapping)
}

pub fn post() -> Program {
    load(&sources("post/sanity.pv"))
}

pub fn mapping_text() -> String {
    std::fs::read_to_string(models().join("post/mapping.toml")).expect("a mapping")
}

pub fn mapping() -> Mapping {
    parse_mapping(&mapping_text())
}

pub fn parse_mapping(text: &str) -> Mapping {
    Mapping::parse("post/mapping.toml", text).unwrap_or_else(|error| panic!("{error}"))
}
