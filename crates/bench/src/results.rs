use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::figure::short;

/// Where `make bench` leaves its figures, from the root of the repository.
const FOLDER: &str = "target/bench";
/// Below [`FOLDER`]: one list of rows for each part.
const PARTS: &str = "parts";
/// Below [`FOLDER`]: the rows of all parts.
const RESULTS: &str = "results.json";

/// One figure, and the same figure of a peer if there is one to be measured with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    name: String,
    value: f64,
    unit: String,
    peer: Option<String>,
    peer_value: Option<f64>,
    /// Ours by the peer's, both taken in the same run.
    ratio: Option<f64>,
    note: String,
}

impl Row {
    pub fn new(name: &str, value: f64, unit: &str, note: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
            peer: None,
            peer_value: None,
            ratio: None,
            note: note.into(),
        }
    }

    #[must_use]
    pub fn against(mut self, peer: &str, peer_value: f64) -> Self {
        self.ratio = Some(self.value / peer_value);
        self.peer = Some(peer.to_owned());
        self.peer_value = Some(peer_value);
        self
    }
}

/// Leaves what a part found for [`report`].
pub fn write_part(part: &str, rows: &[Row]) -> anyhow::Result<()> {
    let path = Path::new(FOLDER).join(PARTS).join(format!("{part}.json"));
    write(&path, rows)
}

/// Makes one list of what the parts left, and prints it as a table.
pub fn report() -> anyhow::Result<()> {
    let folder = Path::new(FOLDER);
    let rows = gather(&folder.join(PARTS))?;
    write(&folder.join(RESULTS), &rows)?;
    print!("{}", table(&rows));
    Ok(())
}

fn write(path: &Path, rows: &[Row]) -> anyhow::Result<()> {
    let folder = path.parent().context("results lie in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, serde_json::to_vec_pretty(rows)?))
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn gather(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(|| format!("no part left anything in {}", folder.display()))?;
    paths.sort();
    let mut rows: Vec<Row> = Vec::new();
    for path in paths {
        let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let part: Vec<Row> = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no list of rows", path.display()))?;
        rows.extend(part);
    }
    let mut names = HashSet::new();
    if let Some(row) = rows.iter().find(|row| !names.insert(&row.name)) {
        anyhow::bail!("two rows are called {}", row.name);
    }
    Ok(rows)
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec![["", "", "ours", "peer's", "ratio", "against"].map(str::to_owned)];
    lines.extend(rows.iter().map(|row| {
        let or_nothing = |value: Option<f64>| value.map_or_else(String::new, short);
        [
            row.name.clone(),
            row.unit.clone(),
            short(row.value),
            or_nothing(row.peer_value),
            row.ratio
                .map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            row.peer.clone().unwrap_or_default(),
        ]
    }));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        let [name, unit, ours, peers, ratio, peer] = line;
        let [
            name_width,
            unit_width,
            ours_width,
            peers_width,
            ratio_width,
            _,
        ] = widths[..]
        else {
            unreachable!("there are six columns");
        };
        let row = format!(
            "{name:name_width$}  {ours:>ours_width$} {unit:unit_width$}  {peers:>peers_width$}  \
             {ratio:>ratio_width$}  {peer}"
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    fn folder_of(parts: &[(&str, &[Row])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, rows) in parts {
            write(&folder.path().join(name), rows).unwrap();
        }
        folder
    }

    #[test]
    fn the_rows_of_all_parts_become_one_table() {
        let requests =
            Row::new("poll.requests_per_s", 12_345.6, "1/s", "").against("libmodbus", 6172.8);
        let memory = Row::new("server.memory_mb", 41.25, "MB", "5 runs");
        let folder = folder_of(&[
            ("server.json", slice::from_ref(&memory)),
            ("poll.json", slice::from_ref(&requests)),
        ]);
        let rows = gather(folder.path()).unwrap();
        assert_eq!(rows, [requests, memory]);
        let lines = [
            "                      ours      peer's  ratio  against",
            "poll.requests_per_s  12346 1/s    6173   2.00  libmodbus",
            "server.memory_mb     41.25 MB\n",
        ];
        assert_eq!(table(&rows), lines.join("\n"));
    }

    #[test]
    fn two_rows_of_one_name_are_refused() {
        let row = Row::new("history.memory_mb", 1.0, "MB", "");
        let folder = folder_of(&[
            ("a.json", slice::from_ref(&row)),
            ("b.json", slice::from_ref(&row)),
        ]);
        let refusal = gather(folder.path()).unwrap_err().to_string();
        assert_eq!(refusal, "two rows are called history.memory_mb");
    }
}
