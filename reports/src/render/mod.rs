//! What an experiment's directory holds beside the records: one renderer a file, each a pure
//! function of the [`Report`], and [`write()`], which puts them all in place.

pub mod calibration;
pub mod eml;
mod html;
mod json;
mod layout;
mod markdown;
mod text;
mod trend;

pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use text::{terminal_table, text};
pub use trend::trend;

use std::{
    io,
    path::{Path, PathBuf},
};

use eml::{Attachment, Letter};

use crate::{plot, report::Report, summary, whole_file};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file cannot be written.
    #[error("{}: cannot write: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A record cannot be read.
    #[error("{}: cannot read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A plot cannot be drawn.
    #[error("{}: cannot draw: {source}", path.display())]
    Draw {
        /// The file.
        path: PathBuf,
        /// Why.
        source: plot::DrawError,
    },
}

/// Renders everything that is derived from an experiment's records into a directory, and answers
/// with the files. Each is replaced in one step, so that a reader never sees half of one.
///
/// # Errors
/// The directory cannot be written; files that came before the one named are new, the others as
/// they were.
pub fn write(directory: &Path, report: &Report) -> Result<Vec<PathBuf>, WriteError> {
    let plots = directory.join("plots");
    std::fs::create_dir_all(&plots)
        .map_err(|source| WriteError::Write { path: plots.clone(), source })?;
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| {
        let path = directory.join(name);
        match whole_file::write(&path, bytes) {
            Ok(()) => {
                written.push(path);
                Ok(())
            }
            Err(source) => Err(WriteError::Write { path, source }),
        }
    };

    put("report.txt", text(report).as_bytes())?;
    let (page, pictures) = std::thread::scope(|scope| {
        let page = scope.spawn(|| html(report));
        let pictures = pictures(report, &plot::FORMATS);
        (page.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), pictures)
    });
    let page = page.map_err(|source| WriteError::Draw { path: "report.html".into(), source })?;
    put("report.html", page.as_bytes())?;
    put("report.md", markdown(report).as_bytes())?;
    let csv = csv(report)?;
    put("summary.csv", csv.as_bytes())?;
    let pictures = pictures?;
    for (name, bytes) in &pictures {
        put(&format!("plots/{name}"), bytes)?;
    }
    remove_old(&plots, report)?;
    let files = attachments(directory, report, csv, pictures)?;
    put("report.eml", &message(report, &Letter::default(), files)?)?;
    Ok(written)
}

/// The report as a message, with its files attached: those that are derived made anew, the records
/// as they are in the directory.
///
/// # Errors
/// A file cannot be read, or a picture not drawn.
pub fn mail(directory: &Path, report: &Report, letter: &Letter) -> Result<Vec<u8>, WriteError> {
    let png = plot::FORMATS.into_iter().filter(|(extension, _)| *extension == "png");
    let pictures = pictures(report, &png.collect::<Vec<_>>())?;
    let files = attachments(directory, report, csv(report)?, pictures)?;
    message(report, letter, files)
}

/// `summary.csv`.
///
/// # Errors
/// None is known.
pub fn csv(report: &Report) -> Result<String, WriteError> {
    summary::to_csv(&report.summaries, &report.ranking).map_err(|failed| WriteError::Write {
        path: "summary.csv".into(),
        source: io::Error::other(failed),
    })
}

fn message(
    report: &Report,
    letter: &Letter,
    files: Vec<Attachment>,
) -> Result<Vec<u8>, WriteError> {
    eml::eml(report, letter, files).map_err(|failed| WriteError::Write {
        path: "report.eml".into(),
        source: io::Error::other(failed),
    })
}

/// A file's name and its bytes.
type Picture = (String, Vec<u8>);

/// Every figure in these formats, with the names of the files: a thread a figure, since rasterizing
/// takes longer than all else.
fn pictures(
    report: &Report,
    formats: &[(&'static str, plot::Painter)],
) -> Result<Vec<Picture>, WriteError> {
    std::thread::scope(|scope| {
        let start = |figure| scope.spawn(move || painted(figure, formats));
        let threads: Vec<_> = report.figures.iter().map(start).collect();
        let mut files = Vec::new();
        for thread in threads {
            // A panic goes on as if there were no thread.
            files.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(files)
    })
}

fn painted(
    figure: &plot::Figure,
    formats: &[(&'static str, plot::Painter)],
) -> Result<Vec<Picture>, WriteError> {
    let drawing = figure.draw();
    let paint = |(extension, painter): &(&str, plot::Painter)| {
        let name = format!("{}.{extension}", figure.name());
        match painter(&drawing) {
            Ok(bytes) => Ok((name, bytes)),
            Err(source) => Err(WriteError::Draw { path: name.into(), source }),
        }
    };
    formats.iter().map(paint).collect()
}

/// The figures, each with its title: the names are those of the files in `plots`.
fn figures(report: &Report) -> Vec<(&'static str, &str)> {
    report.figures.iter().map(|figure| (figure.name(), figure.title())).collect()
}

/// What goes with a message, the most wanted first.
fn attachments(
    directory: &Path,
    report: &Report,
    summary: String,
    pictures: Vec<(String, Vec<u8>)>,
) -> Result<Vec<Attachment>, WriteError> {
    let file = |(name, bytes): (String, Vec<u8>)| Attachment { name, bytes };
    let record = |name: &str| match std::fs::read(directory.join(name)) {
        Ok(bytes) => Ok(Some(Attachment { name: name.to_owned(), bytes })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Read { path: directory.join(name), source }),
    };
    let mut files = vec![
        file((report.mail.config_file.clone(), report.origin.config.clone().into_bytes())),
        file(("summary.csv".to_owned(), summary.into_bytes())),
    ];
    files.extend(record("runs.csv")?);
    files.extend(pictures.into_iter().filter(|(name, _)| name.ends_with(".png")).map(file));
    files.extend(record("metrics.csv")?);
    files.extend(record("chunks.csv")?);
    Ok(files)
}

/// Removes the figures of another rendering that were not made again: they would mislead.
fn remove_old(plots: &Path, report: &Report) -> Result<(), WriteError> {
    let made = |name: &&str| report.figures.iter().any(|figure| figure.name() == *name);
    for name in plot::Figure::NAMES.iter().filter(|name| !made(name)) {
        for (extension, _) in plot::FORMATS {
            let path = plots.join(format!("{name}.{extension}"));
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(WriteError::Write { path, source });
                }
                _ => {}
            }
        }
    }
    Ok(())
}
