//! JUnit XML: the experiment is a test suite, each cell a test case.
//!
//! REGRESSED is a failure; a cell of which a run failed or ran into a deadline is an error;
//! INCONCLUSIVE, not compared and not run are skipped; the others, the control with them, pass.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};

use crate::{
    plain::plain,
    report::{CellResult, Outcome, Report},
    stats::Verdict,
};

/// The file.
pub(super) fn junit(report: &Report) -> String {
    let mut suite = TestSuite::new(report.name.as_str());
    for (name, value) in [
        ("question", &report.question),
        ("started", &report.origin.started),
        ("config_sha256", &report.origin.config_sha256),
        ("imgbench", &report.origin.imgbench),
        ("revision", &report.origin.revision),
        ("qemu", &report.origin.qemu),
        ("accelerator", &report.origin.accel),
    ] {
        suite.add_property((name, value.as_str()));
    }
    suite.add_test_cases(report.results.iter().map(|cell| test_case(report, cell)));
    let mut suites = Suites::new("imgbench");
    suites.add_test_suite(suite);
    // Writing to memory cannot fail.
    strict(&suites.to_string().unwrap_or_default())
}

fn test_case(report: &Report, cell: &CellResult) -> TestCase {
    let status = status(cell);
    let mut case = TestCase::new(plain(&cell.cell), status);
    case.set_classname(format!("imgbench.{}", report.name));
    if let (Some(sample), "s") = (&cell.sample, cell.metric.unit.as_str()) {
        case.set_time(Duration::try_from_secs_f64(sample.median()).unwrap_or_default());
    }
    let mut said = report.banner.iter().cloned().collect::<Vec<_>>();
    said.push(plain(&cell.sentence));
    case.set_system_out(said.join("\n"));
    case
}

fn status(cell: &CellResult) -> TestCaseStatus {
    let told = |mut status: TestCaseStatus, kind: &str| {
        status.set_type(kind).set_message(plain(&cell.sentence));
        status
    };
    let regressed = cell.outcome == Outcome::Judged(Verdict::Regressed);
    let unsuccessful = cell.failed + cell.timeout;
    if regressed {
        return told(TestCaseStatus::non_success(NonSuccessKind::Failure), "REGRESSED");
    }
    if unsuccessful > 0 {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let message = format!(
            "{} failed, {} ran into a deadline, {} ok; see 'error' in runs.csv",
            cell.failed,
            cell.timeout,
            cell.n()
        );
        status.set_type("runs").set_message(message);
        return status;
    }
    match cell.outcome {
        Outcome::Control
        | Outcome::Judged(Verdict::Improved | Verdict::Equivalent | Verdict::Regressed) => {
            TestCaseStatus::success()
        }
        Outcome::Judged(Verdict::Inconclusive) => told(TestCaseStatus::skipped(), "INCONCLUSIVE"),
        Outcome::NotCompared => told(TestCaseStatus::skipped(), "not compared"),
        Outcome::NoValue | Outcome::NotRun => told(TestCaseStatus::skipped(), "not run"),
    }
}

/// Without the attribute `skipped` of the outermost element, which Jenkins' schema does not have
/// there.
fn strict(xml: &str) -> String {
    let Some(start) = xml.find("<testsuites ") else { return xml.to_owned() };
    let end = xml[start..].find('>').map_or(xml.len(), |end| start + end);
    let (before, tag, after) = (&xml[..start], &xml[start..end], &xml[end..]);
    let Some(at) = tag.find(" skipped=\"") else { return xml.to_owned() };
    let value = at + " skipped=\"".len();
    let close = tag[value..].find('"').map_or(tag.len(), |close| value + close + 1);
    format!("{before}{}{}{after}", &tag[..at], &tag[close..])
}
