//! What became of each mutant, as a table or as JSON.

use std::collections::BTreeSet;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table};
use conformance::Tier;
use mutants::{Watched, catalogue};

/// One line of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) by: String,
    pub(super) killed: bool,
    pub(super) at: String,
    /// Who else would have seen it.
    pub(super) other: &'static str,
    /// The tier from which on a monitor closes the connection.
    pub(super) monitor: Option<Watched>,
}

/// One line for each mutant, then sums.
pub(super) fn print(rows: &[Row], json: bool, took: Duration) {
    let killed = rows.iter().filter(|row| row.killed).count();
    if json {
        let each = rows.iter().map(|row| {
            serde_json::json!({
                "class": row.class, "mutant": row.name, "shown_by": row.by,
                "killed": row.killed, "at": row.at, "also_seen_by": row.other,
                "monitor_closes_from": row.monitor.as_ref().map(ToString::to_string),
            })
        });
        let equivalent = catalogue::EQUIVALENT.iter();
        let equivalent =
            equivalent.map(|(what, why)| serde_json::json!({"what": what, "why": why}));
        let whole = serde_json::json!({
            "mutants": each.collect::<Vec<_>>(),
            "equivalent": equivalent.collect::<Vec<_>>(),
            "killed": killed, "of": rows.len(),
        });
        println!("{whole}");
        return;
    }
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header([
        "class",
        "mutant",
        "shown by",
        "killed",
        "at",
        "also seen by",
        "monitor",
    ]);
    for row in rows {
        let killed = if row.killed { "yes" } else { "NO" };
        let monitor = row.monitor.as_ref().map(ToString::to_string);
        table.add_row([
            row.class,
            &row.name,
            &row.by,
            killed,
            &row.at,
            row.other,
            monitor.as_deref().unwrap_or_default(),
        ]);
    }
    println!("{table}");
    println!("not made, since nobody can make them or nothing can show them:");
    for (what, why) in catalogue::EQUIVALENT {
        println!("  {what}: {why}");
    }
    for class in ["recording", "model", "mapping", "implementation"] {
        let all = rows.iter().filter(|row| row.class == class);
        let alone = all.clone().filter(|row| row.other == "nobody").count();
        let (dead, all) = (all.clone().filter(|row| row.killed).count(), all.count());
        if all > 0 {
            println!(
                "{class}: {dead} of {all} killed at an acceptable step, {alone} seen by nobody else"
            );
        }
    }
    monitored(rows);
    println!(
        "{killed} of {} killed, {:.1} s",
        rows.len(),
        took.as_secs_f64()
    );
}

/// How many a monitor closes, from which tier on, and which it does not.
fn monitored(rows: &[Row]) {
    let of = |wanted: Option<Tier>| {
        let wanted = wanted.map_or(Watched::Opened, Watched::From);
        rows.iter()
            .filter(move |row| row.monitor.as_ref() == Some(&wanted))
    };
    let count = |tier| of(Some(tier)).count();
    let all = rows.iter().filter(|row| row.monitor.is_some()).count();
    if all == 0 {
        return;
    }
    println!(
        "a monitor closes {} of {all} before application data: {} at every tier, {} from `keys` \
         on, {} at `full` alone",
        all - of(None).count(),
        count(Tier::Shape),
        count(Tier::Keys),
        count(Tier::Full)
    );
    let full: BTreeSet<&str> = of(Some(Tier::Full)).map(|row| row.name.as_str()).collect();
    if !full.is_empty() {
        let full: Vec<&str> = full.into_iter().collect();
        println!("  at `full` alone: {}", full.join(", "));
    }
    for row in of(None) {
        println!(
            "  not closed, only several sessions or both ends show it: {}",
            row.name
        );
    }
}
