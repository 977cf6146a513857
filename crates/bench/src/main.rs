use std::process::ExitCode;

use bench::{history, plants, poll, results, server};
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Figures of Wattline, for `make bench`")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What a polled request costs, against raw sockets and libmodbus
    Poll,
    /// Answers the requests of `poll`
    #[command(hide = true)]
    PollAnswer,
    /// One way of asking, measured
    #[command(hide = true)]
    PollAsk(poll::Turn),
    /// Writes a plant with many meters, and its site
    Plant(plants::Files),
    /// What the built server needs: time to start, memory
    Server,
    /// The history store: size, speed in, speed out, memory
    History,
    /// One list and one table of what the parts found
    Report,
}

fn main() -> ExitCode {
    let run = match Cli::parse().command {
        Command::Poll => poll::run(),
        Command::PollAnswer => poll::answer(),
        Command::PollAsk(turn) => poll::ask(turn),
        Command::Plant(files) => plants::write_files(&files),
        Command::Server => server::run(),
        Command::History => history::run(),
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
