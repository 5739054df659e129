//! `report.html` in a browser.

use reports::{record::Status, render::html, report::Report};
use serde_json::json;

use super::{
    checks::{ENTER, TAB, accessible, fits, has_ground, prints, shows_quietly},
    driver::{Browser, Done},
    sample, synthetic,
};

/// With everything that a page can have.
fn page() -> Result<String, Box<dyn std::error::Error>> {
    let mut experiment = synthetic::four(8);
    let name = "<script>document.title='broken'</script>";
    experiment.manifest.cells[2].description = format!("{name} {}", "x".repeat(200));
    experiment.manifest.cells[1].qemu_command = format!("qemu-system-x86_64 {name}");
    experiment.manifest.cells[1].image_info = "{}".to_owned();
    experiment.runs[3] = sample::unsuccessful(&experiment.runs[3], Status::Failed, name);
    experiment.runs[4].accel = "simulated".to_owned();
    Ok(html(&Report::new(&experiment))?)
}

#[test]
fn it_is_quiet_fits_and_is_accessible() -> Done {
    let browser = Browser::start()?;
    shows_quietly(&browser, &page()?)?;
    assert_eq!(browser.run("return document.title")?, "SIMULATED: default - imgbench");
    has_ground(&browser, "light")?;
    has_ground(&browser, "dark")?;
    fits(&browser, 400)?;
    accessible(&browser)?;
    fits(&browser, 1280)?;
    accessible(&browser)
}

#[test]
fn the_policy_stops_what_is_not_ours() -> Done {
    let browser = Browser::start()?;
    let planted = "<p id=\"planted\">x</p><script>document.title = 'planted'</script></body>";
    browser.show(&page()?.replace("</body>", planted))?;
    assert_eq!(browser.run("return document.querySelector('#planted').textContent")?, "x");
    assert_eq!(browser.run("return document.title")?, "SIMULATED: default - imgbench");
    let said = browser.console()?;
    assert!(said.iter().any(|of| of["message"].to_string().contains("Content Security Policy")));
    Ok(())
}

/// The first column of the table whose n-th heading was sorted by, and its state.
const ORDER: &str = "const table = document.querySelector('table.sortable');
    return [...table.tBodies[0].rows].map((row) => row.cells[0].textContent)
      .concat([...table.tHead.rows[0].cells].map((of) => of.getAttribute('aria-sort')).filter(Boolean))";

#[test]
fn tables_are_sorted_by_mouse_and_by_keyboard() -> Done {
    let browser = Browser::start()?;
    browser.width(1280)?;
    browser.medium("screen", "light")?;
    browser.show(&html(&Report::new(&synthetic::four(8)))?)?;
    let plan = json!(["sparse-raw", "fallocated-raw", "sparse-qcow2", "metadata-qcow2"]);
    assert_eq!(browser.run(ORDER)?, plan);
    browser.click("table.sortable th:nth-child(1) button")?;
    let by_name =
        json!(["fallocated-raw", "metadata-qcow2", "sparse-qcow2", "sparse-raw", "ascending"]);
    assert_eq!(browser.run(ORDER)?, by_name);
    // From there by keyboard: over `n` to the median, twice.
    browser.press(&[TAB, TAB, ENTER])?;
    assert_eq!(browser.run(ORDER)?[3], "sparse-qcow2", "the largest last");
    browser.press(&[ENTER])?;
    let sorted = browser.run(ORDER)?;
    assert_eq!((&sorted[0], &sorted[4]), (&json!("sparse-qcow2"), &json!("descending")));
    let spoken = browser.run("return document.querySelector('.unseen[aria-live]').textContent")?;
    assert_eq!(spoken, "Sorted by median [interval] s, descending");
    Ok(())
}

#[test]
fn the_first_tab_skips_to_the_content() -> Done {
    let browser = Browser::start()?;
    browser.show(&page()?)?;
    browser.press(&[TAB])?;
    let focus = "return document.activeElement.getBoundingClientRect().left >= 0 &&
                 document.activeElement.textContent";
    assert_eq!(browser.run(focus)?, "Skip to the content");
    browser.press(&[ENTER])?;
    assert_eq!(browser.run("return document.activeElement.id")?, "main");
    Ok(())
}

#[test]
fn paper_has_all_that_matters() -> Done {
    let browser = Browser::start()?;
    browser.show(&page()?)?;
    let all = [".simulated", "h1", ".card .hero", ".note.warn li", ".note.bad li", ".chart svg"];
    prints(&browser, &all)?;
    let unfolded = "dispatchEvent(new Event('beforeprint'));
        const open = document.querySelectorAll('details[open]').length;
        dispatchEvent(new Event('afterprint'));
        return [open > 2, document.querySelectorAll('details[open]').length]";
    assert_eq!(browser.run(unfolded)?, json!([true, 0]));
    let pdf = browser.devtools("Page.printToPDF", json!({}))?;
    assert!(pdf["data"].as_str().is_some_and(|of| of.starts_with("JVBERi0")), "a PDF");
    Ok(())
}
