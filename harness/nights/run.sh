#!/bin/bash
# The nightly job as it is meant to be used, in half an hour: ten nights of nights.toml on this machine, and
# an eleventh on which QEMU's qcow2 is slower by 20 %. Prints each night's exit status, and the last
# night's verdict.
#
# Usage: run.sh IMGBENCH DIRECTORY. All nights use one path of QEMU, whose eleventh "build" is slower: a
# wrapper that loads slow_flush.c as soon as there is a file that says by how much.
set -euo pipefail

imgbench=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
mkdir -p "$2"
cd "$2"
cc -O2 -Wall -Wextra -Werror -shared -fPIC -o slow_flush.so "$here/slow_flush.c" -ldl
cat > qemu <<WRAPPER
#!/bin/sh
if test -s "$PWD/slow_us"; then
    SLOW_US=\$(cat "$PWD/slow_us") LD_PRELOAD="$PWD/slow_flush.so" exec qemu-system-x86_64 "\$@"
fi
exec qemu-system-x86_64 "\$@"
WRAPPER
chmod +x qemu
export LIBGUESTFS_HV=$PWD/qemu

night() { # number
    local status=0
    "$imgbench" nightly "$here/nights.toml" --history history.db --out "night-$1" > "night-$1.log" 2>&1 || status=$?
    echo "night $1: exit $status"
}

for number in 01 02 03 04 05 06 07 08 09 10; do
    night $number
done
# A fifth of what fio takes, for each flush of the guest's.
seconds=$(awk -F, '$2 == "metadata-qcow2" && $3 == "runtime_s" { sum += $6 } END { print sum }' night-*/metrics.csv)
flushes=$(awk -F, '$4 == "metadata-qcow2" && $7 == "ok" { sum += $23 } END { print sum }' night-*/runs.csv)
awk "BEGIN { printf \"%.0f\\n\", 1e6 * 0.2 * $seconds / $flushes }" > slow_us
echo "from here each flush of a qcow2 image takes $(cat slow_us) microseconds more"
night 11
cat night-11/nightly.txt
