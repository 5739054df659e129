//! QEMU's monitor: what QEMU says of itself while it runs.
//!
//! Takes the path of the socket, yields replies as JSON. The subject may be tonight's QEMU, so a
//! reply is read for the few members that are needed and anything else may be new. (The crate
//! `qapi` has an enum of every event and panics on a closed socket.)

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};

use super::Failure;

/// A QEMU that is alive answers in milliseconds; one that is stopped never does.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Events and replies of a QEMU in its senses are far shorter.
const MAX_LINE: u64 = 16 << 20;

/// A connection in command mode.
pub(super) struct Qmp {
    replies: BufReader<UnixStream>,
}

/// The disk's member of `query-blockstats`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct BlockStats {
    pub(super) wr_operations: u64,
    pub(super) wr_bytes: u64,
    pub(super) wr_total_time_ns: u64,
    pub(super) rd_operations: u64,
    pub(super) rd_bytes: u64,
    pub(super) rd_total_time_ns: u64,
    pub(super) flush_operations: u64,
    pub(super) flush_total_time_ns: u64,
}

impl Qmp {
    pub(super) fn connect(socket: &Path) -> Result<Qmp, Failure> {
        let open = || {
            let stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            stream.set_write_timeout(Some(TIMEOUT))?;
            Ok(stream)
        };
        let stream = open().map_err(|error: std::io::Error| failure("connect", &error))?;
        let mut qmp = Qmp { replies: BufReader::new(stream) };
        qmp.line("greeting")?;
        qmp.execute("qmp_capabilities")?;
        Ok(qmp)
    }

    /// The reply to a command that takes no arguments.
    pub(super) fn execute(&mut self, command: &str) -> Result<Value, Failure> {
        self.execute_with(command, &json!({}))
    }

    /// The same of a command that may take long, as what the parent's deadlines permit.
    pub(super) fn execute_however_long(&mut self, command: &str) -> Result<Value, Failure> {
        let limit = |qmp: &Qmp, timeout| {
            let set = qmp.replies.get_ref().set_read_timeout(timeout);
            set.map_err(|error| failure(command, &error))
        };
        limit(self, None)?;
        let reply = self.execute(command)?;
        limit(self, Some(TIMEOUT))?;
        Ok(reply)
    }

    /// The reply to a command with its arguments.
    pub(super) fn execute_with(
        &mut self,
        command: &str,
        arguments: &Value,
    ) -> Result<Value, Failure> {
        let mut request = json!({ "execute": command, "arguments": arguments }).to_string();
        request.push('\n');
        let socket = self.replies.get_mut();
        socket.write_all(request.as_bytes()).map_err(|error| failure(command, &error))?;
        loop {
            let mut reply = self.line(command)?;
            if let Some(value) = reply.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = reply.get("error") {
                return Err(failure(command, error));
            }
        }
    }

    fn line(&mut self, command: &str) -> Result<Value, Failure> {
        use std::io::Read as _;
        let mut line = Vec::new();
        let limited = &mut (&mut self.replies).take(MAX_LINE);
        limited.read_until(b'\n', &mut line).map_err(|error| failure(command, &error))?;
        if line.is_empty() {
            return Err(failure(command, &"QEMU closed the connection"));
        }
        serde_json::from_slice(&line).map_err(|error| failure(command, &error))
    }
}

fn failure(command: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure(format!("QMP {command}: {why}"))
}

/// Whether QEMU executes the guest on the host's CPU: `query-kvm`.
pub(super) fn kvm_enabled(reply: &Value) -> Result<bool, Failure> {
    let enabled = reply.get("enabled").and_then(Value::as_bool);
    enabled.ok_or_else(|| failure("query-kvm", &"no member 'enabled'"))
}

