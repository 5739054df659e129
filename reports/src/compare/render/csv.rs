//! One row a cell. A cell that was not compared is a row with the verdict `NOT COMPARED` and its
//! reason, so that no cell goes missing.

use ::csv::Writer;

use super::{
    super::Comparison,
    row::{COLUMNS, Row},
};

/// The whole file.
pub(super) fn csv(comparison: &Comparison) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    // Writing rows of equal length to memory cannot fail.
    for cell in &comparison.cells {
        let _ = writer.serialize(Row::new(comparison, cell));
    }
    for cell in &comparison.not_compared {
        let reason = cell.reason.to_string();
        let value = |column: &str| match column {
            "cell" => cell.cell.as_str(),
            "metric" => comparison.metric_name(),
            "verdict" => "NOT COMPARED",
            "reason" => reason.as_str(),
            _ => "",
        };
        let _ = writer.write_record(COLUMNS.map(value));
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
}
