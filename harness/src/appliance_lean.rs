//! The lean appliance: libguestfs' own, with an init that does less, its kernel unpacked and fewer of
//! its modules loaded. It boots in a third of the time under TCG.
//!
//! supermin builds it as it builds libguestfs' own, from packages of this host; what comes out is made
//! a fixed appliance (libguestfs-make-fixed-appliance(1)), which is booted as it is.

use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, bail, ensure};

use crate::{Interrupted, appliance_cache, appliance_initrd, supervise::Interrupts};

/// The file that marks a directory as a fixed appliance: guestfs(3).
pub(crate) const MARK: &str = "README.fixed";

/// What stands in it, of ours. Another one has what was built before made anew.
const MADE: &[u8] = b"imgbench's lean appliance, 2\n";

const INIT: &[u8] = include_bytes!("appliance_init.sh");

const PAUSE: Duration = Duration::from_millis(20);

/// The `init.tar.gz` of its `supermin.d`, the same bytes each time.
pub(crate) fn init() -> anyhow::Result<Vec<u8>> {
    let directory = tempfile::tempdir().context("making a directory")?;
    fs::write(directory.path().join("init"), INIT).context("writing the appliance's init")?;
    let packed = Command::new("tar")
        .args(["--create", "--gzip", "--owner=0", "--group=0", "--mode=0755", "--mtime=@0"])
        .arg("--directory")
        .arg(directory.path())
        .arg("./init")
        .output()
        .context("running tar")?;
    ensure!(packed.status.success(), "tar: {}", String::from_utf8_lossy(&packed.stderr).trim());
    Ok(packed.stdout)
}

/// What is added to its kernel's command line: words for the kernel, and one for the init.
pub(crate) fn kernel_options(tcg: bool, udev: bool) -> String {
    let mut options = Vec::new();
    // Under software emulation ACPI's code takes up to half a second for each interrupt line of a PCI
    // device that it routes. virtio's interrupts are messages (MSI), which go by no line.
    if tcg && cfg!(target_arch = "x86_64") {
        options.push("acpi=noirq");
    }
    if !udev {
        options.push("imgbench.udev=off");
    }
    options.join(" ")
}

/// Where libguestfs finds what it boots, of a directory of [`appliance_packages`]: the fixed appliance
/// if there is one.
///
/// [`appliance_packages`]: crate::appliance_packages
#[must_use]
pub fn to_boot(directory: &Path) -> PathBuf {
    let fixed = appliance_cache::appliance(directory);
    if fixed.join(MARK).exists() { fixed } else { directory.to_owned() }
}

/// Builds it, unless it is there and this host's packages are as they were.
///
/// # Errors
/// supermin fails, or a signal came.
pub fn build(directory: &Path, interrupts: &Interrupts) -> anyhow::Result<()> {
    let built = appliance_cache::appliance(directory);
    let cache = built.parent().context("the appliance has no directory")?;
    fs::create_dir_all(cache).with_context(|| format!("making {}", cache.display()))?;
    let _alone = alone(&directory.join("build.lock"), interrupts)?;
    supermin(directory, &built, interrupts)?;
    // supermin makes the directory anew, so that the mark is of this kernel. It comes last.
    let mark = built.join(MARK);
    if fs::read(&mark).is_ok_and(|found| found == MADE) {
        return Ok(());
    }
    remake(&built.join("kernel"), unpacked)?;
    remake(&built.join("initrd"), |archive| Ok(appliance_initrd::with_fewer_modules(archive)))?;
    reports::replace_file(&mark, MADE).with_context(|| format!("writing {}", mark.display()))
}

/// Puts what is made of a file in its place, where anything is.
fn remake(
    path: &Path,
    made_of: impl Fn(&[u8]) -> anyhow::Result<Option<Vec<u8>>>,
) -> anyhow::Result<()> {
    let found = fs::read(path).with_context(|| path.display().to_string())?;
    match made_of(&found)? {
        Some(made) => reports::replace_file(path, &made)
            .with_context(|| format!("writing {}", path.display())),
        None => Ok(()),
    }
}

/// Waits until no other imgbench builds there.
fn alone(path: &Path, interrupts: &Interrupts) -> anyhow::Result<File> {
    let lock = File::create(path).with_context(|| format!("making {}", path.display()))?;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.display()));
            }
        }
        if interrupts.came() {
            bail!(Interrupted);
        }
        thread::sleep(PAUSE);
    }
}

/// The command that libguestfs itself runs.
fn supermin(directory: &Path, built: &Path, interrupts: &Interrupts) -> anyhow::Result<()> {
    let mut said = tempfile::tempfile().context("making a file")?;
    // What supermin leaves there when it is killed goes with it.
    let temporary = tempfile::tempdir().context("making a directory")?;
    let mut child = Command::new("supermin")
        .args(["--build", "--if-newer", "--copy-kernel", "-f", "ext2"])
        .args(["--host-cpu", std::env::consts::ARCH, "--lock"])
        .arg(built.with_file_name("lock"))
        .arg(directory.join("supermin.d"))
        .arg("-o")
        .arg(built)
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.try_clone()?)
        .process_group(0)
        .spawn()
        .context("running supermin, which builds the appliance")?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if interrupts.came() {
            let group = i32::try_from(child.id())?;
            // It may have ended meanwhile.
            let _ = nix::sys::signal::killpg(
                nix::unistd::Pid::from_raw(group),
                nix::sys::signal::Signal::SIGKILL,
            );
            child.wait()?;
            appliance_cache::sweep();
            bail!(Interrupted);
        }
        thread::sleep(PAUSE);
    };
    if !status.success() {
        let mut text = String::new();
        said.seek(SeekFrom::Start(0))?;
        said.read_to_string(&mut text)?;
        bail!(
            "the appliance cannot be built: {}\nRun 'imgbench doctor' for what is to be done, or have libguestfs' own booted: [appliance] kind = \"stock\"",
            text.trim()
        );
    }
    Ok(())
}