/// The cache mode in effect, in the words of `-drive cache=`, from `query-block`.
pub(super) fn cache_mode(reply: &Value, device: &str) -> Result<String, Failure> {
    let entry = find(reply, device, "query-block")?;
    let cache = entry.pointer("/inserted/cache").cloned().unwrap_or_default();
    let flag = |name: &str| {
        let value = cache.get(name).and_then(Value::as_bool);
        value.ok_or_else(|| failure("query-block", &format!("{device} has no cache '{name}'")))
    };
    let (writeback, direct, no_flush) = (flag("writeback")?, flag("direct")?, flag("no-flush")?);
    let mode = match (writeback, direct, no_flush) {
        (true, false, false) => "writeback",
        (true, true, false) => "none",
        (false, false, false) => "writethrough",
        (false, true, false) => "directsync",
        (true, false, true) => "unsafe",
        _ => {
            return Ok(format!("writeback={writeback} direct={direct} no-flush={no_flush}"));
        }
    };
    Ok(mode.to_owned())
}

/// A limit of the device, 0 for none, from `query-block`; `member` is the limit's name there.
pub(super) fn limit(reply: &Value, device: &str, member: &str) -> Result<u64, Failure> {
    let limit = find(reply, device, "query-block")?.pointer(&format!("/inserted/{member}"));
    limit
        .and_then(Value::as_u64)
        .ok_or_else(|| failure("query-block", &format!("no member '{member}'")))
}

/// The driver that has the image open, from `query-block`.
pub(super) fn driver(reply: &Value, device: &str) -> Result<String, Failure> {
    word(reply, device, "drv")
}

/// What becomes of zeros, from `query-block`.
pub(super) fn detect_zeroes(reply: &Value, device: &str) -> Result<String, Failure> {
    word(reply, device, "detect_zeroes")
}

/// The guest's device that a drive is behind, from `query-block`.
pub(super) fn device(reply: &Value, drive: &str) -> Result<String, Failure> {
    let device = find(reply, drive, "query-block")?.get("qdev").and_then(Value::as_str);
    let nameless = || failure("query-block", &format!("{drive} is behind no device"));
    device.map(str::to_owned).ok_or_else(nameless)
}

/// Whether a drive is there, from `query-block`.
pub(super) fn has(reply: &Value, drive: &str) -> bool {
    find(reply, drive, "query-block").is_ok()
}

fn word(reply: &Value, device: &str, member: &str) -> Result<String, Failure> {
    let word = find(reply, device, "query-block")?.pointer(&format!("/inserted/{member}"));
    let word = word.and_then(Value::as_str).map(str::to_owned);
    word.ok_or_else(|| failure("query-block", &format!("no member '{member}'")))
}

/// Memory of the machine, bytes: `query-memory-size-summary`.
pub(super) fn memory(reply: &Value) -> Result<u64, Failure> {
    let bytes = reply.get("base-memory").and_then(Value::as_u64);
    bytes.ok_or_else(|| failure("query-memory-size-summary", &"no member 'base-memory'"))
}

/// Whether all of the machine's memory was taken of the host before it started: `query-memdev`.
pub(super) fn preallocated(reply: &Value) -> Result<bool, Failure> {
    let failed = |why: &str| failure("query-memdev", &why);
    let backends = reply.as_array().filter(|backends| !backends.is_empty());
    let of = |backend: &Value| backend.get("prealloc").and_then(Value::as_bool);
    let taken = backends.ok_or_else(|| failed("no memory in it"))?.iter().map(of);
    let taken: Option<Vec<bool>> = taken.collect();
    Ok(taken.ok_or_else(|| failed("no member 'prealloc'"))?.into_iter().all(|taken| taken))
}

/// CPUs of the machine: `query-cpus-fast`.
pub(super) fn cpus(reply: &Value) -> Result<u64, Failure> {
    let cpus = reply.as_array().map(|cpus| cpus.len() as u64);
    cpus.ok_or_else(|| failure("query-cpus-fast", &"it is no list"))
}

