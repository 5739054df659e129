//! The initrd of the lean appliance: supermin's, which loads fewer modules.
//!
//! supermin's loads each that the guest of some hypervisor needs, a few hundredths of a second apiece
//! under software emulation. Those of devices that libguestfs gives to no guest are taken from its
//! list. The appliance has them all the same, should its kernel ask for one.

/// Of the devices that no guest has, of what only they need, and of what is loaded when it is needed.
const UNUSED: [&str; 22] = [
    "ata_piix",
    "crc-itu-t",
    "crc7",
    "crc8",
    "crypto_engine",
    "failover",
    "fuse",
    "libata",
    "libnvdimm",
    "nd_btt",
    "nd_pmem",
    "nd_virtio",
    "net_failover",
    "nfit",
    "virtio_balloon",
    "virtio_crypto",
    "virtio_dma_buf",
    "virtio_input",
    "virtio_mem",
    "virtio_net",
    "virtio_pmem",
    "virtiofs",
];

/// supermin's list: file names of modules, in the order in which its init loads them.
const LIST: &[u8] = b"modules";

const LAST: &[u8] = b"TRAILER!!!";

/// Bytes of an entry's header: "070701" and 13 numbers of 8 hexadecimal digits (cpio(5), "newc").
const HEADER: usize = 110;

const MAGIC: &[u8] = b"070701";

/// The initrd with another archive behind it, which has a shorter list: the kernel unpacks both, the
/// later file in place of the earlier (Linux' Documentation/driver-api/early-userspace). `None` where
/// it has no list, as one that supermin did not make, or packed.
pub(crate) fn with_fewer_modules(initrd: &[u8]) -> Option<Vec<u8>> {
    let list = std::str::from_utf8(find(initrd, LIST)?).ok()?;
    let is_used = |line: &&str| !UNUSED.contains(&line.split(".ko").next().unwrap_or_default());
    let fewer: String = list.lines().filter(is_used).flat_map(|line| [line, "\n"]).collect();
    let mut archive = initrd.to_vec();
    pad(&mut archive);
    // Whoever looks whether an initrd is whole looks at its end, and must not find the first one's.
    archive.resize(archive.len() + 1024, 0);
    append(&mut archive, LIST, 0o100_644, fewer.as_bytes());
    append(&mut archive, LAST, 0, b"");
    Some(archive)
}

/// What a file of the first archive holds, if that is whole.
fn find<'a>(archive: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let (mut at, mut found) = (0_usize, None);
    loop {
        let header = archive.get(at..at.checked_add(HEADER)?)?;
        let number = |which: usize| -> Option<usize> {
            let digits = &header[MAGIC.len() + 8 * which..][..8];
            usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        };
        let (size, name_size) = (number(6)?, number(11)?);
        let name = archive.get(at + HEADER..(at + HEADER).checked_add(name_size)?)?;
        let name = name.strip_suffix(b"\0")?;
        let data = (at + HEADER + name_size).next_multiple_of(4);
        let content = archive.get(data..data.checked_add(size)?)?;
        if !header.starts_with(MAGIC) {
            return None;
        }
        if name == LAST {
            return found;
        }
        if name == wanted {
            found = Some(content);
        }
        at = (data + size).next_multiple_of(4);
    }
}

fn append(archive: &mut Vec<u8>, name: &[u8], mode: usize, content: &[u8]) {
    // Inode, mode, owner, group, links, time, size, four numbers of devices, the name's size, no sum.
    let numbers = [0, mode, 0, 0, 1, 0, content.len(), 0, 0, 0, 0, name.len() + 1, 0];
    archive.extend(MAGIC);
    archive.extend(numbers.iter().flat_map(|number| format!("{number:08X}").into_bytes()));
    archive.extend(name);
    archive.push(0);
    pad(archive);
    archive.extend(content);
    pad(archive);
}

fn pad(archive: &mut Vec<u8>) {
    archive.resize(archive.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::process::{Command, Stdio};

    use super::*;

    /// As supermin makes one, with as many zeros behind it as cpio(1) writes.
    fn initrd(list: &str) -> Vec<u8> {
        let mut archive = Vec::new();
        append(&mut archive, b"init", 0o100_755, b"an odd number of bytes.");
        append(&mut archive, LIST, 0o100_644, list.as_bytes());
        append(&mut archive, b"virtio.ko", 0o100_644, b"a module");
        append(&mut archive, LAST, 0, b"");
        archive.resize(archive.len().next_multiple_of(512), 0);
        archive
    }

    #[test]
    fn the_list_is_without_what_no_guest_has_and_in_its_order() {
        let list = "scsi_mod.ko\nlibata.ko\nvirtio_net.ko.xz\nvirtio_scsi.ko.zst\nlibata-new.ko\n";
        let before = initrd(list);
        let after = with_fewer_modules(&before).unwrap();
        assert!(after.starts_with(&before));
        let list = find(&after[before.len() + 1024..], LIST).unwrap();
        assert_eq!(list, b"scsi_mod.ko\nvirtio_scsi.ko.zst\nlibata-new.ko\n");
        assert_eq!(find(&after, b"virtio.ko").unwrap(), b"a module");
    }

    #[test]
    fn what_is_appended_is_an_archive_as_cpio_knows_it() {
        let before = initrd("virtio.ko\n");
        let after = with_fewer_modules(&before).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("appended");
        std::fs::write(&path, &after[before.len() + 1024..]).unwrap();
        let listed = Command::new("cpio")
            .args(["--extract", "--to-stdout", "modules"])
            .stdin(std::fs::File::open(&path).unwrap())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(listed.stdout).unwrap(), "virtio.ko\n");
    }

    #[test]
    fn an_initrd_of_another_kind_stays_as_it_is() {
        let whole = initrd("virtio.ko\n");
        let last = whole.windows(LAST.len()).rposition(|found| found == LAST).unwrap();
        for cut in 0..=last + LAST.len() {
            assert_eq!(with_fewer_modules(&whole[..cut]), None, "{cut}");
        }
        let mut without = Vec::new();
        append(&mut without, b"init", 0o100_755, b"");
        append(&mut without, LAST, 0, b"");
        for other in [&b"\x1f\x8bpacked"[..], &[], &whole[..200], &without, &[b'f'; 400]] {
            assert_eq!(with_fewer_modules(other), None);
        }
    }
}
