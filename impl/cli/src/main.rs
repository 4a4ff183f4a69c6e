//! `seatproof`: attested TLS, proved and checked.
//!
//! Start here: each subcommand is a file of the same name in `commands/`.

mod cache;
mod commands;
mod exit;
mod interrupt;
mod judge;
mod laboratory;
mod meter;
mod model;
mod oracle;

use clap::{Parser, Subcommand};
use exit::Exit;
use std::process::ExitCode;

/// Attested TLS: models proved, endpoints run, recordings matched.
///
/// Exit status: 0 all as labelled, 1 a label contradicted or a recording
/// diverging, 2 undecided, 3 unreadable input.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(commands::check::Check),
    Conform(commands::conform::Conform),
    Connect(commands::laboratory::Connect),
    Convert(commands::record::Convert),
    Coverage(commands::coverage::Arguments),
    Derive(commands::conform::Derive),
    Differential(commands::differential::Differential),
    Laboratory(commands::laboratory::Make),
    Lint(commands::conform::Lint),
    Prove(commands::prove::Prove),
    Proxy(commands::proxy::Proxy),
    Record(commands::record::Record),
    Serve(commands::laboratory::Serve),
    Show(commands::show::Show),
    Verify(commands::verify::Verify),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Check(a) => commands::check::check(&a),
        Command::Conform(a) => commands::conform::conform(&a),
        Command::Convert(a) => commands::record::convert(&a),
        Command::Coverage(a) => commands::coverage::coverage(&a),
        Command::Connect(a) => commands::laboratory::connect(&a),
        Command::Derive(a) => commands::conform::derive(&a),
        Command::Differential(a) => commands::differential::differential(&a),
        Command::Laboratory(a) => commands::laboratory::make(&a),
        Command::Lint(a) => commands::conform::lint(&a),
        Command::Prove(a) => commands::prove::prove(&a),
        Command::Proxy(a) => commands::proxy::proxy(&a),
        Command::Record(a) => commands::record::record(&a),
        Command::Serve(a) => commands::laboratory::serve(&a),
        Command::Show(a) => commands::show::show(&a),
        Command::Verify(a) => commands::verify::verify(&a),
    };
    match result {
        Ok(exit) => exit.code(),
        Err(error) => {
            eprintln!("{error}");
            Exit::Input.code()
        }
    }
}