/// QEMU's version and package: `query-version`.
pub(super) fn version(reply: &Value) -> Result<String, Failure> {
    let number = |name: &str| reply.pointer(&format!("/qemu/{name}")).and_then(Value::as_u64);
    let (Some(major), Some(minor), Some(micro)) =
        (number("major"), number("minor"), number("micro"))
    else {
        return Err(failure("query-version", &"no version in it"));
    };
    let package = reply.get("package").and_then(Value::as_str).unwrap_or_default().trim();
    Ok(format!("{major}.{minor}.{micro} {package}").trim().to_owned())
}

/// QEMU's account of the device, from `query-blockstats`.
pub(super) fn block_stats(reply: &Value, device: &str) -> Result<BlockStats, Failure> {
    let stats = find(reply, device, "query-blockstats")?.get("stats").cloned().unwrap_or_default();
    serde_json::from_value(stats).map_err(|error| failure("query-blockstats", &error))
}

fn find<'a>(reply: &'a Value, device: &str, command: &str) -> Result<&'a Value, Failure> {
    let entries = reply.as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |entry: &&Value| entry.get("device").and_then(Value::as_str) == Some(device);
    entries.iter().find(named).ok_or_else(|| failure(command, &format!("no device '{device}'")))
}

#[cfg(test)]
mod tests {
    //! Against what QEMU 7.2 said, word for word.
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn reply(text: &str) -> Value {
        let value: Value = serde_json::from_str(text).unwrap();
        value.get("return").cloned().unwrap_or(value)
    }

    #[test]
    fn cache_modes_are_told_apart() {
        let mode = |text: &str| cache_mode(&reply(text), "hd0").unwrap();
        assert_eq!(mode(include_str!("../../testdata/qmp/query-block.json")), "writeback");
        assert_eq!(mode(include_str!("../../testdata/qmp/query-block-none.json")), "none");
        assert_eq!(
            mode(include_str!("../../testdata/qmp/query-block-directsync.json")),
            "directsync"
        );
    }

    #[test]
    fn a_drive_without_a_limit_has_limit_zero() {
        let said = reply(include_str!("../../testdata/qmp/query-block.json"));
        for known in crate::config::Limit::ALL {
            assert_eq!(limit(&said, "hd0", known.in_query_block()).unwrap(), 0);
        }
        assert_eq!(detect_zeroes(&said, "hd0").unwrap(), "off");
    }

    #[test]
    fn machine_and_version_are_read() {
        assert_eq!(
            memory(&json!({ "base-memory": 536870912, "plugged-memory": 0 })),
            Ok(512 << 20)
        );
        assert_eq!(cpus(&json!([{ "cpu-index": 0 }, { "cpu-index": 1 }])), Ok(2));
        let said =
            json!({ "qemu": { "micro": 22, "minor": 2, "major": 7 }, "package": "Debian 1" });
        assert_eq!(version(&said).unwrap(), "7.2.22 Debian 1");
        assert!(memory(&json!([])).is_err() && cpus(&json!({})).is_err());
        let taken = reply(include_str!("../../testdata/qmp/query-memdev.json"));
        assert_eq!(preallocated(&taken), Ok(true));
        assert_eq!(preallocated(&json!([taken[0], { "prealloc": false }])), Ok(false));
        assert_eq!(preallocated(&json!([])).unwrap_err().0, "QMP query-memdev: no memory in it");
        assert!(preallocated(&json!([{}])).is_err() && preallocated(&json!({})).is_err());
        assert_eq!(version(&json!({})).unwrap_err().0, "QMP query-version: no version in it");
    }

    #[test]
    fn the_account_is_of_the_device_that_was_asked_for() {
        let all = reply(include_str!("../../testdata/qmp/query-blockstats.json"));
        let image = block_stats(&all, "hd0").unwrap();
        assert!(image.wr_bytes > 0 && image.wr_operations > 0, "{image:?}");
        assert_ne!(block_stats(&all, "appliance").unwrap(), image);
    }

