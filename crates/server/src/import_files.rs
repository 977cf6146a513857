use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use server::app::App;
use server::clock::SystemClock;
use server::config::{AccessOptions, Config, PeriodOptions};
use server::import::{ImportProgress, ImportReport, Importer, Refusal};
use server::retention::RetentionOptions;
use tokio_util::sync::CancellationToken;

/// How often the terminal hears of the progress.
const TELL_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Data folder; its server must be stopped
    #[arg(
        long,
        env = "WATTLINE_DATA",
        value_name = "DIR",
        default_value = "data"
    )]
    data: PathBuf,
    /// Let values of the files take the place of other ones that the history has
    #[arg(long)]
    replace: bool,
    /// History files: CSV with the title row `circuit;quantity;time;value;quality`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) async fn run(arguments: Import, shutdown: CancellationToken) -> anyhow::Result<()> {
    let config = Config {
        data: arguments.data,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        periods: PeriodOptions::default().periods(),
        retention: RetentionOptions::default(),
        access: AccessOptions::default(),
    };
    let app = App::build(&config, Arc::new(SystemClock)).await?;
    let importer = Importer {
        stopping: shutdown,
        ..app.importer()
    };
    let mut n_refused = 0;
    for path in &arguments.files {
        let file = std::fs::File::open(path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        let progress = Arc::new(ImportProgress::default());
        let telling = tokio::spawn(tell(Arc::clone(&progress)));
        let result = importer.import(file, arguments.replace, progress).await;
        telling.abort();
        let report = result.with_context(|| format!("{} was not imported", path.display()))?;
        if report.refused > 0 {
            n_refused += 1;
        }
        show(path, &report);
    }
    if n_refused > 0 {
        bail!(
            "{n_refused} of {} files had lines that cannot be taken, and nothing of them was",
            arguments.files.len()
        );
    }
    Ok(())
}

/// Says on a terminal how far it is.
async fn tell(progress: Arc<ImportProgress>) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        eprint!("\r{}: {} rows … ", progress.phase().name(), progress.rows());
    }
}

fn show(path: &std::path::Path, report: &ImportReport) {
    println!(
        "{}: {} rows taken, {} equal, {} different ({} replaced), {} gaps, {} refused",
        path.display(),
        report.taken,
        report.equal,
        report.different,
        report.replaced,
        report.gaps,
        report.refused
    );
    for touched in &report.touched {
        println!(
            "  circuit {} {}: {} rows from {} to {}",
            touched.series.point,
            touched.series.measurand,
            touched.rows,
            touched.from,
            touched.until
        );
    }
    let lines = |what: &str, told: &[Refusal]| {
        for Refusal { line, problem } in told {
            eprintln!("{}:{line}: {what}: {problem}", path.display());
        }
    };
    lines("refused", &report.refusals);
    lines("different", &report.differences);
    lines("warning", &report.warnings);
}
