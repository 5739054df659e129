//! Each reason why an experiment is not read is one message: file, line, column, value, what is
//! permitted, what to do.

mod sample;

use std::{error::Error, fs};

use reports::record::{ChunksWriter, Experiment, RunsWriter};

/// The message for an experiment of two cells and two runs, one file of which was changed.
fn message(file: &str, change: impl FnOnce(String) -> Vec<u8>) -> Result<String, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut experiment =
        sample::experiment(&[("raw", "raw", "cmd", 1.0), ("qcow2", "qcow2", "cmd", 2.0)]);
    experiment.manifest.config = String::new();
    experiment.manifest.write(&directory.path().join("experiment.toml"))?;
    let mut runs = RunsWriter::create(&directory.path().join("runs.csv"))?;
    let mut chunks = ChunksWriter::create(&directory.path().join("chunks.csv"))?;
    for record in &experiment.runs[..2] {
        chunks.append(record.run, &record.cell, 4096, &[std::time::Duration::from_secs(1); 2])?;
        runs.append(record)?;
    }
    let path = directory.path().join("experiment.toml");
    let text = fs::read_to_string(&path)?;
    // Without its checksum, which would be the first to refuse.
    fs::write(&path, text.split_once('\n').ok_or("one line")?.1)?;
    let path = directory.path().join(file);
    let bytes = change(fs::read_to_string(&path)?);
    fs::write(&path, bytes)?;
    let error = Experiment::load(directory.path()).expect_err("refused");
    Ok(error.to_string().replace(&*directory.path().to_string_lossy(), "DIR"))
}

/// A test of one message: the file, the text replaced in it once, what replaces it, the message.
macro_rules! refused {
    ($name:ident, $file:literal, $old:literal => $new:literal, @$message:literal) => {
        #[test]
        fn $name() -> Result<(), Box<dyn Error>> {
            let message = message($file, |text| {
                assert!(text.contains($old), "nothing to replace in {text}");
                text.replacen($old, $new, 1).into_bytes()
            })?;
            insta::assert_snapshot!(message, @$message);
            Ok(())
        }
    };
}

#[test]
fn no_experiment() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let error = Experiment::load(&directory.path().join("nowhere")).expect_err("refused");
    let message = error.to_string().replace(&*directory.path().to_string_lossy(), "DIR");
    insta::assert_snapshot!(message, @"DIR/nowhere: no experiment.toml here; give the directory that `imgbench run` wrote");
    Ok(())
}

#[test]
fn no_runs_file() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    sample::of_2010().manifest.write(&directory.path().join("experiment.toml"))?;
    let error = Experiment::load(directory.path()).expect_err("refused");
    let message = error.to_string().replace(&*directory.path().to_string_lossy(), "DIR");
    insta::assert_snapshot!(message, @"DIR/runs.csv: No such file or directory (os error 2)");
    Ok(())
}

#[test]
fn not_utf8() -> Result<(), Box<dyn Error>> {
    let spoil =
        |text: String| text.replacen("tcg", "t\u{0}g", 1).replace('\u{0}', "~").into_bytes();
    let latin1 = |text: String| {
        let mut bytes = spoil(text);
        let at = bytes.iter().position(|&byte| byte == b'~').expect("spoiled");
        bytes[at] = 0xe4;
        bytes
    };
    insta::assert_snapshot!(message("runs.csv", latin1)?, @"DIR/runs.csv:2: not UTF-8; restore the file from where it was copied");
    insta::assert_snapshot!(message("experiment.toml", latin1)?, @"DIR/experiment.toml:26: not UTF-8; restore the file from where it was copied");
    Ok(())
}

