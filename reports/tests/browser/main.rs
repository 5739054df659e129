//! The pages in a real browser. Needs the packages `chromium` and `chromium-driver`.

mod checks;
mod driver;
#[path = "../nights/mod.rs"]
mod nights;
mod report;
#[path = "../sample/mod.rs"]
mod sample;
#[path = "../synthetic/mod.rs"]
mod synthetic;
mod trend;
