//! All mutants woven into one text, each behind a switch that is set at run time.
//!
//! One build then serves every mutant. The text is that of a generated copy;
//! the switch exists nowhere else. An anchor has to occur exactly once, so that
//! a mutant whose place has changed is out of date and not silently nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::mutant::{How, Mutant};

/// Why mutants do not fit a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfDate {
    #[error(
        "{id}: {file} has its anchor {count} times, not once: write the mutant anew for {anchor:?}"
    )]
    Anchor {
        id: &'static str,
        file: String,
        anchor: &'static str,
        count: usize,
    },
    #[error(
        "{file}: the anchors {one:?} and {other:?} overlap; mutants of one place share one anchor"
    )]
    Overlap {
        file: String,
        one: &'static str,
        other: &'static str,
    },
    #[error(
        "{id}: mutants that share an anchor in {file} have to be other expressions all, or leave it out all"
    )]
    Shared { id: &'static str, file: String },
    #[error("two mutants are called {id}")]
    Twice { id: &'static str },
    #[error("{id}: there is no file {file}")]
    NoFile { id: &'static str, file: String },
}

/// Files by their path from the root of the workspace.
pub type Files = BTreeMap<String, String>;

/// Every mutant in its files.
///
/// # Errors
/// Everything that does not fit; the files are then as they were.
pub fn weave(files: &mut Files, mutants: &[Mutant]) -> Result<(), Vec<OutOfDate>> {
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for mutant in mutants {
        if !ids.insert(mutant.id) {
            faults.push(OutOfDate::Twice { id: mutant.id });
        }
    }
    let places = places(files, mutants, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    for (file, places) in places {
        let Some(text) = files.get_mut(&file) else {
            continue; // `places` has looked
        };
        // From the end, so that offsets before stay what they are.
        for (start, place) in places.iter().rev() {
            let end = start + place.anchor.len();
            text.replace_range(*start..end, &place.switched());
        }
    }
    Ok(())
}

/// One place and what mutants make of it.
struct Place {
    anchor: &'static str,
    changes: Vec<(&'static str, How)>,
}

impl Place {
    fn switched(&self) -> String {
        let anchor = self.anchor;
        match &*self.changes {
            [(_, How::Without), ..] => {
                let on: Vec<String> = self.changes.iter().map(|(id, _)| switch(id)).collect();
                format!("if !({}) {{ {anchor} }}", on.join(" || "))
            }
            [(_, How::Verbatim(text))] => (*text).to_owned(),
            changes => {
                let mut text = String::from("(");
                for (id, how) in changes {
                    if let How::Instead(mutated) = how {
                        let on = switch(id);
                        text.push_str(&format!("if {on} {{ {mutated} }} else "));
                    }
                }
                text.push_str(&format!("{{ {anchor} }})"));
                text
            }
        }
    }
}

fn switch(id: &str) -> String {
    format!("mutant::on({id:?})")
}

type Places = BTreeMap<String, BTreeMap<usize, Place>>;

fn places(files: &Files, mutants: &[Mutant], faults: &mut Vec<OutOfDate>) -> Places {
    let mut places = Places::new();
    for mutant in mutants {
        for edit in &mutant.edits {
            let (id, file, anchor) = (mutant.id, &edit.file, edit.anchor);
            let Some(text) = files.get(file) else {
                let file = file.clone();
                faults.push(OutOfDate::NoFile { id, file });
                continue;
            };
            let found: Vec<usize> = text.match_indices(anchor).map(|(at, _)| at).collect();
            let [start] = *found else {
                faults.push(OutOfDate::Anchor {
                    id,
                    file: file.clone(),
                    anchor,
                    count: found.len(),
                });
                continue;
            };
            let place = places.entry(file.clone()).or_default();
            let place = place.entry(start).or_insert_with(|| Place {
                anchor,
                changes: Vec::new(),
            });
            if place.anchor != anchor {
                faults.push(overlap(file, place.anchor, anchor));
                continue;
            }
            place.changes.push((id, edit.how.clone()));
            let first = std::mem::discriminant(&place.changes[0].1); // just pushed one
            let alike = |(_, how): &(_, How)| std::mem::discriminant(how) == first;
            let verbatim = matches!(edit.how, How::Verbatim(_));
            if place.changes.len() > 1 && (verbatim || !place.changes.iter().all(alike)) {
                let file = file.clone();
                faults.push(OutOfDate::Shared { id, file });
            }
        }
    }
    for (file, places) in &places {
        let in_order: Vec<(&usize, &Place)> = places.iter().collect();
        for pair in in_order.windows(2) {
            let [(start, one), (next, other)] = pair else {
                continue;
            };
            if *start + one.anchor.len() > **next {
                faults.push(overlap(file, one.anchor, other.anchor));
            }
        }
    }
    places
}

fn overlap(file: &str, one: &'static str, other: &'static str) -> OutOfDate {
    OutOfDate::Overlap {
        file: file.to_owned(),
        one,
        other,
    }
}
