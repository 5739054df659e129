//! imgbench starts programs, and no shell: no file name and no key of a config is ever read as a command.
//!
//! It runs in a mount namespace in which every shell is a file that cannot be executed. What libguestfs
//! does for itself, and the shell inside the appliance, are not reached: the appliance is simulated.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

use reports::record::Experiment;

const CONFIG: &str = r#"# Is a shell needed?

runs = 1
directory = "DIRECTORY"
filesystem = "ext2"

[[workload]]
name = "write"
kind = "file-write"
path = "/test"
bytes = "1M"
chunk = "512K"

[[workload]]
name = "copy"
kind = "convert"
bytes = "1M"
by = "qemu-img"

[[workload]]
name = "nbd"
kind = "convert"
bytes = "1M"
by = "nbdcopy"

[[workload]]
name = "make"
kind = "create"

[[image]]
name = "raw"
format = "raw"
size = "4M"

[[image]]
name = "filled"
format = "qcow2"
size = "4M"
fill = "all"
"#;

/// Hides the shells, this one too, and becomes what it is told to.
const HIDE: &str = r#"
for shell in sh bash dash ksh zsh busybox; do
    for directory in /bin /usr/bin; do
        if [ -e "$directory/$shell" ]; then
            mount --bind "$NO_SHELL" "$(readlink -f "$directory/$shell")" || exit 99
        fi
    done
done
exec "$@"
"#;

/// Names that a shell would make much of.
const NAME: &str = "$(touch hacked); `touch hacked` 'and' \"out\"";
const OUT: &str = "out; touch hacked; $(touch hacked)";

/// Exit code and what was said.
fn without_shells(directory: &Path, words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", HIDE, "sh"])
        .args(words)
        .current_dir(directory)
        .env("NO_SHELL", directory.join("no-shell"))
        .env("IMGBENCH_SIMULATED_APPLIANCE", directory.join("script.toml"))
        .env("IMGBENCH_LOCK", directory.join("lock"))
        .env("TMPDIR", directory.join(NAME))
        // Where git knows nobody.
        .env("USER", "somebody")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn no_shell_is_started() {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let directory = directory.path();
    let images = directory.join(NAME);
    fs::create_dir(&images).unwrap();
    fs::write(directory.join("no-shell"), "").unwrap();
    fs::write(directory.join("script.toml"), "[seconds]\n").unwrap();
    let quoted = images.display().to_string().replace('"', "\\\"");
    fs::write(directory.join("test.toml"), CONFIG.replace("DIRECTORY", &quoted)).unwrap();

    // They are hidden: a program with a shell in its first line cannot be executed.
    fs::write(directory.join("script.sh"), "#!/bin/sh\nexit 0\n").unwrap();
    let (code, said) = without_shells(directory, &["env", "sh", "script.sh"]);
    assert_eq!(code, Some(126), "{said}");
    assert!(said.contains("Permission denied"), "{said}");

    let imgbench = env!("CARGO_BIN_EXE_imgbench");
    for (words, expected) in [
        (&["plan", "test.toml"][..], 0),
        (&["run", "test.toml", "--out", OUT], 0),
        (&["report", OUT, "--format", "html"], 0),
        (&["compare", OUT, "--by", "image"], 0),
        (&["mail", OUT, "--to", "a@example.org"], 0),
        (&["nightly", "test.toml", "--out", "night"], 4),
    ] {
        let words: Vec<&str> = [imgbench].into_iter().chain(words.iter().copied()).collect();
        let (code, said) = without_shells(directory, &words);
        assert_eq!(code, Some(expected), "{words:?}: {said}");
    }
    // Without an author it asks git for one.
    let night = Experiment::load(&directory.join("night")).unwrap().manifest.started;
    let (date, _) = night.split_once('T').unwrap();
    let annotate = ["annotate", "--night", date, "--kind", "note", "--reason", NAME];
    let words = [&[imgbench, "history"][..], &annotate].concat();
    let (code, said) = without_shells(directory, &words);
    assert_eq!(code, Some(0), "{said}");
    assert!(!directory.join("hacked").exists());
}
