//! Notes the git revision that is built.

use std::{path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=IMGBENCH_REVISION={}", revision());
}

/// The revision, with `-dirty` where files that git tracks were changed; `unknown` outside a
/// checkout.
fn revision() -> String {
    for file in ["HEAD", "index", "logs/HEAD"] {
        let path = format!("../.git/{file}");
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let git = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        .output();
    let said = git.ok().filter(|output| output.status.success());
    let revision = said.and_then(|output| String::from_utf8(output.stdout).ok());
    revision.map_or_else(|| "unknown".to_owned(), |revision| revision.trim().to_owned())
}
