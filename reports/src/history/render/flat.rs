//! What JSON and CSV have in common: columns with names, and rows. Names are part of the format; more
//! may follow at the end.

use serde_json::{Map, Value as Json};

/// A table of values.
pub(super) struct Flat {
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<Json>>,
}

impl Flat {
    /// An array of objects, one a line.
    pub(super) fn json(self) -> String {
        let columns = self.columns;
        let object = |row: Vec<Json>| {
            let names = columns.iter().map(|name| (*name).to_owned());
            Json::from(names.zip(row).collect::<Map<_, _>>()).to_string()
        };
        let objects: Vec<String> = self.rows.into_iter().map(object).collect();
        match objects.is_empty() {
            true => "[]\n".to_owned(),
            false => format!("[\n{}\n]\n", objects.join(",\n")),
        }
    }

    /// A header and a row each.
    pub(super) fn csv(self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing rows of equal length to memory cannot fail.
        let _ = writer.write_record(self.columns);
        for row in self.rows {
            let _ = writer.write_record(row.iter().map(|field| match field {
                Json::Null => String::new(),
                Json::String(text) => text.clone(),
                other => other.to_string(),
            }));
        }
        String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
    }
}
