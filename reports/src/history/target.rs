//! Where the history is: a file of SQLite, or a URL of PostgreSQL.
//!
//! Refuses URLs of anything else. A password is never in what it prints.

use std::path::PathBuf;

use super::HistoryError;

/// Where the history is.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// SQLite.
    File(PathBuf),
    /// PostgreSQL, with what may be printed of its URL.
    Server(Box<postgres::Config>, String),
}

impl Target {
    /// Reads what follows `--history`.
    pub(super) fn parse(text: &str) -> Result<Self, HistoryError> {
        let refused =
            |why: &str| HistoryError::Target { target: redacted(text), why: why.to_owned() };
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => {
                let config: postgres::Config =
                    text.parse().map_err(|_| refused("not a URL of PostgreSQL"))?;
                if config.get_user().is_none() && std::env::var_os("USER").is_none() {
                    return Err(refused("no user"));
                }
                Ok(Target::Server(Box::new(config), redacted(text)))
            }
            Some((scheme, _)) => Err(refused(&format!("'{scheme}' is no database of ours"))),
            None if text.is_empty() => Err(refused("empty")),
            None => Ok(Target::File(PathBuf::from(text))),
        }
    }
}

/// The target without its password: `user:password@` and `password=…`.
pub(super) fn redacted(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
    // A password may hold an '@' or '?' that was not escaped: nothing before the last '@' is shown
    // save the user.
    let (place, query) = match query.and_then(|query| query.rsplit_once('@')) {
        Some((_, after)) if !place.contains('@') => (format!("{place}@{after}"), None),
        _ => (place.to_owned(), query),
    };
    let place = match place.rsplit_once('@') {
        Some((user, host)) => {
            let user =
                user.split_once(':').map_or(user.to_owned(), |(name, _)| format!("{name}:***"));
            format!("{user}@{host}")
        }
        None => place,
    };
    let parameter = |part: &str| match part.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=***"),
        _ => part.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(parameter).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{place}{}", query.map(|query| format!("?{query}")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_printed() {
        for (given, printed) in [
            ("results/history.db", "results/history.db"),
            ("postgres://bench@db.example/nights", "postgres://bench@db.example/nights"),
            ("postgres://bench:secret@db/nights", "postgres://bench:***@db/nights"),
            ("postgres://bench:s@ec:ret@db/nights", "postgres://bench:***@db/nights"),
            ("postgres://bench:sec?ret@db/nights", "postgres://bench:***@db/nights"),
            (
                "postgres://db/n?user=a&password=secret&x=1",
                "postgres://db/n?user=a&password=***&x=1",
            ),
            (
                "postgres://a:secret@db/n?sslpassword=secret",
                "postgres://a:***@db/n?sslpassword=***",
            ),
            ("mysql://a:secret@db", "mysql://a:***@db"),
        ] {
            assert_eq!(redacted(given), printed);
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for (given, message) in [
            (
                "",
                "--history : empty; permitted are a file, such as results/history.db, and postgres://USER@HOST/DATABASE",
            ),
            (
                "mysql://a:secret@db",
                "--history mysql://a:***@db: 'mysql' is no database of ours; permitted are a file, such as results/history.db, and postgres://USER@HOST/DATABASE",
            ),
            (
                "postgres://a:secret@db:port/n",
                "--history postgres://a:***@db:port/n: not a URL of PostgreSQL; permitted are a file, such as results/history.db, and postgres://USER@HOST/DATABASE",
            ),
        ] {
            let refused = Target::parse(given).map(drop).map_err(|error| error.to_string());
            assert_eq!(refused, Err(message.to_owned()));
        }
    }
}