/// The ELF inside a bzImage, as Linux' `scripts/extract-vmlinux` finds it: `None` where the kernel is
/// of another kind, packed in a way that is not known here, or not one that QEMU boots unpacked.
/// Unpacking in the guest would take seconds under software emulation.
fn unpacked(image: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let Some((payload, program)) = payload(image) else { return Ok(None) };
    let mut input = tempfile::tempfile().context("making a file")?;
    input.write_all(payload)?;
    input.seek(SeekFrom::Start(0))?;
    let run = Command::new(program).args(["-d", "-c"]).stdin(input).stderr(Stdio::null()).output();
    // Without the program the kernel stays as it is, and unpacks itself.
    let Ok(output) = run else { return Ok(None) };
    Ok(Some(output.stdout).filter(|kernel| output.status.success() && is_bootable(kernel)))
}

/// What is packed, and the program that unpacks it: Linux' Documentation/arch/x86/boot.rst.
fn payload(image: &[u8]) -> Option<(&[u8], &'static str)> {
    let number = |at: usize| -> Option<usize> {
        let bytes = image.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let setup = usize::try_from(appliance_cache::setup_of_bzimage(image)?).ok()?;
    let begin = setup.checked_add(number(0x248)?)?;
    let payload = image.get(begin..begin.checked_add(number(0x24c)?)?)?;
    // All but gzip have the length that it unpacks to behind them.
    let less = payload.len().checked_sub(4)?;
    match payload {
        [0x1f, 0x8b, ..] => Some((payload, "gzip")),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some((&payload[..less], "xz")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some((&payload[..less], "zstd")),
        [0x02, 0x21, 0x4c, 0x18, ..] => Some((&payload[..less], "lz4")),
        _ => None,
    }
}

/// QEMU boots an ELF that has the entry of Xen's PVH among its notes: namesz 4, descsz, type 18, "Xen".
fn is_bootable(kernel: &[u8]) -> bool {
    const NOTE: &[u8] = b"\x12\0\0\0Xen\0";
    kernel.starts_with(b"\x7fELF") && kernel.windows(NOTE.len()).any(|window| window == NOTE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const ELF: &[u8] = b"\x7fELF....\x04\0\0\0\x04\0\0\0\x12\0\0\0Xen\0....";

    /// A bzImage of one setup sector, with this packed by that program.
    fn packed(kernel: &[u8], program: &str, with_length: bool) -> Vec<u8> {
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(kernel).unwrap();
        input.seek(SeekFrom::Start(0)).unwrap();
        let packed = Command::new(program).arg("-c").stdin(input).output().unwrap();
        assert!(packed.status.success());
        let mut payload = packed.stdout;
        if with_length {
            payload.extend(u32::try_from(kernel.len()).unwrap().to_le_bytes());
        }
        let mut image = vec![0; 1024 + 16];
        image[0x1f1] = 1;
        image[0x202..0x206].copy_from_slice(b"HdrS");
        image[0x248] = 16;
        image[0x24c..0x250].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
        image.extend(payload);
        image.extend(b"what comes behind it");
        image
    }

    #[test]
    fn a_kernel_is_unpacked_however_it_was_packed() {
        for (program, with_length) in [("gzip", false), ("xz", true)] {
            let found = unpacked(&packed(ELF, program, with_length)).unwrap();
            assert_eq!(found.as_deref(), Some(ELF), "{program}");
        }
    }

    #[test]
    fn what_qemu_would_not_boot_unpacked_stays_as_it_is() {
        let whole = packed(ELF, "xz", true);
        let images = [
            packed(b"\x7fELF without the note", "xz", true),
            packed(b"no ELF, but \x12\0\0\0Xen\0", "xz", true),
            ELF.to_vec(),
            Vec::new(),
            whole[..whole.len() - 60].to_vec(),
            whole[..0x24e].to_vec(),
        ];
        for (number, image) in images.iter().enumerate() {
            assert_eq!(unpacked(image).unwrap(), None, "{number}");
        }
    }

    /// Where KVM runs a guest its machine stays as libguestfs has it.
    #[test]
    fn the_kernel_is_told_what_it_need_not_do() {
        assert_eq!(kernel_options(false, true), "");
        assert_eq!(kernel_options(false, false), "imgbench.udev=off");
        #[cfg(target_arch = "x86_64")]
        assert_eq!(kernel_options(true, false), "acpi=noirq imgbench.udev=off");
    }

    #[test]
    fn the_init_is_packed_the_same_each_time() {
        assert_eq!(init().unwrap(), init().unwrap());
    }
}
