//! Experiments made up for the tests: nobody measured them.
#![allow(dead_code, reason = "each test uses a part")]

use std::{path::PathBuf, time::Duration};

use reports::record::{
    Cell, ChunkRecord, Experiment, Factor, Manifest, Provenance, Record, Status,
};

/// The four cells of 2010 with its times, a little noise round them.
pub fn of_2010() -> Experiment {
    experiment(&[
        ("sparse-raw", "A sparse raw file", "truncate --size 300M test.img", 15.3),
        ("fallocated-raw", "A preallocated raw file", "fallocate -l 300M test.img", 14.8),
        ("sparse-qcow2", "A sparse qcow2 file", "qemu-img create -f qcow2 test.img 300M", 223.0),
        (
            "metadata-qcow2",
            "A qcow2 file with preallocated metadata",
            "qemu-img create -f qcow2 -o preallocation=metadata test.img 300M",
            14.5,
        ),
    ])
}

/// Cells with name, description, command and median seconds; 3 runs each.
pub fn experiment(cells: &[(&str, &str, &str, f64)]) -> Experiment {
    let cell = |&(name, description, command, _): &(&str, &str, &str, f64)| Cell {
        name: name.to_owned(),
        description: description.to_owned(),
        command: command.to_owned(),
        size: 300 << 20,
        factors: vec![factor("image", name), factor("workload", "seqwrite")],
        cache: "writeback".to_owned(),
        ..Cell::default()
    };
    let mut experiment = Experiment {
        directory: PathBuf::from("results/sample"),
        manifest: manifest(cells.iter().map(cell).collect(), 3),
        runs: Vec::new(),
        chunks: Vec::new(),
        metrics: Vec::new(),
        warnings: Vec::new(),
    };
    let plan: Vec<(u32, u32, String)> = experiment
        .manifest
        .planned_runs()
        .into_iter()
        .map(|(block, position, cell)| (block, position, cell.to_owned()))
        .collect();
    for (run, (block, position, name)) in (1..).zip(plan) {
        let at = cells.iter().position(|cell| cell.0 == name).expect("a cell of the plan");
        // Symmetric round the median, so that block 1 has it exactly.
        let noise = [1.0, 0.986, 1.017][block as usize - 1];
        let seconds = cells[at].3 * noise;
        experiment.chunks.extend(chunks(run, &name, seconds));
        experiment.runs.push(record(run, block, position, &name, seconds));
    }
    experiment
}

fn factor(factor: &str, level: &str) -> Factor {
    Factor { factor: factor.to_owned(), level: level.to_owned() }
}

/// A manifest of these cells, each block turned by one: any order will do.
pub fn manifest(cells: Vec<Cell>, runs: u32) -> Manifest {
    let mut block: Vec<String> = cells.iter().map(|cell| cell.name.clone()).collect();
    let mut order = Vec::new();
    for _ in 0..runs {
        order.push(block.clone());
        block.rotate_left(1);
    }
    Manifest {
        schema: reports::record::SCHEMA,
        name: "default".to_owned(),
        question: "Is a sparse qcow2 image still slower to write than the others?".to_owned(),
        started: "2025-01-31T12:00:00Z".to_owned(),
        command: "imgbench run configs/default.toml".to_owned(),
        seed: 42,
        runs,
        config_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
            .to_owned(),
        config: "# Is a sparse qcow2 image still slower?\nname = \"default\"\n".to_owned(),
        order,
        control: cells.first().map(|cell| cell.name.clone()).unwrap_or_default(),
        provenance: provenance(),
        files: Vec::new(),
        cells,
    }
}

fn provenance() -> Provenance {
    Provenance {
        imgbench: "0.1.0".to_owned(),
        revision: "0123456789ab".to_owned(),
        qemu: "QEMU emulator version 7.2.19 (Debian 1:7.2+dfsg-7+deb12u16)".to_owned(),
        qemu_img: "qemu-img version 7.2.19 (Debian 1:7.2+dfsg-7+deb12u16)".to_owned(),
        libguestfs: "1.48.6".to_owned(),
        host_kernel: "6.1.0-31-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.128-1".to_owned(),
        guest_kernel: "6.1.0-31-amd64".to_owned(),
        host_os: "Debian GNU/Linux 12 (bookworm)".to_owned(),
        cpu: "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz".to_owned(),
        cpus: 2,
        memory: 8 << 30,
        governor: "performance".to_owned(),
        accel: "tcg".to_owned(),
        accel_reason: "the appliance died with \"failed to set MSR\" after 0.4 s".to_owned(),
        boot_ahead: 0,
        boot: "per-run".to_owned(),
        appliance: "stock".to_owned(),
        directory: "/var/tmp/imgbench".to_owned(),
        filesystem: "ext4".to_owned(),
        mount_options: "rw,relatime,errors=remount-ro".to_owned(),
        appliance_memory: 512 << 20,
        environment: Vec::new(),
        guest_filesystem: "ext2".to_owned(),
    }
}

/// An ok run.
pub fn record(run: u32, block: u32, position: u32, cell: &str, seconds: f64) -> Record {
    let time = |seconds| Some(Duration::from_secs_f64(seconds));
    Record {
        run,
        block,
        position,
        cell: cell.to_owned(),
        image: cell.to_owned(),
        workload: "seqwrite".to_owned(),
        status: Status::Ok,
        error: String::new(),
        accel: "tcg".to_owned(),
        bytes: 256 << 20,
        prepare_s: time(0.04),
        launch_s: time(12.9),
        format_s: time(1.1),
        workload_s: time(seconds),
        sync_s: time(0.3),
        verify_s: time(2.2),
        shutdown_s: time(0.9),
        allocated_before: Some(196_616),
        allocated_after: Some(273_219_584),
        block_write_ops: Some(1042),
        block_write_bytes: Some(268_640_256),
        block_write_s: time(0.45),
        flush_ops: Some(2),
        host_write_bytes: None,
        started: "2025-01-31T12:00:00Z".to_owned(),
        clock_block_write_s: time(0.4),
        clock_block_write_bytes: Some(200_000_000),
        client_cpu_s: time(0.2),
        qemu_cpu_s: time(seconds),
        check_s: time(0.05),
        verified_chunks: Some(8),
        load_1m: Some(0.25),
        steal_percent: Some(0.0),
        other_cpu_percent: Some(1.5),
        cpu_pressure_percent: None,
        io_pressure_percent: None,
        disturbed_by: String::new(),
        boot: Some(run),
        chunks_crc32: None,
        metrics_crc32: None,
    }
}

/// A run that did not get through.
pub fn unsuccessful(record: &Record, status: Status, error: &str) -> Record {
    Record {
        status,
        error: error.to_owned(),
        workload_s: None,
        sync_s: None,
        verify_s: None,
        ..record.clone()
    }
}

/// 128 chunks of 2 MiB that take the time together, slower at first, with a wave.
pub fn chunks(run: u32, cell: &str, seconds: f64) -> Vec<ChunkRecord> {
    let weight = |chunk: u32| {
        let wave = ((chunk * 37 + run * 11) % 17) as f64 / 17.0;
        1.0 + 0.15 * wave + if chunk < 4 { 0.6 } else { 0.0 }
    };
    let total: f64 = (0..128).map(weight).sum();
    let cell: std::sync::Arc<str> = cell.into();
    let chunk = |chunk| ChunkRecord {
        run,
        cell: cell.clone(),
        chunk,
        offset: u64::from(chunk) * (2 << 20),
        seconds: Some(Duration::from_secs_f64(seconds * weight(chunk) / total)),
    };
    (0..128).map(chunk).collect()
}
