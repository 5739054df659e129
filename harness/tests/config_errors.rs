//! One snapshot for each thing that can be wrong in a config: file, line, column, value, what is
//! permitted, what to do; exit code 2; nothing written.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use assert_cmd::Command;

const GOOD: &str = include_str!("../../configs/default.toml");

/// What imgbench says of a config, and that it says it as it should.
fn complaint(config: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bad.toml"), config).unwrap();
    run_in(directory.path(), &["run", "bad.toml", "--out", "out"])
}

fn run_in(directory: &Path, arguments: &[&str]) -> String {
    let before = fs::read_dir(directory).unwrap().count();
    let output = Command::cargo_bin("imgbench")
        .unwrap()
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(fs::read_dir(directory).unwrap().count(), before, "something was written");
    assert!(output.stdout.is_empty());
    said
}

/// The default config with one text replaced.
fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    complaint(GOOD.replacen(old, new, 1).as_bytes())
}

/// The default config with fio in place of its workload.
fn fio(keys: &str) -> String {
    let (before, rest) = GOOD.split_once("kind = ").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    complaint(format!("{before}kind = \"fio\"\n{keys}\n\n{after}").as_bytes())
}

/// How much is free differs from machine to machine and from moment to moment.
fn without_what_is_free(said: &str) -> String {
    let (before, after) = said.split_once(" needed, ").unwrap();
    let (_, after) = after.split_once(" free;").unwrap();
    format!("{before} needed, [so much] free;{after}")
}

macro_rules! complaints {
    ($($name:ident: $said:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), $said);
        }
    )*};
}

