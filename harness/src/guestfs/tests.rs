//! The wrapper against the real library: refusals and failures without an appliance, and one boot.

use std::path::{Path, PathBuf};
use std::process::Command;

use image_prep::ByteSize;
use nix::errno::Errno;

use crate::host::MINIMUM_LIBGUESTFS;

use super::{Accel, DriveOptions, Error, Handle, MAX_TRANSFER, MkfsOptions};

const MIB: u64 = 1 << 20;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn refusal<T>(outcome: Result<T, Error>) -> String {
    outcome.err().map_or_else(|| String::from("no error"), |error| error.to_string())
}

#[test]
fn a_nul_byte_is_an_error_not_a_panic() -> TestResult {
    let handle = Handle::new()?;
    let nul = "the argument \"a\\0b\" contains a NUL byte";
    assert_eq!(refusal(handle.touch("a\0b")), format!("libguestfs: touch: {nul}"));
    assert_eq!(refusal(handle.set_hv(Path::new("a\0b"))), format!("libguestfs: set_hv: {nul}"));
    assert_eq!(refusal(handle.config("-x", Some("a\0b"))), format!("libguestfs: config: {nul}"));
    assert_eq!(refusal(handle.debug("sh", &["a\0b"])), format!("libguestfs: debug: {nul}"));
    let options = MkfsOptions { label: Some("a\0b"), ..MkfsOptions::default() };
    assert_eq!(
        refusal(handle.mkfs("ext2", "/dev/sda", &options)),
        format!("libguestfs: mkfs: {nul}")
    );
    Ok(())
}

#[test]
fn numbers_that_c_cannot_hold_are_errors() -> TestResult {
    let handle = Handle::new()?;
    assert_eq!(
        refusal(handle.pwrite("/f", b"x", 1 << 63)),
        "libguestfs: pwrite: the offset 9223372036854775808 is too large"
    );
    assert_eq!(
        refusal(handle.pread("/f", 1 << 32, 0)),
        "libguestfs: pread: 4294967296 bytes at once are more than 4186112"
    );
    assert_eq!(
        refusal(handle.set_memsize(ByteSize(1_000_000_000))),
        "libguestfs: set_memsize: 1000000000 bytes of memory are not a whole number of MiB"
    );
    let options = MkfsOptions { inode: Some(u32::MAX), ..MkfsOptions::default() };
    assert_eq!(
        refusal(handle.mkfs("ext2", "/dev/sda", &options)),
        "libguestfs: mkfs: inode is too large"
    );
    Ok(())
}

#[test]
fn a_write_of_nothing_is_an_error() -> TestResult {
    let refused = Handle::new()?.pwrite("/f", b"", 0);
    assert_eq!(refusal(refused), "libguestfs: pwrite: there is nothing to write");
    Ok(())
}

#[test]
fn the_librarys_own_refusals_arrive_with_their_text() -> TestResult {
    let handle = Handle::new()?;
    assert_eq!(
        refusal(handle.sync()),
        "libguestfs: sync: call launch before using this function (in guestfish, don't forget to \
         use the 'run' command)"
    );
    let too_small = handle.set_memsize(ByteSize(MIB));
    assert_eq!(
        refusal(too_small),
        "libguestfs: set_memsize: too small value for memsize (must be at least 256)"
    );
    let forbidden = refusal(handle.config("-kernel", Some("/boot/vmlinuz")));
    assert_eq!(forbidden, "libguestfs: config: parameter ‘-kernel’ isn't allowed");

    let missing = handle.add_drive(Path::new("/nonexistent/image"), &DriveOptions::default());
    let error = missing.err().ok_or("no error")?;
    assert_eq!((error.operation, error.errno), ("add_drive", Some(Errno::ENOENT)));
    Ok(())
}

