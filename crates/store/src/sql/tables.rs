//! Every table that holds state, for copying all of it from one engine to another.

use aws_lc_rs::digest::{SHA256, digest};

use super::row::unusable;
use super::{Database, Row, Value};
use crate::error::StoreError;

/// A table, the same in every engine.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns; the first `key` of them are the primary key.
    pub(crate) columns: &'static [(&'static str, Kind)],
    key: usize,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Blob,
}

use Kind::{Blob, Integer, Text};

/// Whatever is referred to comes before what refers to it.
pub(crate) const TABLES: [Table; 25] = [
    Table {
        name: "vendor",
        key: 1,
        columns: &[
            ("id", Integer),
            ("number", Text),
            ("login", Text),
            ("ttl_minutes", Integer),
            ("password", Text),
            ("revision", Integer),
            ("plan", Text),
        ],
    },
    Table {
        name: "token",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("lookup", Blob),
            ("sealed", Blob),
            ("kind", Text),
            ("active", Integer),
            ("role", Text),
            ("licensee", Text),
            ("expires_at_ms", Integer),
            ("name", Text),
            ("response_key", Blob),
            ("properties", Text),
        ],
    },
    Table {
        name: "package_key",
        key: 1,
        columns: &[
            ("vendor_id", Integer),
            ("public_key", Blob),
            ("private_key", Blob),
        ],
    },
    Table {
        name: "generation",
        key: 3,
        columns: &[
            ("vendor_id", Integer),
            ("product", Text),
            ("recipient", Text),
            ("generation", Integer),
        ],
    },
    Table {
        name: "import",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("package", Text),
            ("vendor", Text),
            ("product", Text),
            ("generation", Integer),
            ("digest", Blob),
            ("imported_at_ms", Integer),
        ],
    },
    Table {
        name: "document",
        key: 2,
        columns: &[("vendor_id", Integer), ("name", Text), ("content", Blob)],
    },
    Table {
        name: "product",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("number", Text),
            ("active", Integer),
            ("name", Text),
            ("version", Text),
            ("description", Text),
            ("licensing_info", Text),
            ("licensee_auto_create", Integer),
            ("licensee_secret_mode", Text),
            ("vat_mode", Text),
            ("discounts", Text),
            ("properties", Text),
        ],
    },
    Table {
        name: "product_module",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("product_id", Integer),
            ("number", Text),
            ("active", Integer),
            ("name", Text),
            ("licensing_model", Text),
            ("properties", Text),
        ],
    },
    Table {
        name: "license_template",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("product_module_id", Integer),
            ("number", Text),
            ("active", Integer),
            ("name", Text),
            ("license_type", Text),
            ("price_hundredths", Integer),
            ("currency", Text),
            ("automatic", Integer),
            ("hidden", Integer),
            ("hide_licenses", Integer),
            ("properties", Text),
        ],
    },
    Table {
        name: "licensee",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("product_id", Integer),
            ("number", Text),
            ("active", Integer),
            ("name", Text),
            ("secret", Text),
            ("marked_for_transfer", Integer),
            ("warning_levels", Text),
            ("properties", Text),
            ("licenses_position", Integer),
        ],
    },
    Table {
        name: "licensee_alias",
        key: 3,
        columns: &[
            ("vendor_id", Integer),
            ("licensee_id", Integer),
            ("place", Integer),
            ("alias", Text),
        ],
    },
    Table {
        name: "license",
        key: 3,
        columns: &[
            ("vendor_id", Integer),
            ("licensee_id", Integer),
            ("id", Integer),
            ("number", Text),
            ("license_template_id", Integer),
            ("active", Integer),
            ("name", Text),
            ("price_hundredths", Integer),
            ("currency", Text),
            ("hidden", Integer),
            ("start_date", Text),
            ("start_at_ms", Integer),
            ("used_quantity", Text),
            ("used", Integer),
            ("properties", Text),
        ],
    },
    Table {
        name: "binding",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("licensee_id", Integer),
            ("package", Text),
            ("recipient", Text),
            ("generation", Integer),
            ("since_ms", Integer),
            ("delegated", Integer),
            ("report_sequence", Integer),
            ("report_digest", Blob),
        ],
    },
    Table {
        name: "session",
        key: 4,
        columns: &[
            ("vendor_id", Integer),
            ("licensee_id", Integer),
            ("license_id", Integer),
            ("session", Text),
            ("expires", Text),
            ("expires_at_ms", Integer),
            ("taken_position", Integer),
        ],
    },
    Table {
        name: "node_secret",
        key: 4,
        columns: &[
            ("vendor_id", Integer),
            ("licensee_id", Integer),
            ("license_id", Integer),
            ("slot", Integer),
            ("secret", Text),
        ],
    },
    Table {
        name: "usage",
        key: 4,
        columns: &[
            ("vendor_id", Integer),
            ("position", Integer),
            ("place", Integer),
            ("license_id", Integer),
            ("licensee_id", Integer),
            ("amount", Integer),
            ("used", Integer),
            ("at_ms", Integer),
        ],
    },
    Table {
        name: "bundle",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("number", Text),
            ("active", Integer),
            ("name", Text),
            ("description", Text),
            ("price_hundredths", Integer),
            ("currency", Text),
            ("templates", Text),
            ("properties", Text),
        ],
    },
    Table {
        name: "payment_method",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("number", Text),
            ("active", Integer),
            ("properties", Text),
        ],
    },
    Table {
        name: "vendor_transaction",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("number", Text),
            ("active", Integer),
            ("status", Text),
            ("source", Text),
            ("licensee", Text),
            ("grand_total_hundredths", Integer),
            ("discount_hundredths", Integer),
            ("currency", Text),
            ("payment_method", Text),
            ("created_at_ms", Integer),
            ("closed_at_ms", Integer),
            ("properties", Text),
        ],
    },
    Table {
        name: "transaction_license",
        key: 3,
        columns: &[
            ("vendor_id", Integer),
            ("transaction_id", Integer),
            ("place", Integer),
            ("license_id", Integer),
            ("license", Text),
        ],
    },
    Table {
        name: "notification",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("number", Text),
            ("active", Integer),
            ("name", Text),
            ("events", Text),
            ("endpoint", Text),
            ("payload", Text),
            ("secret", Blob),
            ("failures", Integer),
            ("paused_until_ms", Integer),
            ("properties", Text),
        ],
    },
    Table {
        name: "event",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("id", Integer),
            ("event", Text),
            ("kind", Text),
            ("licensee", Text),
            ("entities", Text),
            ("at_ms", Integer),
        ],
    },
    Table {
        name: "delivery",
        key: 3,
        columns: &[
            ("vendor_id", Integer),
            ("notification_id", Integer),
            ("event_id", Integer),
            ("lane", Text),
            ("state", Text),
            ("attempts", Integer),
            ("next_at_ms", Integer),
            ("tried_at_ms", Integer),
            ("status", Integer),
            ("fault", Text),
        ],
    },
    Table {
        name: "remembered_reply",
        key: 2,
        columns: &[
            ("vendor_id", Integer),
            ("key", Blob),
            ("request", Blob),
            ("reply", Text),
            ("at_ms", Integer),
        ],
    },
    Table {
        name: "audit",
        key: 1,
        columns: &[
            ("position", Integer),
            ("at_ms", Integer),
            ("vendor", Text),
            ("licensee", Text),
            ("actor", Text),
            ("action", Text),
            ("detail", Text),
            ("previous", Blob),
            ("hash", Blob),
        ],
    },
];

