//! The trend page in a browser.

use std::time::{Duration, Instant};

use reports::render::trend;
use serde_json::json;

use super::{
    checks::{TAB, accessible, fits, has_ground, prints, shows_quietly},
    driver::{Browser, Done},
    nights,
};

const LEFT: char = '\u{e012}';

#[test]
fn it_is_quiet_fits_and_is_accessible() -> Done {
    let browser = Browser::start()?;
    shows_quietly(&browser, &trend(&nights::history(5, 90)))?;
    has_ground(&browser, "light")?;
    has_ground(&browser, "dark")?;
    fits(&browser, 400)?;
    accessible(&browser)?;
    fits(&browser, 1280)?;
    accessible(&browser)?;
    prints(&browser, &[".tonight h2", ".trend .hero", ".trend svg .line", ".legend li"])
}

#[test]
fn nights_are_read_out_by_mouse_and_by_keyboard() -> Done {
    let browser = Browser::start()?;
    browser.width(1280)?;
    browser.medium("screen", "light")?;
    browser.show(&trend(&nights::history(2, 90)))?;
    let readout = "return document.querySelector('.readout').textContent";
    // The marks are of a size, beside the line and not inside it.
    let marks = "return ['.change', '.epoch', '.annotation', '.excluded', '.line'].map((of) =>
        document.querySelector('.plot svg > ' + of).getBoundingClientRect().height >= 0 &&
        document.querySelector('.plot svg').querySelectorAll(':scope > ' + of).length)";
    assert_eq!(browser.run(marks)?, json!([1, 1, 1, 1, 1]));
    browser.click(".plot")?;
    let by_mouse = browser.run(readout)?;
    assert!(by_mouse.as_str().is_some_and(|of| of.contains("n=6, QEMU 9.")), "{by_mouse}");
    browser.run("document.querySelector('#order').focus()")?;
    browser.press(&[TAB])?;
    for _ in 0..90 {
        browser.press(&[LEFT])?;
    }
    let first = "2023-01-01: 11.19 s, ratio to control 0.990, n=6, QEMU 9.1.0, kernel 6.1.0-31, \
                 revision 000000000000";
    assert_eq!(browser.run(readout)?, first, "the first night, and no further");
    let heard =
        browser.run("return document.querySelector('.plot').getAttribute('aria-valuetext')")?;
    assert_eq!(heard, first);
    Ok(())
}

#[test]
fn cells_are_filtered_and_ordered() -> Done {
    let browser = Browser::start()?;
    browser.show(&trend(&nights::history(12, 30)))?;
    let names = "return [...document.querySelectorAll('.trend:not([hidden]) h3')].map((of) => of.textContent.split('/')[0])";
    browser.run("document.querySelector('#filter').focus()")?;
    browser.press(&"IMAGE-1".chars().collect::<Vec<_>>())?;
    assert_eq!(browser.run(names)?, json!(["image-1", "image-10", "image-11"]));
    assert_eq!(
        browser.run("return document.querySelector('#shown').textContent")?,
        "3 of 12 cells"
    );
    browser.click("#order option[value=status]")?;
    assert_eq!(browser.run(names)?, json!(["image-1", "image-11", "image-10"]), "the worst first");
    browser.click("#order option[value=change]")?;
    assert_eq!(browser.run(names)?, json!(["image-11", "image-1", "image-10"]), "the latest first");
    browser.click("#order option[value=name]")?;
    assert_eq!(browser.run(names)?, json!(["image-1", "image-10", "image-11"]));
    Ok(())
}

#[test]
fn two_hundred_cells_of_three_years_load_soon() -> Done {
    let browser = Browser::start()?;
    let page = trend(&nights::history(200, 1095));
    let start = Instant::now();
    browser.show(&page)?;
    let took = start.elapsed();
    println!("loaded in {took:?}");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(browser.run("return document.querySelectorAll('.plot[role=slider]').length")?, 200);
    Ok(())
}