/// libguestfs keeps the error handler for each thread apart, so this failed when it was set once.
#[test]
fn errors_are_collected_on_whatever_thread_the_handle_is() -> TestResult {
    let handle = Handle::new()?;
    let here = refusal(handle.sync());
    let there = std::thread::spawn(move || {
        let text = refusal(handle.sync());
        let collected = handle.set_memsize(ByteSize(MIB)).err().map(|error| error.messages);
        (text, collected.map_or(0, |messages| messages.len()))
    });
    assert_eq!(there.join().map_err(|_| "the thread panicked")?, (here, 1));
    Ok(())
}

#[test]
fn a_handle_is_closed_once_wherever_it_went() -> TestResult {
    let handle = Handle::new()?;
    handle.set_trace(true)?;
    let log = handle.log();
    let moved = Box::new(handle);
    std::thread::spawn(move || drop(moved)).join().map_err(|_| "the thread panicked")?;
    let text = log.text();
    assert_eq!(text.lines().filter(|line| *line == "libguestfs: close").count(), 1, "{text}");
    Ok(())
}

#[test]
fn a_launch_without_qemu_says_so() -> TestResult {
    let handle = Handle::new()?;
    handle.set_hv(Path::new("/nonexistent/qemu"))?;
    handle.add_drive(Path::new("/dev/null"), &DriveOptions::default())?;
    let error = handle.launch().err().ok_or("launched without QEMU")?;
    assert_eq!(error.messages, ["stat: /nonexistent/qemu: No such file or directory"]);
    assert_eq!(error.errno, Some(Errno::ENOENT));
    Ok(())
}

/// QEMU refuses this device after it has connected to the library; where KVM is there and does not
/// work, it ends at the same point, with the same messages.
#[test]
fn a_failed_launch_gives_every_message_and_what_qemu_said() -> TestResult {
    let handle = Handle::new()?;
    handle.set_accel(Accel::Tcg)?;
    handle.add_drive(Path::new("/dev/null"), &DriveOptions::default())?;
    handle.config("-device", Some("no-such-device"))?;
    let error = handle.launch().err().ok_or("launched with an unknown device")?;

    let first_lines: Vec<_> =
        error.messages.iter().filter_map(|text| text.lines().next()).collect();
    let [closed, ended, failed] = first_lines[..] else {
        return Err(format!("not three messages: {error:?}").into());
    };
    assert_eq!(closed, "appliance closed the connection unexpectedly.");
    assert!(ended.ends_with("exited with error status 1."), "{ended}");
    assert_eq!(failed, "guestfs_launch failed.");
    assert_eq!((error.operation, error.errno), ("launch", None));
    assert!(!error.to_string().contains("LIBGUESTFS_DEBUG"), "{error}");

    let log = handle.log().text();
    assert!(log.contains("'no-such-device' is not a valid device model name"), "{log}");
    Ok(())
}

/// libguestfs leaves out all variables after one that it cannot apply; another QEMU than the one
/// asked for would be measured.
#[test]
fn an_environment_that_cannot_be_applied_is_an_error() -> TestResult {
    const MISSING: &str = "/nonexistent/imgbench";
    if std::env::var_os("TMPDIR").is_some_and(|path| path == MISSING) {
        let text = refusal(Handle::new());
        assert!(text.starts_with("libguestfs: parse_environment: "), "{text}");
        assert!(text.contains("TMPDIR: /nonexistent/imgbench: realpath"), "{text}");
        return Ok(());
    }
    let thread = std::thread::current();
    let this_test = thread.name().ok_or("the test's thread has no name")?;
    let mut again = Command::new(std::env::current_exe()?);
    let output = again.args(["--exact", this_test]).env("TMPDIR", MISSING).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    Ok(())
}

#[test]
fn the_version_is_at_least_what_runs_demand() -> TestResult {
    let version = Handle::new()?.version()?;
    assert!((version.major, version.minor) >= MINIMUM_LIBGUESTFS, "{version}");
    Ok(())
}

