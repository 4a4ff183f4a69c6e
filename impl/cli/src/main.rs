//! `seatproof`: attested TLS, proved and checked.
//!
//! Start here: each subcommand is a file of the same name in `commands/`.

// First: its macros reach the modules below it.
#[macro_use]
mod output;

mod cache;
mod checks;
mod commands;
mod exit;
mod finding;
mod interrupt;
mod judge;
mod laboratory;
mod matrix;
mod meter;
mod model;
mod oracle;
mod policy;
mod printed;
mod prover;
mod proverif_options;
mod tsm;
mod workers;

use clap::{Parser, Subcommand};
use exit::Exit;
use std::process::ExitCode;

/// Attested TLS: models proved, endpoints run, recordings matched.
///
/// Exit status: 0 all as labelled, 1 a label contradicted or a recording
/// diverging, 2 undecided, 3 unreadable or damaged input or a faulty command
/// line, 4 a model and a mapping or recording that do not belong together.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Appraise(commands::appraise::Appraise),
    Attack(commands::attack::Attack),
    Attest(commands::appraise::Attest),
    Check(commands::check::Check),
    Conform(commands::conform::Conform),
    Connect(commands::laboratory::Connect),
    Convert(commands::record::Convert),
    Coverage(commands::coverage::Arguments),
    Derive(commands::conform::Derive),
    Differential(commands::differential::Differential),
    Laboratory(commands::laboratory::Make),
    Lint(commands::conform::Lint),
    Matrix(commands::matrix::Matrix),
    Mutate(commands::mutate::Mutate),
    Prove(commands::prove::Prove),
    Proxy(commands::proxy::Proxy),
    Record(commands::record::Record),
    Scrutinise(commands::scrutinise::Scrutinise),
    Serve(commands::laboratory::Serve),
    Show(commands::show::Show),
    Sweep(commands::sweep::Arguments),
    Verify(commands::verify::Verify),
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(exit) => return exit.code(),
    };
    let result = match arguments.command {
        Command::Appraise(a) => commands::appraise::appraise(&a),
        Command::Attest(a) => commands::appraise::attest(&a),
        Command::Attack(a) => commands::attack::attack(&a),
        Command::Check(a) => commands::check::check(&a),
        Command::Conform(a) => commands::conform::conform(&a),
        Command::Convert(a) => commands::record::convert(&a),
        Command::Coverage(a) => commands::coverage::coverage(&a),
        Command::Connect(a) => commands::laboratory::connect(&a),
        Command::Derive(a) => commands::conform::derive(&a),
        Command::Differential(a) => commands::differential::differential(&a),
        Command::Laboratory(a) => commands::laboratory::make(&a),
        Command::Lint(a) => commands::conform::lint(&a),
        Command::Matrix(a) => commands::matrix::matrix(&a),
        Command::Mutate(a) => commands::mutate::mutate(&a),
        Command::Prove(a) => commands::prove::prove(&a),
        Command::Proxy(a) => commands::proxy::proxy(&a),
        Command::Record(a) => commands::record::record(&a),
        Command::Scrutinise(a) => commands::scrutinise::scrutinise(&a),
        Command::Serve(a) => commands::laboratory::serve(&a),
        Command::Show(a) => commands::show::show(&a),
        Command::Sweep(a) => commands::sweep::sweep(&a),
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

/// The command line. What is wrong with it is told here: it is an input error, and not
/// the status 2 that programs commonly give, which stands for an open question.
fn arguments() -> Result<Arguments, Exit> {
    let given = proverif_options::translated(std::env::args_os().collect()).map_err(|error| {
        eprintln!("error: {error}");
        Exit::Input
    })?;
    Arguments::try_parse_from(given).map_err(|error| {
        // Help and the version are no errors. Where it cannot be written there is
        // nobody to tell.
        let _ = error.print();
        if error.use_stderr() {
            Exit::Input
        } else {
            Exit::AsLabelled
        }
    })
}
