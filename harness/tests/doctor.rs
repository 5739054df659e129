//! What `imgbench doctor` finds on machines where something is wrong, each with what to do about it.
//!
//! Each machine here has a damaged appliance besides, which doctor does not boot.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A cache of libguestfs with an appliance like one that a power cut left: all its files are empty.
struct Machine(TempDir);

struct Found {
    code: i32,
    text: String,
}

impl Found {
    /// The line of a finding, and what to do about it.
    fn assert(&self, finding: &str, remedy: &str) {
        let expected = format!("\n{finding}\n         do: {remedy}\n");
        assert!(format!("\n{}", self.text).contains(&expected), "{expected} in: {}", self.text);
    }
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine(tempfile::tempdir_in("/var/tmp").unwrap());
        fs::create_dir_all(machine.appliance()).unwrap();
        let private = machine.appliance().ancestors().nth(3).unwrap().to_owned();
        fs::set_permissions(private, fs::Permissions::from_mode(0o700)).unwrap();
        for name in ["kernel", "initrd", "root"] {
            fs::write(machine.appliance().join(name), "").unwrap();
        }
        machine
    }

    fn appliance(&self) -> PathBuf {
        let user = nix::unistd::geteuid();
        self.0.path().join(format!(".imgbench-{user}/lean/.guestfs-{user}/appliance.d"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgbench"));
        command.arg("doctor").env("LIBGUESTFS_CACHEDIR", self.0.path());
        command
    }

    /// A qemu-img that says this of its version, first in the `PATH` that is returned.
    fn qemu_img(&self, version: &str) -> std::ffi::OsString {
        let path = self.0.path().join("qemu-img");
        fs::write(&path, format!("#!/bin/sh\necho '{version}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let usual = std::env::var_os("PATH").unwrap();
        let all = [self.0.path().to_owned()].into_iter().chain(std::env::split_paths(&usual));
        std::env::join_paths(all).unwrap()
    }
}

fn found(command: &mut Command) -> Found {
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Found { code: output.status.code().unwrap(), text: String::from_utf8(output.stdout).unwrap() }
}

const INSTALL: &str = "run 'make setup'; where it is too old, install a newer one";

#[test]
fn a_damaged_appliance_is_named_and_not_booted() {
    let machine = Machine::new();
    let found = found(&mut machine.command());
    assert_eq!(found.code, 1, "{}", found.text);
    let appliance = machine.appliance().display().to_string();
    found.assert(
        &format!("BAD      built appliance: {appliance}/kernel is damaged: not whole"),
        &format!("rm -r {appliance}  # the next boot builds it anew"),
    );
    found.assert("warning  appliance: not booted", "what is BAD comes first");
    assert_eq!(found.text.matches("BAD  ").count(), 1, "{}", found.text);
}

#[test]
fn guests_for_which_there_is_no_memory_are_named_and_not_booted() {
    let machine = Machine::new();
    fs::remove_dir_all(machine.appliance()).unwrap();
    let default = fs::read_to_string("../configs/default.toml").unwrap();
    let config = machine.0.path().join("large.toml");
    fs::write(&config, default.replace("[workload]", "[appliance]\nmemory = \"900T\"\n[workload]"))
        .unwrap();
    let found = found(machine.command().arg(config));
    assert_eq!(found.code, 1, "{}", found.text);
    let bad =
        "BAD      memory: not enough memory for what is booted at the same time: 900T needed, ";
    assert!(found.text.contains(bad), "{}", found.text);
    found.assert("warning  appliance: not booted", "what is BAD comes first");
    assert_eq!(found.text.matches("BAD  ").count(), 1, "{}", found.text);
}

#[test]
fn a_kernel_that_is_not_there_is_named() {
    let machine = Machine::new();
    let found = found(machine.command().env("SUPERMIN_KERNEL", "/nonexistent/vmlinuz"));
    assert_eq!(found.code, 1, "{}", found.text);
    found.assert(
        "BAD      kernel for the appliance: /nonexistent/vmlinuz cannot be read",
        "as root: chmod +r /nonexistent/vmlinuz  # on Ubuntu again after each new kernel",
    );
}

#[test]
fn temporary_files_without_a_directory_are_named() {
    let found = found(Machine::new().command().env("TMPDIR", "/nonexistent"));
    assert_eq!(found.code, 1, "{}", found.text);
    let line =
        "BAD      temporary files: TMPDIR=/nonexistent is not the whole path of a directory: ";
    assert!(found.text.starts_with(line), "{}", found.text);
}

/// supermin would only say that it failed.
#[test]
fn a_cache_without_a_directory_is_named() {
    let found = found(Machine::new().command().env("LIBGUESTFS_CACHEDIR", "/nonexistent"));
    assert_eq!(found.code, 1, "{}", found.text);
    let line = "BAD      temporary files: LIBGUESTFS_CACHEDIR=/nonexistent is not the whole path of a directory: ";
    assert!(found.text.starts_with(line), "{}", found.text);
}

#[test]
fn a_qemu_img_of_another_version_than_qemu_is_named() {
    let machine = Machine::new();
    let path = machine.qemu_img("qemu-img version 99.1.2 (from somewhere else)");
    let found = found(machine.command().env("PATH", path));
    let line = found.text.lines().find(|line| line.contains("QEMU and qemu-img: are ")).unwrap();
    assert!(line.starts_with("warning  ") && line.ends_with(" and 99.1.2"), "{line}");
    found.assert(line, "install both from one source");
}

#[test]
fn a_qemu_img_that_is_too_old_or_missing_is_named() {
    let machine = Machine::new();
    let path = machine.qemu_img("qemu-img version 2.4.0");
    let old = found(machine.command().env("PATH", path));
    assert_eq!(old.code, 1, "{}", old.text);
    let line = old.text.lines().find(|line| line.starts_with("BAD      qemu-img: ")).unwrap();
    assert!(line.contains("'qemu-img version 2.4.0' is too old: "), "{line}");
    old.assert(line, INSTALL);

    let missing = found(machine.command().env("PATH", "/nonexistent"));
    assert_eq!(missing.code, 1, "{}", missing.text);
    let line = missing.text.lines().find(|line| line.starts_with("BAD      qemu-img: ")).unwrap();
    missing.assert(line, INSTALL);
}

/// A libguestfs that has the functions of the real one, but for those left out, and does nothing but
/// tell its version.
fn libguestfs(directory: &Path, version: (i32, i32), without: &str) {
    let declared = include_str!("../src/guestfs/ffi.rs");
    let loaded = declared.split("library.get(b\"").skip(1);
    let names = loaded.filter_map(|rest| rest.split("\\0").next());
    let special = ["guestfs_version", "guestfs_create_flags", without];
    let mut code = format!(
        "#include <stdlib.h>\n\
         struct version {{ long major, minor, release; char *extra; }};\n\
         void *guestfs_create_flags(unsigned flags) {{ static int g; return &g; }}\n\
         struct version *guestfs_version(void *g) {{\n\
           static struct version v = {{ {}, {}, 7, \"\" }}; return &v; }}\n",
        version.0, version.1
    );
    let mut count = 0;
    for name in names.filter(|name| !special.contains(name)) {
        code += &format!("void *{name}(void) {{ return 0; }}\n");
        count += 1;
    }
    assert!(count > 30, "the functions are not found in ffi.rs: {count}");
    fs::write(directory.join("fake.c"), code).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-w", "-o", "libguestfs.so.0", "fake.c"])
        .current_dir(directory)
        .status()
        .unwrap();
    assert!(built.success());
}

#[test]
fn a_libguestfs_that_is_too_old_is_named() {
    let machine = Machine::new();
    libguestfs(machine.0.path(), (1, 40), "");
    let old = found(machine.command().env("LD_LIBRARY_PATH", machine.0.path()));
    assert_eq!(old.code, 1, "{}", old.text);
    old.assert(
        "BAD      libguestfs: libguestfs 1.40.7 is too old: 1.48 is the oldest that will do",
        INSTALL,
    );
    old.assert("warning  appliance: not booted", "what is BAD comes first");

    // So old that it lacks what is called.
    libguestfs(machine.0.path(), (1, 10), "guestfs_set_memsize");
    let older = found(machine.command().env("LD_LIBRARY_PATH", machine.0.path()));
    assert_eq!(older.code, 1, "{}", older.text);
    let line = older.text.lines().find(|line| line.starts_with("BAD      libguestfs: ")).unwrap();
    assert!(line.contains("undefined symbol: guestfs_set_memsize"), "{line}");
    older.assert(line, INSTALL);
}
