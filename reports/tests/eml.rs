//! `report.eml` as another program reads it.

mod sample;

use std::{error::Error, fs, path::Path};

use mail_parser::{MessageParser, MimeHeaders};
use reports::{
    record::{ChunksWriter, Experiment, RunsWriter, Status},
    render::{
        self,
        eml::{Attachment, Letter, Template, eml},
    },
    report::Report,
};

/// The text of a message without its author's doing, and with these files.
fn text(experiment: &Experiment, letter: &Letter, files: &[(&str, &[u8])]) -> String {
    let attachment = |&(name, bytes): &(&str, &[u8])| Attachment {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    };
    let files = files.iter().map(attachment).collect();
    let message = eml(&Report::new(experiment), letter, files).expect("a message");
    let parsed = MessageParser::default().parse(&message).expect("MIME");
    assert_eq!(parsed.text_body_count(), 1);
    assert_eq!(parsed.html_bodies().filter(|part| part.is_text_html()).count(), 0);
    parsed.body_text(0).expect("a text").replace("\r\n", "\n")
}

/// No line is too long, none ends in a space, and all is ASCII.
fn fits(text: &str) -> bool {
    let short = |line: &str| {
        let words = line.split_whitespace().count();
        line.len() <= 72 || words <= 1 || line.starts_with("    qemu-img create")
    };
    text.is_ascii() && text.lines().all(|line| short(line) && line.trim_end() == line)
}

fn failed() -> Experiment {
    let mut experiment = sample::of_2010();
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, "Killed");
    experiment.runs[5] = sample::unsuccessful(&experiment.runs[5], Status::Timeout, "");
    experiment.manifest.cells[1].cache = "none".to_owned();
    experiment.manifest.cells[1].qemu_command = "qemu -drive file=x,aio=io_uring,id=hd0".to_owned();
    experiment
}

#[test]
fn the_experiment_of_2010() {
    let text = text(&sample::of_2010(), &Letter::default(), &[("runs.csv", b"run\n")]);
    assert!(fits(&text), "{text}");
    assert!(!text.contains("By chance"), "the column is not here: {text}");
    insta::assert_snapshot!(text);
}

