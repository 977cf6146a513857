use std::process::ExitCode;

use bench::{results, server};
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Figures of Wattline, for `make bench`")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What the built server needs: time to start, memory
    Server,
    /// One list and one table of what the parts found
    Report,
}

fn main() -> ExitCode {
    let run = match Cli::parse().command {
        Command::Server => server::run(),
        Command::Report => results::report(),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
