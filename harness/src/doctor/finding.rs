//! What one check found, and what to do about it.

use std::fmt;

/// How it is with what was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Measuring works; the numbers are worse than they could be.
    Warning,
    /// Measuring does not work.
    Bad,
}

/// One thing that was checked.
#[derive(Debug)]
pub struct Finding {
    /// How it is.
    pub health: Health,
    what: &'static str,
    found: String,
    remedy: String,
}

impl Finding {
    pub(super) fn ok(what: &'static str, found: impl Into<String>) -> Finding {
        Finding { health: Health::Ok, what, found: found.into(), remedy: String::new() }
    }

    pub(super) fn of(what: &'static str, result: anyhow::Result<String>, remedy: &str) -> Finding {
        match result {
            Ok(found) => Finding::ok(what, found),
            Err(error) => Finding::bad(what, format!("{error:#}"), remedy),
        }
    }

    pub(super) fn warning(
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding { health: Health::Warning, what, found: found.into(), remedy: remedy.into() }
    }

    pub(super) fn bad(
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding { health: Health::Bad, what, found: found.into(), remedy: remedy.into() }
    }

    /// It in one line, with what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.remedy.is_empty() {
            true => format!("{}: {}", self.what, self.found),
            false => format!("{}: {}; {}", self.what, self.found, self.remedy),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Bad => "BAD",
        };
        write!(to, "{word:<8} {}: {}", self.what, self.found)?;
        match self.remedy.is_empty() {
            true => Ok(()),
            false => write!(to, "\n         do: {}", self.remedy),
        }
    }
}