/// Boots a real appliance: about 15 s without KVM.
#[test]
fn an_appliance_boots_and_keeps_what_it_is_given() -> TestResult {
    let directory = tempfile::tempdir()?;
    let image = directory.path().join("disk.raw");
    std::fs::File::create(&image)?.set_len(64 * MIB)?;

    let handle = Handle::new()?;
    handle.set_accel(Accel::Tcg)?;
    handle.set_memsize(ByteSize(512 * MIB))?;
    let options = DriveOptions { format: Some("raw"), ..DriveOptions::default() };
    handle.add_drive(&image, &options)?;
    handle.append("imgbench.one")?;
    handle.append("imgbench.two")?;
    handle.launch().map_err(|error| format!("{error}\n{}", handle.log().text()))?;

    let command_line = handle.debug("sh", &["cat", "/proc/cmdline"])?;
    assert!(command_line.ends_with(" imgbench.one imgbench.two"), "{command_line}");
    assert!(Path::new(&format!("/proc/{}", handle.get_pid()?)).exists());
    assert_eq!(handle.list_devices()?, ["/dev/sda"]);
    assert_eq!(handle.blockdev_getsize64("/dev/sda")?, ByteSize(64 * MIB));
    assert_eq!(handle.utsname()?.sysname, "Linux");
    assert_eq!(handle.debug("sh", &["echo", "in", "the", "guest"])?, "in the guest");
    assert!(handle.feature_available(&["linuxfsuuid"])?);
    assert!(refusal(handle.feature_available(&["no such group"])).contains("unknown group"));

    let options = MkfsOptions { blocksize: Some(1024), ..MkfsOptions::default() };
    handle.mkfs("ext2", "/dev/sda", &options)?;
    handle.mount_options("noatime", "/dev/sda", "/")?;
    assert_eq!(handle.statvfs("/")?.fragment_size, 1024);
    assert_eq!(
        refusal(handle.pwrite("/absent", b"x", 0)),
        "libguestfs: pwrite: open: /absent: No such file or directory"
    );

    let path = format!("/{}", "n".repeat(255));
    handle.touch(&path)?;
    let data: Vec<u8> = (0..MAX_TRANSFER).map(|i| (i % 251) as u8).collect();
    let mut written = 0;
    while written < data.len() {
        written += handle.pwrite(&path, &data[written..], written as u64)?;
    }
    handle.sync()?;
    let mut read = Vec::new();
    loop {
        let some = handle.pread(&path, data.len(), read.len() as u64)?;
        if some.is_empty() {
            break;
        }
        read.extend_from_slice(&some);
    }
    assert!(read == data, "{} bytes came back, and not the ones written", read.len());

    handle.umount_all()?;
    assert_eq!(handle.pwrite_device("/dev/sda", b"boot", 510)?, 4);
    assert_eq!(&*handle.pread_device("/dev/sda", 4, 510)?, b"boot");
    handle.sync()?;
    handle.shutdown()?;
    handle.shutdown()?;
    assert_eq!(&std::fs::read(&image)?[510..514], b"boot");
    Ok(())
}

/// Everywhere else the compiler denies it, and no file may ask for more.
#[test]
fn unsafe_code_is_allowed_in_this_folder_only() -> TestResult {
    fn sources(directory: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            match path.is_dir() {
                true => sources(&path, found)?,
                false => found.push(path),
            }
        }
        Ok(())
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for package in ["harness", "image-prep", "reports"] {
        sources(&root.join(package), &mut files)?;
    }
    let allowed = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.contains(concat!("allow(", "unsafe_code"))
    };
    let rust = files.iter().filter(|path| path.extension().is_some_and(|name| name == "rs"));
    let allowing: Vec<_> = rust.filter(|path| allowed(path)).collect();
    assert!(allowing.len() > 5, "{allowing:?}");
    let elsewhere =
        allowing.iter().find(|path| !path.starts_with(root.join("harness/src/guestfs")));
    assert_eq!(elsewhere, None);
    Ok(())
}
