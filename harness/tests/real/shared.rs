//! One boot that carries runs of every kind, each on a disk of its own.

use std::fs;

use reports::record::Status;

use crate::bench::{Bench, said};

const DISKS: &str = r#"# Does each run of a boot have its own disk?

runs = 1
boot = "per-block"
directory = "DIRECTORY"

[[workload]]
name = "write"
kind = "device-write"
bytes = "8M"
chunk = "2M"
verify = "all"

[[workload]]
name = "inside"
kind = "convert"
bytes = "8M"
by = "appliance"

[[workload]]
name = "outside"
kind = "convert"
bytes = "8M"
by = "qemu-img"

[[image]]
name = "raw"
format = "raw"
size = "16M"

[[image]]
name = "qcow2"
format = "qcow2"
size = "16M"

[[image]]
name = "luks"
format = "luks"
size = "16M"
"#;

/// Which disk is which is told by udev's links, or, where there is none, by the appliance's init: the
/// twelfth comes after the second, and each has its own size.
#[test]
fn each_of_twelve_filesystems_is_on_its_own_disk() {
    let bench = Bench::new("32M", "16M", "");
    let mut config = format!(
        "runs = 1\nboot = \"per-block\"\nfilesystem = \"ext2\"\naccel = \"tcg\"\ndirectory = \"{}\"\n\n[workload]\nkind = \"file-write\"\npath = \"/test\"\nchunk = \"1M\"\nbytes = \"4M\"\n",
        bench.path("images").display()
    );
    for size in 16..28 {
        config +=
            &format!("\n[[image]]\nname = \"of-{size}M\"\nformat = \"raw\"\nsize = \"{size}M\"\n");
    }
    fs::write(bench.path("real.toml"), config).unwrap();
    let output = bench.command(&["--keep-images"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let experiment = bench.experiment();
    assert_eq!(experiment.runs.len(), 12);
    for run in &experiment.runs {
        assert_eq!((run.status, run.boot), (Status::Ok, Some(1)), "{}", run.error);
        assert!(run.block_write_bytes >= Some(4 << 20), "{run:?}");
    }
    let command = &experiment.manifest.cells[0].qemu_command;
    assert!(command.contains(" imgbench.udev=off "), "{command}");
    for kept in fs::read_dir(bench.path("images")).unwrap() {
        let kept = kept.unwrap().path();
        let name = kept.file_name().unwrap().to_string_lossy().into_owned();
        let number: u32 = name.rsplit('-').nth(1).unwrap().parse().unwrap();
        let run = experiment.runs.iter().find(|run| run.run == number).unwrap();
        // ext2's superblock says how many blocks of 1 KiB there are.
        let image = fs::read(kept.join("test.img")).unwrap();
        let blocks = u32::from_le_bytes(image[1024 + 4..1024 + 8].try_into().unwrap());
        assert_eq!(run.image, format!("of-{}M", blocks >> 10));
        assert_eq!(image.len(), blocks as usize * 1024);
    }
}

/// Bytes read back, and images held against their sources, would show a run on another's disk. The run
/// without a guest comes in between, in the plan's order.
#[test]
fn a_boot_carries_runs_on_devices_that_are_copied_to_and_written() {
    let bench = Bench::new("32M", "16M", "");
    let images = bench.path("images").display().to_string();
    fs::write(bench.path("real.toml"), DISKS.replace("DIRECTORY", &images)).unwrap();
    let output = bench.command(&[]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let experiment = bench.experiment();
    let numbers: Vec<_> = experiment.runs.iter().map(|run| run.run).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
    let first = experiment.runs.iter().find(|run| run.launch_s.is_some()).unwrap().run;
    let mut commands = Vec::new();
    for run in &experiment.runs {
        assert_eq!(run.status, Status::Ok, "{}", run.error);
        let on_host = run.workload == "outside";
        assert_eq!(run.boot, (!on_host).then_some(first), "{run:?}");
        assert_eq!(run.launch_s.is_some(), run.run == first);
        assert_eq!(
            run.verified_chunks,
            (!on_host).then_some(if run.workload == "write" { 4 } else { 0 })
        );
        if !on_host {
            assert!(run.block_write_bytes >= Some(8 << 20), "{run:?}");
            let cell = experiment.manifest.cells.iter().find(|cell| cell.name == run.cell).unwrap();
            commands.push(cell.qemu_command.clone());
        }
    }
    // Six disks and three that are copied from, in one QEMU.
    assert!(commands.iter().all(|command| *command == commands[0]));
    // udev looks at a device that is written, inside the clock.
    assert!(!commands[0].contains("imgbench.udev=off"), "{}", commands[0]);
    assert!(commands[0].contains("id=hd8,") || commands[0].contains("id=hd8 "), "{}", commands[0]);
    bench.assert_nothing_left();
}

/// The experiment of 2010 on one boot.
#[test]
fn one_boot_measures_the_four_images_of_2010() {
    let bench = Bench::new("32M", "16M", "");
    let config = fs::read_to_string(bench.path("real.toml")).unwrap();
    let config = config.replace("runs = 1", "runs = 1\nboot = \"per-block\"");
    fs::write(bench.path("real.toml"), config).unwrap();
    let output = bench.command(&[]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let experiment = bench.experiment();
    assert_eq!(experiment.runs.len(), 4);
    for run in &experiment.runs {
        let of_its_own = [run.prepare_s, run.format_s, run.workload_s, run.sync_s, run.shutdown_s];
        assert!(of_its_own.iter().all(|took| took.is_some_and(|took| !took.is_zero())), "{run:?}");
        assert_eq!((run.status, run.verified_chunks), (Status::Ok, Some(8)), "{}", run.error);
        assert!(run.block_write_bytes >= Some(16 << 20), "{run:?}");
        assert!(run.allocated_after >= Some(16 << 20), "{run:?}");
        assert_eq!((run.boot, run.launch_s.is_some()), (Some(1), run.run == 1));
    }
    bench.assert_nothing_left();
}