/// One value of a row, for as long as it is on its way.
#[derive(Debug)]
pub(crate) enum Cell {
    Integer(Option<i64>),
    Text(Option<Box<str>>),
    Blob(Option<Box<[u8]>>),
}

impl Cell {
    fn read(row: &dyn Row, at: usize, kind: Kind) -> Result<Self, StoreError> {
        Ok(match kind {
            Integer => Self::Integer(row.integer(at)?),
            Text => Self::Text(row.text(at)?.map(Into::into)),
            Blob => Self::Blob(row.blob(at)?.map(Into::into)),
        })
    }

    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Integer(value) => Value::Integer(*value),
            Self::Text(text) => Value::Text(text.as_deref()),
            Self::Blob(bytes) => Value::Blob(bytes.as_deref()),
        }
    }
}

impl Table {
    /// Rows that are on their way together.
    const PAGE: i64 = 2048;

    /// All column names, between commas.
    pub(crate) fn names(&self) -> String {
        join(self.columns.iter().map(|(name, _)| (*name).to_owned()))
    }

    /// Shows all rows, page by page in the order of the key, and sums them up.
    pub(crate) fn each_page(
        &self,
        db: &dyn Database,
        mut take: impl FnMut(&[Vec<Cell>]) -> Result<(), StoreError>,
    ) -> Result<Sum, StoreError> {
        let mut sum = Sum::default();
        let mut last: Option<Vec<Cell>> = None;
        loop {
            let page = self.page(db, last.as_deref())?;
            page.iter().for_each(|row| sum.add(row));
            take(&page)?;
            let is_full = page.len() as i64 == Self::PAGE;
            match page.into_iter().last() {
                Some(row) if is_full => last = Some(row),
                _ => return Ok(sum),
            }
        }
    }

    /// The rows after `last`.
    fn page(&self, db: &dyn Database, last: Option<&[Cell]>) -> Result<Vec<Vec<Cell>>, StoreError> {
        let (names, name) = (self.names(), self.name);
        let key = join(
            self.columns[..self.key]
                .iter()
                .map(|(name, _)| (*name).to_owned()),
        );
        let limit = Self::PAGE;
        let mut sql = format!("SELECT {names} FROM {name} ");
        let mut params = Vec::new();
        if let Some(last) = last {
            let places = join((1..=self.key).map(|place| format!("?{place}")));
            sql.push_str(&format!("WHERE ({key}) > ({places}) "));
            params.extend(last[..self.key].iter().map(Cell::value));
        }
        sql.push_str(&format!("ORDER BY {key} LIMIT {limit}"));
        let mut page = Vec::new();
        db.query(&sql, &params, &mut |row| {
            let cells = self.columns.iter().enumerate();
            let cells = cells.map(|(at, (_, kind))| Cell::read(row, at, *kind));
            page.push(cells.collect::<Result<_, _>>()?);
            Ok(())
        })?;
        Ok(page)
    }