complaints! {
    unknown_key: with("runs = 3", "runs = 3\nrun = 4");
    unknown_key_in_an_image: with("format = \"raw\"", "format = \"raw\"\ncluster = 1");
    missing_key: with("runs = 3\n", "");
    missing_key_in_an_image: with("size = \"300M\"\n", "");
    wrong_type: with("runs = 3", "runs = \"three\"");
    negative_number: with("runs = 3", "runs = -3");
    size_without_quotes: with("size = \"300M\"", "size = 300");
    not_a_size: with("size = \"300M\"", "size = \"300MB\"");
    size_that_is_no_multiple_of_512: with("size = \"300M\"", "size = \"314572801\"");
    size_zero: with("size = \"300M\"", "size = \"0\"");
    duplicate_image_name: with("name = \"sparse-qcow2\"", "name = \"sparse-raw\"");
    empty_image_name: with("name = \"sparse-raw\"", "name = \"\"");
    image_name_with_a_slash: with("name = \"sparse-raw\"", "name = \"sparse/raw\"");
    image_name_with_a_line_feed: with("name = \"sparse-raw\"", "name = \"sparse\\nraw\"");
    unknown_format: with("format = \"qcow2\"", "format = \"qcow3\"");
    unknown_preallocation: with("preallocation = \"metadata\"", "preallocation = \"some\"");
    preallocation_of_another_format: with("preallocation = \"falloc\"", "preallocation = \"metadata\"");
    zero_runs: with("runs = 3", "runs = 0");
    too_many_runs: with("runs = 3", "runs = 100000");
    unknown_accel: with("runs = 3", "runs = 3\naccel = \"hvf\"");
    unknown_boot: with("runs = 3", "runs = 3\nboot = \"once\"");
    unknown_filesystem: with("\"ext2\"", "\"ntfs\"");
    mount_options_that_are_none: with("runs = 3", "runs = 3\nmount_options = \"-o sync\"");
    unknown_workload: with("\"file-write\"", "\"file-read\"");
    unknown_data: with("chunk = \"2M\"", "chunk = \"2M\"\ndata = \"ones\"");
    unknown_appliance: with("[workload]", "[appliance]\nkind = \"fast\"\n\n[workload]");
    unknown_verify: with("chunk = \"2M\"", "chunk = \"2M\"\nverify = \"none\"");
    workload_that_does_not_fit: with("bytes = \"256M\"", "bytes = \"290M\"");
    bytes_not_a_multiple_of_the_chunk: with("bytes = \"256M\"", "bytes = \"255M\"");
    too_many_chunks: with("bytes = \"256M\"\nchunk = \"2M\"", "bytes = \"4G\"\nchunk = \"1K\"");
    seed_below_zero: with("runs = 3", "runs = 3\nseed = -1");
    chunk_zero: with("chunk = \"2M\"", "chunk = \"0\"");
    chunk_too_large: with("chunk = \"2M\"", "chunk = \"4M\"");
    path_that_is_no_file_at_the_root: with("path = \"/test\"", "path = \"/a/../b\"");
    relative_directory: with("runs = 3", "runs = 3\ndirectory = \"images\"");
    directory_that_is_not_there: with("runs = 3", "runs = 3\ndirectory = \"/nowhere/images\"");
    directory_that_cannot_be_written: with("runs = 3", "runs = 3\ndirectory = \"/proc\"");
    not_enough_disk: without_what_is_free(&with(
        "size = \"300M\"\npreallocation = \"falloc\"",
        "size = \"9000000G\"\npreallocation = \"falloc\"",
    ));
    not_enough_memory: without_what_is_free(&with(
        "[workload]",
        "[appliance]\nmemory = \"900T\"\n\n[workload]",
    ));
    too_little_memory: with("[workload]", "[appliance]\nmemory = \"64M\"\n\n[workload]");
    no_cpus: with("[workload]", "[appliance]\ncpus = 0\n\n[workload]");
    deadline_that_is_no_time: with("[workload]", "[deadlines]\nlaunch = \"soon\"\n\n[workload]");
    nightly_with_too_few_blocks: with("[workload]", "[nightly]\nblocks = 5\n\n[workload]");
    nightly_with_a_qemu_that_is_not_there: with("[workload]", "[nightly]\nlast_good = \"qemu\"\n\n[workload]");
    no_image: complaint(
        b"runs = 1\nfilesystem = \"ext2\"\nimage = []\n[workload]\nkind = \"file-write\"\npath = \"/t\"\nbytes = \"2M\"\nchunk = \"2M\"\n"
    );
    unknown_factor: with("[workload]", "[factors]\ncaches = \"none\"\n\n[workload]");
    unknown_level: with("[workload]", "[factors]\ncache = [\"writeback\", \"back\"]\n\n[workload]");
    level_named_twice: with("[workload]", "[factors]\naio = [\"threads\", \"threads\"]\n\n[workload]");
    factor_without_a_level: with("[workload]", "[factors]\naio = []\n\n[workload]");
    levels_that_need_names: with(
        "[workload]",
        "[factors]\ndirectory = [\"/var/tmp\", \"/dev/shm\"]\n\n[workload]"
    );
    level_that_is_no_limit: with("[workload]", "[factors]\nthrottling = \"bps=1M\"\n\n[workload]");
    limits_that_do_not_go_together: with(
        "[workload]",
        "[factors]\nthrottling = \"bps-total=1M,bps-write=2M\"\n\n[workload]"
    );
    limit_beyond_qemus: with("[workload]", "[factors]\nthrottling = \"bps-write=9000000T\"\n\n[workload]");
    second_pass_of_a_read: complaint(
        GOOD.replace("kind = \"file-write\"", "kind = \"read\"\ncaches = \"cold\"")
            .replacen("format = \"raw\"", "format = \"raw\"\nstate = \"written\"", 1)
            .as_bytes()
    );
    qemu_that_is_not_there: with("[workload]", "[factors]\nqemu = \"/nowhere/qemu\"\n\n[workload]");
    filesystem_given_twice: with("[workload]", "[factors]\nfilesystem = \"xfs\"\n\n[workload]");
    size_given_twice: with("[workload]", "[factors]\nsize = [\"300M\", \"1G\"]\n\n[workload]");
    compare_that_is_no_factor: with("runs = 3", "runs = 3\ncompare = \"cache\"");
    impossible_image: with("[workload]", "[factors]\naio = \"native\"\n\n[workload]");
    file_without_a_filesystem: with("filesystem = \"ext2\"\n", "");
    option_of_another_format: with("format = \"raw\"", "format = \"raw\"\ncluster_size = \"64K\"");
    option_out_of_range: with("format = \"qcow2\"", "format = \"qcow2\"\ncluster_size = \"3M\"");
    options_that_do_not_go_together: with(
        "format = \"qcow2\"",
        "format = \"qcow2\"\nextended_l2 = true\ncluster_size = \"4K\""
    );
    backing_that_is_no_table: with("format = \"qcow2\"", "format = \"qcow2\"\nbacking = \"base\"");
    backing_of_another_format: with(
        "format = \"qcow2\"",
        "format = \"qcow2\"\nbacking = { filled = \"all\", format = \"vdi\" }"
    );
    unknown_state: with("format = \"qcow2\"", "format = \"qcow2\"\nstate = \"used\"");
    key_of_another_workload: with("chunk = \"2M\"", "chunk = \"2M\"\ncaches = \"cold\"");
    workloads_without_names: with(
        "[workload]\n",
        "[[workload]]\nkind = \"create\"\n\n[[workload]]\n"
    );
    fio_without_a_job: fio("");
    fio_job_that_names_its_file: fio("job = { rw = \"read\", size = \"1m\", filename = \"/dev/sdb\" }");
    fio_job_without_size: fio("job = { rw = \"read\" }");
    fio_job_file_that_is_not_there: fio("job_file = \"missing.fio\"");
    fio_metric_that_there_is_not: fio("job = { rw = \"read\", size = \"1m\" }\nmetric = \"speed\"");
    no_toml: complaint(b"runs = = 3\n");
    empty_file: complaint(b"");
    not_utf8: complaint(b"runs = 3 # caf\xe9\n");
    no_such_config: run_in(tempfile::tempdir().unwrap().path(), &["run", "missing.toml"]);
    config_is_a_directory: run_in(tempfile::tempdir().unwrap().path(), &["run", "/"]);
    only_matches_nothing: {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("good.toml"), GOOD).unwrap();
        run_in(directory.path(), &["run", "good.toml", "--only", "vmdk*"])
    };
    only_is_no_glob: {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("good.toml"), GOOD).unwrap();
        run_in(directory.path(), &["run", "good.toml", "--only", "[a"])
    };
    zero_runs_on_the_command_line: run_in(
        tempfile::tempdir().unwrap().path(),
        &["run", "good.toml", "--runs", "0"]
    );
    output_directory_that_is_not_empty: {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("good.toml"), GOOD).unwrap();
        fs::create_dir(directory.path().join("out")).unwrap();
        fs::write(directory.path().join("out/precious"), "").unwrap();
        run_in(directory.path(), &["run", "good.toml", "--out", "out"])
    };
    resume_of_what_is_no_experiment: run_in(
        tempfile::tempdir().unwrap().path(),
        &["run", "--resume", "."]
    );
}

