# imgbench: `make run` and `make test` are all that a new machine needs.

.PHONY: run test setup lint bench bench-boots bench-history bench-otava validate validate-nights real-nights memcheck soak fuzz deny

# The experiment of 2010 on this machine. Packages that are missing are installed first.
run: setup
	cargo build --release --locked
	target/release/imgbench run configs/default.toml

# Every test, those on real appliances included. The feature is the simulated appliance, which the
# tests of the pipeline need and `make run` never builds.
test:
	@harness/setup.sh tests
	cargo test --workspace --all-features --locked

# Installs what is missing, and nothing else.
setup:
	@harness/setup.sh

# Formatting, lints and documentation, as CI demands them.
lint: setup
	cargo fmt --all --check
	rustfmt --edition 2024 --check image-prep/src/format/*.rs harness/src/workload/*.rs # declared by a macro, which cargo fmt does not look into
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked

# imgbench beside the same loop in C and in Perl, what the default experiment costs in each way of
# booting beside the Perl loop, and how imgbench bears thousands of cells: an hour under TCG.
bench:
	@harness/setup.sh bench
	cargo bench --locked -p imgbench --bench overhead
	cargo bench --locked -p imgbench --bench overhead -- --modes
	cargo bench --locked -p imgbench --bench scale

# Whether booting ahead, sharing a boot and the lean appliance change what is measured: an hour
# under TCG.
bench-boots: setup
	cargo bench --locked -p imgbench --bench duet -- waiting
	cargo bench --locked -p imgbench --bench duet -- shared
	cargo bench --locked -p imgbench --bench duet -- lean

# What the statistics promise, held against simulation.
validate:
	cargo run --release --locked -p reports --example validate

# The same of the nightly gate and of change points.
validate-nights:
	cargo run --release --locked -p reports --example nights

# Ten real nights and an eleventh whose QEMU is slower by 20 %: half an hour under TCG, on a quiet machine.
real-nights: setup
	cargo build --release --locked
	harness/nights/run.sh target/release/imgbench target/real-nights

# Change points beside Apache Otava, which is installed below target/ (needs python3 with venv).
OTAVA := target/otava
bench-otava: $(OTAVA)/bin/otava
	cargo build --release --locked -p reports --example detect_csv
	cargo run --release --locked -p reports --example otava -- $(abspath $<) > reports/testdata/otava.md

$(OTAVA)/bin/otava:
	python3 -m venv $(OTAVA)
	$(OTAVA)/bin/pip install --quiet apache-otava==0.8.0

# How the history grows, up to ten years of nights, and whether it keeps its limits: some minutes, and up
# to 2 GB in /var/tmp.
bench-history:
	cargo run --release --locked -p imgbench --example history_scale -- --svg reports/testdata/history_scale.svg 400 1000 2000 3650 > reports/testdata/history_scale.md

# The binding to libguestfs under Valgrind, one boot included: half a minute.
memcheck:
	@harness/setup.sh memcheck
	CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect --error-exitcode=1" \
	  cargo test --locked -p imgbench --lib --all-features guestfs::tests -- --test-threads=1

# 200 simulated experiments and 30 real runs: what stays, and what grows.
soak: setup
	IMGBENCH_SOAK_EXPERIMENTS=200 IMGBENCH_SOAK_REAL_RUNS=30 \
	  cargo test --release --locked -p imgbench --all-features --test soak -- --nocapture

# A million inputs for each parser: a quarter of an hour.
fuzz:
	FUZZ_INPUTS=1000000 cargo test --release --all-features --locked -p reports --test hostile_files
	FUZZ_INPUTS=1000000 cargo test --release --all-features --locked -p imgbench --lib anything_

# Licences and sources of what we depend on, by cargo-deny; `cargo deny check advisories` needs the network.
deny:
	cargo deny --offline check licenses bans sources