    /// Writes one row by itself.
    pub(crate) fn insertion(&self) -> String {
        let places = join((1..=self.columns.len()).map(|place| format!("?{place}")));
        format!(
            "INSERT INTO {} ({}) VALUES ({places})",
            self.name,
            self.names()
        )
    }

    /// How many rows there are.
    pub(crate) fn count(&self, db: &dyn Database) -> Result<i64, StoreError> {
        let sql = format!("SELECT count(*) FROM {}", self.name);
        let count = super::row::one(db, &sql, &[], |row| super::row::get(row, 0))?;
        count.ok_or_else(|| unusable("no count"))
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// How many rows, and what they hold, whatever their order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: u64,
    digest: [u64; 4],
}

impl Sum {
    /// Adds the SHA-256 of the row's values, each after its kind and length.
    fn add(&mut self, row: &[Cell]) {
        let mut bytes = Vec::new();
        for cell in row {
            let (kind, content): (u8, Option<&[u8]>) = match cell {
                Cell::Integer(value) => {
                    bytes.push(u8::from(value.is_some()));
                    bytes.extend(value.unwrap_or_default().to_be_bytes());
                    continue;
                }
                Cell::Text(text) => (2, text.as_deref().map(str::as_bytes)),
                Cell::Blob(blob) => (4, blob.as_deref()),
            };
            bytes.push(kind + u8::from(content.is_some()));
            let content = content.unwrap_or_default();
            bytes.extend((content.len() as u64).to_be_bytes());
            bytes.extend(content);
        }
        let hashed = digest(&SHA256, &bytes);
        let parts = hashed.as_ref().as_chunks::<8>().0;
        for (sum, part) in self.digest.iter_mut().zip(parts) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns that migrations in PostgreSQL's words make, each with its table.
    fn made(migrations: &[&str]) -> Vec<(String, String, Kind)> {
        let mut made = Vec::new();
        for statement in migrations.iter().flat_map(|sql| sql.split(";\n")) {
            if let Some((_, table)) = statement.split_once("CREATE TABLE IF NOT EXISTS ") {
                let (name, body) = table.split_once(" (\n").unwrap();
                made.extend(body.lines().filter_map(|line| column(name, line)));
            }
            let added = statement.split_once(" ADD COLUMN IF NOT EXISTS ");
            if let Some((table, line)) = added {
                let name = table.rsplit(' ').next().unwrap();
                made.extend(column(name, line));
            }
        }
        sorted(made)
    }

    fn column(table: &str, line: &str) -> Option<(String, String, Kind)> {
        let mut words = line.split_whitespace();
        let column = words.next()?;
        let kind = match words.next()?.trim_end_matches(',') {
            "BIGINT" => Integer,
            "TEXT" => Text,
            "BYTEA" => Blob,
            _ => return None,
        };
        Some((table.to_owned(), column.to_owned(), kind))
    }

    fn listed() -> Vec<(String, String, Kind)> {
        let columns = TABLES.iter().flat_map(|table| {
            let columns = table.columns.iter();
            columns.map(|(name, kind)| (table.name.to_owned(), (*name).to_owned(), *kind))
        });
        sorted(columns.collect())
    }

    fn sorted(mut columns: Vec<(String, String, Kind)>) -> Vec<(String, String, Kind)> {
        columns.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        columns
    }

    #[test]
    fn postgresql_has_the_tables_that_are_listed() {
        // The second and the sixth make what only nodes share.
        let shared = [1, 5];
        let migrations = (0..).zip(crate::postgres::MIGRATIONS);
        let migrations = migrations.filter(|(at, _)| !shared.contains(at));
        let migrations: Vec<_> = migrations.map(|(_, migration)| migration).collect();
        assert_eq!(made(&migrations), listed());
    }

    #[test]
    fn sqlite_has_the_tables_that_are_listed() {
        assert_eq!(sorted(crate::sqlite::columns().unwrap()), listed());
    }

    #[test]
    fn a_sum_sees_every_value_and_no_order() {
        let row = |text: &str, number| vec![Cell::Text(Some(text.into())), Cell::Integer(number)];
        let sum = |rows: &[Vec<Cell>]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|row| sum.add(row));
            sum
        };
        let (a, b) = (row("a", Some(1)), row("b", None));
        assert_eq!(sum(&[a, b]), sum(&[row("b", None), row("a", Some(1))]));
        assert_ne!(sum(&[row("a", Some(0))]), sum(&[row("a", None)]));
        assert_ne!(sum(&[row("a", None)]), sum(&[row("", None)]));
    }
}