#[test]
fn every_config_in_the_repository_is_good_and_opens_with_a_question() {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let mut found = 0;
    for entry in fs::read_dir(configs).unwrap() {
        let path = entry.unwrap().path();
        let config = imgbench::config::Config::load(&path).unwrap();
        assert!(config.question.ends_with('?'), "{}: {}", path.display(), config.question);
        found += 1;
    }
    assert!(found >= 1);
}

/// What README shows as all there is to say must be what the program takes.
#[test]
fn the_config_in_the_readme_is_good_with_every_line_uncommented() {
    let readme = include_str!("../../README.md");
    let text = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.contains(" = ") || key.starts_with('[') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    // The pieces further on, put into the same config.
    let more: Vec<_> = readme.split("```toml\n").skip(2).collect();
    assert_eq!(more.len(), 2, "an image with options, and all factors");
    let more = more.iter().map(|text| text.split("```").next().unwrap());
    let without_sizes = text.replace("size = \"300M\"", "").replace("filesystem = ", "# ");
    let with_more = without_sizes.replace("format = \"raw\"", "format = \"qcow2\"")
        + &more.map(|text| text.replace("size = \"256M\"\n", "")).collect::<String>();
    for text in [text.to_owned(), uncommented, with_more] {
        let parsed =
            imgbench::config::Config::parse("README.md", "readme".to_owned(), text, &|_| {
                Err("no file".to_owned())
            });
        parsed.map_err(|error| error.render()).unwrap();
    }
}