    #[test]
    fn kvm_is_said_by_qemu() {
        let said = reply(include_str!("../../testdata/qmp/query-kvm.json"));
        assert!(!kvm_enabled(&said).unwrap());
    }

    #[test]
    fn what_is_missing_in_a_reply_is_named() {
        let said = |result: Result<String, Failure>| result.unwrap_err().0;
        assert_eq!(said(cache_mode(&json!([]), "hd0")), "QMP query-block: no device 'hd0'");
        let bare = json!([{ "device": "hd0" }]);
        assert_eq!(said(cache_mode(&bare, "hd0")), "QMP query-block: hd0 has no cache 'writeback'");
        assert_eq!(
            block_stats(&json!([{ "device": "hd0", "stats": { "wr_bytes": -1 } }]), "hd0")
                .unwrap_err()
                .0,
            "QMP query-blockstats: invalid value: integer `-1`, expected u64"
        );
        assert_eq!(kvm_enabled(&json!({})).unwrap_err().0, "QMP query-kvm: no member 'enabled'");
    }

    /// Tonight's QEMU may say anything.
    #[test]
    fn anything_qemu_says_is_a_value_or_a_failure() {
        let seeds: [&[u8]; 6] = [
            include_bytes!("../../testdata/qmp/query-block.json"),
            include_bytes!("../../testdata/qmp/query-blockstats.json"),
            include_bytes!("../../testdata/qmp/query-kvm.json"),
            include_bytes!("../../testdata/qmp/query-version.json"),
            include_bytes!("../../testdata/qmp/query-memdev.json"),
            br#"{"return": {"base-memory": 536870912, "plugged-memory": 0}}"#,
        ];
        let mut understood = 0;
        crate::fuzz::hold(2000, &seeds, |line| {
            let Ok(mut reply) = serde_json::from_slice::<Value>(line) else { return };
            let said = reply.get_mut("return").map(Value::take).unwrap_or(reply);
            let words = [cache_mode, driver, detect_zeroes].map(|of| of(&said, "hd0"));
            let limits = crate::config::Limit::ALL.iter();
            let limits = limits.map(|of| limit(&said, "hd0", of.in_query_block()));
            understood += words.iter().filter(|word| word.is_ok()).count();
            understood += limits.filter(Result::is_ok).count();
            understood += usize::from(block_stats(&said, "hd0").is_ok());
            understood += usize::from(kvm_enabled(&said).is_ok());
            understood += usize::from(version(&said).is_ok());
            understood += usize::from(preallocated(&said).is_ok());
            understood += [memory(&said), cpus(&said)].iter().filter(|of| of.is_ok()).count();
        });
        assert!(understood > 100, "only {understood} values were understood");
    }

    /// A QEMU that talks of events between replies, and one that hangs up.
    #[test]
    fn events_are_passed_over_and_a_closed_connection_is_a_failure() {
        use std::{os::unix::net::UnixListener, thread};
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("qmp");
        let listener = UnixListener::bind(&socket).unwrap();
        let qemu = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let said = concat!(
                r#"{"QMP": {"version": {}, "capabilities": []}}"#,
                "\n",
                r#"{"return": {}}"#,
                "\n",
                r#"{"event": "TONIGHTS_NEW_EVENT", "data": {}}"#,
                "\n",
                r#"{"return": {"enabled": true, "present": true}}"#,
                "\n",
                r#"{"error": {"class": "CommandNotFound", "desc": "no such command"}}"#,
                "\n"
            );
            stream.write_all(said.as_bytes()).unwrap();
            stream
        });
        let mut qmp = Qmp::connect(&socket).unwrap();
        assert!(kvm_enabled(&qmp.execute("query-kvm").unwrap()).unwrap());
        let error = qmp.execute("query-nothing").unwrap_err().0;
        assert!(error.starts_with("QMP query-nothing: ") && error.contains("no such command"));
        drop(qemu.join().unwrap());
        assert!(qmp.execute("query-kvm").is_err());
    }
}
