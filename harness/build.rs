//! Finds libguestfs through pkg-config and links it, and notes the git revision that is built.
//!
//! Refuses a library older than 1.48, the oldest that imgbench was tested with: it needs the
//! backend setting `force_kvm` (1.46) and a handle that may change threads (1.38).

use std::{path::Path, process::Command};

const OLDEST: &str = "1.48";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=IMGBENCH_REVISION={}", revision());
    if let Err(reason) = pkg_config::Config::new().atleast_version(OLDEST).probe("libguestfs") {
        println!(
            "cargo::error=libguestfs {OLDEST} or later was not found. `make setup` installs what \
             imgbench needs (Debian: libguestfs-dev, pkg-config)."
        );
        for line in reason.to_string().lines().filter(|line| !line.trim().is_empty()) {
            println!("cargo::error=  {line}");
        }
    }
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
