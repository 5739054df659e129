//! The trend page as bytes; `tests/browser` has what a browser makes of it.

mod nights;

use std::time::Instant;

use reports::{render::trend, trend::Trend};

/// The page without style and script, an element a line.
fn outline(page: &str) -> String {
    let body = page.split_once("<body>").map_or("", |of| of.1);
    let body = body.split_once("<script>").map_or(body, |of| of.0);
    body.replace("><", ">\n<")
}

#[test]
fn two_cells_of_twelve_nights() {
    let mut history = nights::history(2, 12);
    history.cells[0].nights[3].excluded = Some("the host was busy".to_owned());
    history.cells[0].nights[5].to_control = None;
    insta::assert_snapshot!(outline(&trend(&history)));
}

#[test]
fn names_are_text_wherever_they_stand() {
    let name = "</script><script>alert(1)</script>\"'><img src=x>\u{202e}\u{1b}[31m";
    let mut history = nights::history(1, 8);
    history.title = name.to_owned();
    history.generated = name.to_owned();
    history.shifts.push(name.to_owned());
    let tonight = history.tonight.as_mut().expect("a verdict");
    tonight.text = name.to_owned();
    tonight.details[0].0 = name.to_owned();
    let cell = &mut history.cells[0];
    for text in [&mut cell.name, &mut cell.metric, &mut cell.unit, &mut cell.direction] {
        *text = name.to_owned();
    }
    cell.nights[2].excluded = Some(name.to_owned());
    cell.nights[3].date = name.to_owned();
    cell.nights[4].subject.qemu = name.to_owned();
    cell.changes[0].versions = name.to_owned();
    cell.epochs[0].1 = name.to_owned();
    cell.annotations[0].text = name.to_owned();
    cell.annotations[0].author = name.to_owned();
    let page = trend(&history);
    assert_eq!(page.matches("<script").count(), 3, "ours: a cell's data, the shared, the code");
    assert_eq!(page.matches("</script").count(), 3);
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(page.matches("&lt;script&gt;").count() > 12);
    assert!(page.contains("\\u003cscript"), "in the data");
}

#[test]
fn what_is_not_there_is_said_or_left_out() {
    let page = trend(&Trend::default());
    assert!(page.contains("Tonight: no verdict yet") && page.contains("0 of 0 cells"));
    let mut history = nights::history(1, 1);
    history.cells[0].changes.clear();
    history.cells[0].nights[0].median = f64::NAN;
    assert!(trend(&history).contains("\"medians\":[null]"));
    history.cells[0].nights.clear();
    let page = trend(&history);
    assert!(page.contains("No night yet.") && page.contains("unknown night: new baseline"));
}

#[test]
fn two_hundred_cells_of_three_years_stay_small() {
    let history = nights::history(200, 1095);
    let start = Instant::now();
    let page = trend(&history);
    let took = start.elapsed();
    println!("{} bytes in {took:?}", page.len());
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    // A debug build; a release build takes a tenth.
    assert!(took.as_secs() < 20, "{took:?}");
}
