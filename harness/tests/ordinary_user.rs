//! imgbench without root: by a user made for the test where that is root, else by the one who tests.
//!
//! The user has nothing but a directory of its own, so that its appliance is built anew.

#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use nix::unistd::{Uid, User, geteuid};
use procfs::process::all_processes;
use reports::record::{Experiment, Status};

const SMOKE: &str = include_str!("../../configs/smoke.toml");

/// Somebody who is not root, and their home.
struct Somebody {
    home: tempfile::TempDir,
    user: User,
    made: bool,
}

impl Somebody {
    fn new() -> Somebody {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let home = tempfile::tempdir_in("/var/tmp").unwrap();
        let made = geteuid().is_root();
        let user = if made {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("imgbench-test-{}-{number}", std::process::id());
            let nowhere = ["--no-create-home", "--home-dir", "/nonexistent"];
            let useradd = ["--system", "--user-group", "--shell", "/usr/sbin/nologin"];
            run(Command::new("useradd").args(useradd).args(nowhere).arg(&name));
            User::from_name(&name).unwrap().unwrap()
        } else {
            User::from_uid(geteuid()).unwrap().unwrap()
        };
        let somebody = Somebody { home, user, made };
        for directory in ["", "bin", "images", "tmp", "cache"] {
            let path = somebody.path(directory);
            fs::create_dir_all(&path).unwrap();
            chown(&path, Some(somebody.user.uid.as_raw()), Some(somebody.user.gid.as_raw()))
                .unwrap();
        }
        // Where it was built may be open to its builder only.
        let built = Path::new(env!("CARGO_BIN_EXE_imgbench"));
        if fs::hard_link(built, somebody.path("bin/imgbench")).is_err() {
            fs::copy(built, somebody.path("bin/imgbench")).unwrap();
        }
        let config = format!("directory = \"{}\"\n{SMOKE}", somebody.path("images").display());
        fs::write(somebody.path("smoke.toml"), config).unwrap();
        somebody
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn imgbench(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("bin/imgbench"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("TMPDIR", self.path("tmp"))
            .env("LIBGUESTFS_CACHEDIR", self.path("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.made {
            // Without root's groups, too.
            command.uid(self.user.uid.as_raw()).gid(self.user.gid.as_raw());
        }
        command
    }

    /// What is open while a run is under way, seen until this is found in it.
    fn watch(&self, running: &mut std::process::Child, found: impl Fn(&[PathBuf]) -> bool) {
        let begun = Instant::now();
        loop {
            let open = self.open();
            if found(&open) {
                for path in open {
                    self.assert_private(&path);
                }
                return;
            }
            assert_eq!(running.try_wait().unwrap(), None, "it ended before that was seen");
            assert!(begun.elapsed() < Duration::from_secs(300), "waited in vain");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whatever is in the directories of images, of temporary files, and of libguestfs' sockets.
    fn open(&self) -> Vec<PathBuf> {
        let mut found = [below(&self.path("images")), below(&self.path("tmp"))].concat();
        for entry in fs::read_dir("/tmp").unwrap().flatten() {
            let libguestfs = entry.file_name().to_string_lossy().starts_with("libguestfs");
            if libguestfs && entry.metadata().is_ok_and(|of| of.uid() == self.user.uid.as_raw()) {
                found.push(entry.path());
                found.extend(below(&entry.path()));
            }
        }
        found
    }

    /// Nobody else can reach what is there, or nobody else may use it.
    fn assert_private(&self, path: &Path) {
        let Ok(found) = fs::symlink_metadata(path) else { return };
        let mode = found.permissions().mode() & 0o777;
        let shut = |path: &Path| {
            path.ancestors().any(|above| {
                let name = above.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("imgbench-")
                    && fs::metadata(above).is_ok_and(|of| of.mode() & 0o777 == 0o700)
            })
        };
        let shown = path.display();
        assert_eq!(found.uid(), self.user.uid.as_raw(), "{shown}");
        if found.file_type().is_socket() && !shut(path) {
            assert_eq!(mode & 0o022, 0, "{shown}: {mode:o}: who may write may connect");
        } else if path.extension().is_some_and(|extension| extension == "img") {
            assert_eq!(mode, 0o600, "{shown}: {mode:o}");
        }
        // libguestfs opens its own to all, so that a QEMU of another user can come in; only its
        // sockets are there.
        assert!(shut(path) || path.starts_with("/tmp"), "{shown}: {mode:o}");
    }

    fn assert_nothing_left(&self) {
        assert_eq!(self.open(), Vec::<PathBuf>::new());
        if self.made {
            let processes = all_processes().unwrap().flatten();
            let left =
                processes.filter(|process| process.uid().ok() == Some(self.user.uid.as_raw()));
            assert_eq!(left.count(), 0);
        }
    }
}

impl Drop for Somebody {
    fn drop(&mut self) {
        if self.made {
            let _ = Command::new("userdel").arg(&self.user.name).stderr(Stdio::null()).status();
        }
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.flat_map(|entry| [vec![entry.path()], below(&entry.path())].concat()).collect()
}

fn has(open: &[PathBuf], name: &str) -> bool {
    open.iter().any(|path| path.file_name().is_some_and(|found| found == name))
}

/// As on Ubuntu, where the kernels are root's own.
#[test]
fn doctor_names_a_kernel_that_only_root_can_read() {
    let somebody = Somebody::new();
    let kernel = somebody.path("vmlinuz");
    fs::write(&kernel, "a kernel").unwrap();
    let mode = if somebody.made { 0o600 } else { 0o000 };
    fs::set_permissions(&kernel, fs::Permissions::from_mode(mode)).unwrap();
    // An appliance that cannot be booted, so that none is.
    let built = format!("cache/.guestfs-{}/appliance.d", somebody.user.uid);
    fs::create_dir_all(somebody.path(&built)).unwrap();
    let config = format!("{SMOKE}\n[appliance]\nkind = \"stock\"\n");
    fs::write(somebody.path("stock.toml"), config).unwrap();
    let mut doctor = somebody.imgbench(&["doctor", "stock.toml"]);
    let output = doctor.env("SUPERMIN_KERNEL", &kernel).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let kernel = kernel.display();
    let expected = format!(
        "BAD      kernel for the appliance: {kernel} cannot be read\n         \
         do: as root: chmod +r {kernel}  # on Ubuntu again after each new kernel\n"
    );
    assert!(said(&output).contains(&expected), "{}", said(&output));
}

#[test]
fn the_pipeline_needs_no_root_and_is_open_to_nobody_else() {
    let somebody = Somebody::new();
    fs::write(somebody.path("script.toml"), "real_launch_s = 0.5\n[seconds]\n").unwrap();
    let planned = somebody.imgbench(&["plan", "smoke.toml"]).output().unwrap();
    assert!(planned.status.success(), "{}", said(&planned));
    let mut running = somebody
        .imgbench(&["run", "smoke.toml", "--out", "out"])
        .env("IMGBENCH_SIMULATED_APPLIANCE", somebody.path("script.toml"))
        .spawn()
        .unwrap();
    somebody.watch(&mut running, |open| has(open, "test.img"));
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let runs = Experiment::load(&somebody.path("out")).unwrap().runs;
    assert!(runs.len() == 4 && runs.iter().all(|run| run.status == Status::Ok), "{runs:?}");
    somebody.assert_nothing_left();
}

/// Builds an appliance, and boots it twice.
#[test]
fn a_real_appliance_is_built_and_measured_without_root() {
    let somebody = Somebody::new();
    let doctor = somebody.imgbench(&["doctor", "smoke.toml"]).output().unwrap();
    let found = said(&doctor);
    if found.contains("BAD      kernel for the appliance") {
        // Ubuntu; the user is told, and root has it to do.
        assert_eq!(doctor.status.code(), Some(1), "{found}");
        assert!(found.contains("do: as root: chmod +r /boot/vmlinuz-"), "{found}");
        return;
    }
    assert_eq!(doctor.status.code(), Some(0), "{found}");
    assert!(found.contains("boots"), "{found}");

    let mut running = somebody
        .imgbench(&["run", "smoke.toml", "--runs", "1", "--only", "sparse-raw", "--out", "out"])
        .spawn()
        .unwrap();
    somebody.watch(&mut running, |open| {
        ["test.img", "qmp", "guestfsd.sock"].into_iter().all(|name| has(open, name))
    });
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let runs = Experiment::load(&somebody.path("out")).unwrap().runs;
    assert!(runs.len() == 1 && runs[0].status == Status::Ok, "{runs:?}");
    assert_ne!(Uid::from_raw(fs::metadata(somebody.path("out")).unwrap().uid()), Uid::from_raw(0));
    somebody.assert_nothing_left();
}
