//! What commands print: lists as a table, JSON or CSV, and sentences.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// An array of objects.
    Json,
    /// With a line of headings (RFC 4180).
    Csv,
}

/// A list: rows of as many texts as there are columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().copied().map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }

    /// Writes the list.
    pub(crate) fn write(&self, format: Format, to: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Table => self.write_table(to),
            Format::Json => self.write_json(to),
            Format::Csv => self.write_csv(to),
        }
    }

    fn write_table(&self, to: &mut impl Write) -> io::Result<()> {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                self.lines()
                    .map(|row| shown(&row[at]).chars().count())
                    .max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        for row in self.lines() {
            let cells = row.iter().zip(&widths);
            let line: Vec<_> = cells
                .map(|(cell, width)| format!("{:width$}", shown(cell)))
                .collect();
            writeln!(to, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }

    fn write_json(&self, to: &mut impl Write) -> io::Result<()> {
        let objects: Vec<serde_json::Map<_, _>> = self
            .rows
            .iter()
            .map(|row| {
                let cells = row.iter().cloned().map(serde_json::Value::String);
                self.columns.iter().cloned().zip(cells).collect()
            })
            .collect();
        let text = serde_json::to_string_pretty(&objects).map_err(io::Error::other)?;
        writeln!(to, "{text}")
    }

    fn write_csv(&self, to: &mut impl Write) -> io::Result<()> {
        for row in self.lines() {
            let cells: Vec<_> = row.iter().map(|cell| quoted(cell)).collect();
            write!(to, "{}\r\n", cells.join(","))?;
        }
        Ok(())
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.columns).chain(&self.rows)
    }
}

/// What a terminal gets: names are data, and must not steer it.
fn shown(cell: &str) -> String {
    let cell = if cell.is_empty() { "-" } else { cell };
    cell.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut table = Table::new(&["login", "number"]);
        table.push(["a,\"b\"".to_owned(), "V1".to_owned()]);
        table.push(["\u{1b}[2J".to_owned(), String::new()]);
        let mut bytes = Vec::new();
        table.write(format, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_list_is_written_in_three_forms() {
        assert_eq!(
            written(Format::Table),
            "login  number\na,\"b\"  V1\n\u{fffd}[2J   -\n"
        );
        assert_eq!(
            written(Format::Csv),
            "login,number\r\n\"a,\"\"b\"\"\",V1\r\n\u{1b}[2J,\r\n"
        );
        let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(json[0]["login"], "a,\"b\"");
        assert_eq!(json[1]["number"], "");
    }
}
