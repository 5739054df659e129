//! The pages in a real browser. Needs the packages `chromium` and `chromium-driver`.

mod checks;
mod driver;
mod report;
#[path = "../sample/mod.rs"]
mod sample;
#[path = "../synthetic/mod.rs"]
mod synthetic;