#[test]
fn failures_caches_and_files_without_room() {
    let large = vec![0; 1 << 20];
    let files: [(&str, &[u8]); 2] = [("chunks.csv", &large), ("runs.png", b"\x89PNG")];
    let text = text(&failed(), &Letter::default(), &files);
    assert!(fits(&text), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn no_ok_run() {
    let mut experiment = sample::of_2010();
    for run in &mut experiment.runs {
        *run = sample::unsuccessful(run, Status::Failed, "No space left on device");
        run.accel = "simulated".to_owned();
    }
    let text = text(&experiment, &Letter::default(), &[]);
    assert!(fits(&text), "{text}");
    assert!(text.contains("In short: SIMULATED, not a measurement: no ok run."), "{text}");
    assert!(text.contains("- There are none: no cell could be compared"), "{text}");
}

#[test]
fn names_that_are_not_ascii_go_as_they_are() -> Result<(), Box<dyn Error>> {
    let hostile = "Größe <script> \u{202e}画像\nBcc: x@example.org";
    let mut experiment =
        sample::experiment(&[("raw", "Raw", "truncate", 1.5), (hostile, hostile, hostile, 2.4)]);
    experiment.manifest.name = hostile.to_owned();
    let message = eml(&Report::new(&experiment), &Letter::default(), Vec::new())?;
    let parsed = MessageParser::default().parse(&message).ok_or("MIME")?;
    let subject = parsed.subject().unwrap_or_default();
    assert!(subject.starts_with(r"[imgbench] Größe <script> \u{202e}画像\nBcc: x@"), "{subject}");
    assert!(parsed.bcc().is_none());
    let head = String::from_utf8(message.clone())?;
    let (head, rest) = head.split_once("\n\n").ok_or("headers")?;
    assert!(head.is_ascii(), "{head}");
    assert!(rest.contains("Content-Transfer-Encoding: 8bit") && rest.contains("charset=utf-8"));
    assert!(parsed.body_text(0).ok_or("text")?.contains("Größe <script>"));
    Ok(())
}

#[test]
fn the_headers_are_those_of_the_experiment_and_the_author() -> Result<(), Box<dyn Error>> {
    let letter = Letter {
        from: Some("Matthew Booth <mbooth@example.org>".parse()?),
        to: vec!["libvir-list@example.org".parse()?, "qemu-devel@example.org".parse()?],
        cc: vec!["Jörg <j@example.org>".parse()?],
        subject: Some("Preallocate qcow2 metadata by default?".to_owned()),
        in_reply_to: Some("<20101007.1@example.org>".to_owned()),
        template: None,
    };
    let message = eml(&Report::new(&sample::of_2010()), &letter, Vec::new())?;
    assert!(!message.contains(&b'\r'), "lines end as mutt and git send-email expect of a file");
    let head = String::from_utf8(message)?;
    let (head, _) = head.split_once("\n\n").ok_or("headers")?;
    insta::assert_snapshot!(head, @r#"
    From: "Matthew Booth" <mbooth@example.org>
    Date: Fri, 31 Jan 2025 12:00:00 +0000
    Subject: Preallocate qcow2 metadata by default?
    Message-ID: <imgbench.20250131T120000Z.9f86d081884c@imgbench.invalid>
    X-Mailer: imgbench 0.1.0
    To: libvir-list@example.org, qemu-devel@example.org
    Cc: =?utf-8?b?SsO2cmc=?= <j@example.org>
    In-Reply-To: <20101007.1@example.org>
    References: <20101007.1@example.org>
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="=_imgbench_9f86d081884c"
    "#);
    Ok(())
}

/// A line that no mail server takes is encoded, and read as it was.
#[test]
fn a_line_beyond_what_mail_carries_is_encoded() -> Result<(), Box<dyn Error>> {
    let template = Template::parse(&"x".repeat(1200))?;
    let letter = Letter { template: Some(template), ..Letter::default() };
    let message = eml(&Report::new(&sample::of_2010()), &letter, Vec::new())?;
    assert!(String::from_utf8(message)?.lines().all(|line| line.len() <= 78));
    assert_eq!(text(&sample::of_2010(), &letter, &[]).trim_end(), "x".repeat(1200));
    Ok(())
}

/// Nothing of a message can end its parts early.
#[test]
fn the_boundary_is_no_line_of_the_text() -> Result<(), Box<dyn Error>> {
    let template = Template::parse("--=_imgbench_9f86d081884c--\n\n{headline}\n")?;
    let letter = Letter { template: Some(template), ..Letter::default() };
    let text = text(&sample::of_2010(), &letter, &[]);
    assert!(text.ends_with("In short: INCONCLUSIVE (n=3): sparse-qcow2 14.58 x sparse-raw.\n"));
    Ok(())
}

#[test]
fn a_template_orders_the_parts() -> Result<(), Box<dyn Error>> {
    let template = Template::parse("Hi,\n\n{verdicts}\n\n{reproduce}\n\n{config}\n\nMatt {{x}}\n")?;
    let letter = Letter { template: Some(template), ..Letter::default() };
    let text = text(&sample::of_2010(), &letter, &[]);
    assert!(text.starts_with("Hi,\n\n- fallocated-raw, sparse-qcow2"), "{text}");
    let end = "\n\n# Is a sparse qcow2 image still slower?\nname = \"default\"\n\nMatt {x}\n";
    assert!(text.ends_with(end), "{text}");
    Ok(())
}

/// Every file of the directory comes back from the message byte by byte.
#[test]
fn attachments_are_the_files() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let experiment = sample::of_2010();
    let mut runs = RunsWriter::create(&directory.path().join("runs.csv"))?;
    for run in &experiment.runs {
        runs.append(run)?;
    }
    drop(ChunksWriter::create(&directory.path().join("chunks.csv"))?);
    let report = Report::new(&experiment);
    render::write(directory.path(), &report)?;
    let message = fs::read(directory.path().join("report.eml"))?;
    assert!(message == render::mail(directory.path(), &report, &Letter::default())?);

    let parsed = MessageParser::default().parse(&message).ok_or("MIME")?;
    let mut names = Vec::new();
    for part in parsed.attachments() {
        let name = part.attachment_name().ok_or("a name")?;
        let bytes = match name.rsplit_once('.') {
            Some((_, "toml")) => experiment.manifest.config.clone().into_bytes(),
            Some((_, "png")) => fs::read(directory.path().join("plots").join(name))?,
            _ => fs::read(directory.path().join(name))?,
        };
        assert!(part.contents() == bytes, "{name}");
        names.push(name.to_owned());
    }
    for name in ["default.toml", "summary.csv", "runs.csv", "runs.png", "chunks.png", "chunks.csv"]
    {
        assert!(names.iter().any(|of| of == name), "{name}: {names:?}");
    }
    assert!(Path::new(&names[0]).extension().is_some_and(|of| of == "toml"));
    Ok(())
}