refused!(newer_schema, "experiment.toml", "schema = 2" => "schema = 3", @"DIR/experiment.toml: written by a newer imgbench: schema 3, this one reads up to 2; read it with that imgbench");
refused!(no_schema, "experiment.toml", "schema = 2\n" => "", @"DIR/experiment.toml:1: missing field `schema`; is this a file that imgbench wrote?");
refused!(not_toml, "experiment.toml", "seed = 42" => "seed = = 42", @"DIR/experiment.toml:6: extra `=`, expected nothing; is this a file that imgbench wrote?");
refused!(missing_key, "experiment.toml", "seed = 42\n" => "", @"DIR/experiment.toml:1: missing field `seed`; is this a file that imgbench wrote?");
refused!(wrong_type, "experiment.toml", "seed = 42" => "seed = \"many\"", @r#"DIR/experiment.toml:6: invalid type: string "many", expected u64; is this a file that imgbench wrote?"#);
refused!(unknown_control, "experiment.toml", "control = \"raw\"" => "control = \"rat\"", @r#"DIR/experiment.toml: control: no cell is named "rat""#);
refused!(unknown_cell_in_order, "experiment.toml", "order = [[\"raw\"" => "order = [[\"rat\"", @r#"DIR/experiment.toml: order: no cell is named "rat""#);
refused!(cell_named_twice, "experiment.toml", "name = \"qcow2\"" => "name = \"raw\"", @r#"DIR/experiment.toml: two cells are named "raw"; names must differ"#);

refused!(missing_column, "runs.csv", "workload_s" => "workload_ms", @"DIR/runs.csv:1: no column 'workload_s' in the header; is this a file that imgbench wrote?");
refused!(fields_missing, "runs.csv", "1,1,1,raw" => "1,1,raw", @"DIR/runs.csv:2: 40 fields where the header has 41; mend or remove the line");
refused!(run_is_no_number, "runs.csv", "1,1,1,raw" => "one,1,1,raw", @r#"DIR/runs.csv:2: column 'run': "one": a whole number, 0 or more, is permitted"#);
refused!(run_outside_the_plan, "runs.csv", "1,1,1,raw" => "7,1,1,raw", @r#"DIR/runs.csv:2: column 'run': "7": experiment.toml plans the runs 1 to 6"#);
refused!(run_zero, "runs.csv", "1,1,1,raw" => "0,1,1,raw", @r#"DIR/runs.csv:2: column 'run': "0": experiment.toml plans the runs 1 to 6"#);
refused!(run_contradicts_the_plan, "runs.csv", "1,1,1,raw" => "1,1,1,qcow2", @r#"DIR/runs.csv:2: run 1 is block 1, position 1, cell "qcow2" here, and block 1, position 1, cell "raw" in experiment.toml; do the files belong together?"#);
refused!(run_twice, "runs.csv", "2,1,2,qcow2" => "1,1,1,raw", @"DIR/runs.csv:3: run 1 is already in line 2, with status ok; only an interrupted run is done again, so remove the line that does not belong");
refused!(unknown_status, "runs.csv", ",ok," => ",okay,", @r#"DIR/runs.csv:2: column 'status': "okay": permitted are ok, failed, timeout, interrupted"#);
refused!(negative_time, "runs.csv", ",1.000000000," => ",-1.0,", @r#"DIR/runs.csv:2: column 'workload_s': "-1.0": seconds are permitted: finite, 0 or more"#);
refused!(time_not_a_number, "runs.csv", ",1.000000000," => ",NaN,", @r#"DIR/runs.csv:2: column 'workload_s': "NaN": seconds are permitted: finite, 0 or more"#);
refused!(time_is_text, "runs.csv", ",12.900000000," => ",\"a while\n\",", @r#"DIR/runs.csv:2: column 'launch_s': "a while\n": seconds are permitted: finite, 0 or more"#);
refused!(time_of_an_ok_run_missing, "runs.csv", ",1.000000000," => ",,", @r#"DIR/runs.csv:2: column 'workload_s': "": an ok run needs a time above 0"#);
refused!(time_of_an_ok_run_zero, "runs.csv", ",1.000000000," => ",0,", @r#"DIR/runs.csv:2: column 'workload_s': "0": an ok run needs a time above 0"#);
refused!(negative_bytes, "runs.csv", "268435456" => "-1", @r#"DIR/runs.csv:2: column 'bytes': "-1": a whole number, 0 or more, is permitted"#);
refused!(load_is_infinite, "runs.csv", ",0.25," => ",inf,", @r#"DIR/runs.csv:2: column 'load_1m': "inf": a finite number, 0 or more, is permitted"#);

refused!(chunk_column_missing, "chunks.csv", "offset" => "place", @"DIR/chunks.csv:1: no column 'offset' in the header; is this a file that imgbench wrote?");
refused!(chunk_of_another_cell, "chunks.csv", "1,raw,0" => "1,qcow2,0", @r#"DIR/chunks.csv:2: column 'cell': "qcow2": run 1 is of cell "raw" in runs.csv"#);
refused!(chunk_out_of_order, "chunks.csv", "1,raw,1" => "1,raw,2", @r#"DIR/chunks.csv:3: column 'chunk': "2": the next chunk of run 1 here is 1 or 0"#);
refused!(chunk_time_negative, "chunks.csv", "1.000000000" => "-0.1", @r#"DIR/chunks.csv:2: column 'seconds': "-0.1": seconds are permitted: finite, 0 or more"#);
