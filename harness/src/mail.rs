//! `imgbench mail`: takes the directory of an experiment and what its author says of the message,
//! yields the message. Nothing is sent: a mail program or `git send-email` does that.
//!
//! Refuses a template with what is no placeholder.

use std::fs;

use anyhow::{Context, bail};
use reports::{
    record::Experiment,
    render::{
        self,
        eml::{Letter, Template},
    },
    report::Report,
};

use crate::{
    cli,
    report::{Rendered, warned},
};

/// The message as asked.
///
/// # Errors
/// The experiment or the template cannot be read, or the template is none.
pub fn mail(args: &cli::Mail) -> anyhow::Result<Rendered> {
    let template = args.template.as_deref().map(|path| {
        let place = path.display();
        let text = fs::read_to_string(path)
            .with_context(|| format!("{place}: the template cannot be read"))?;
        match Template::parse(&text) {
            Ok(template) => Ok(template),
            Err(error) => bail!("{place}: {error}"),
        }
    });
    let letter = Letter {
        from: args.from.clone(),
        to: args.to.clone(),
        cc: args.cc.clone(),
        subject: args.subject.clone(),
        in_reply_to: args.in_reply_to.clone(),
        template: template.transpose()?,
    };
    let experiment = Experiment::load(&args.directory)?;
    let bytes = render::mail(&args.directory, &Report::new(&experiment), &letter)?;
    Ok(Rendered { bytes, said: warned(&experiment.warnings) })
}
