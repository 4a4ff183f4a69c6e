//! The derived steps, under review.

mod common;

use conformance::{DeriveError, derive, lint};

#[test]
fn the_steps_of_the_roles_are_the_reviewed_ones() {
    for family in common::FAMILIES {
        let (model, mapping) = common::family(family);
        for role in mapping.role_names() {
            let tree = derive(&model, role).expect("the role has steps");
            // Without places: a comment in the model moves them and changes nothing.
            let printed = tree.print(&model);
            let steps: Vec<&str> = printed
                .lines()
                .map(|line| line.rsplit_once("  [").map_or(line, |(step, _)| step))
                .collect();
            insta::assert_snapshot!(format!("{family}-{role}"), steps.join("\n"));
        }
    }
}

#[test]
fn the_mappings_are_up_to_date() {
    for family in common::FAMILIES {
        let (model, mapping) = common::family(family);
        assert_eq!(lint(&model, &mapping), [""; 0], "{family}");
    }
}

#[test]
fn a_role_the_model_does_not_call_is_named_with_those_it_does() {
    let error = derive(&common::post(), "Relay").expect_err("there is no such role");
    let DeriveError::NoSuchRole { role, known } = &error else {
        panic!("{error}");
    };
    assert_eq!(role, "Relay");
    assert!(known.contains("Client, ClientAttestation"), "{known}");
}
