#!/bin/sh
# Installs the packages imgbench needs and does not find. Where nothing is missing it starts no
# package manager at all.
#
#   harness/setup.sh          what building and running need
#   harness/setup.sh tests    and what the tests hold imgbench against (PostgreSQL,
#                             Chromium, systemd)
#   harness/setup.sh bench    and what `make bench` compares with (headers for C, the Perl binding)
#   harness/setup.sh memcheck and Valgrind
#   harness/setup.sh --list   only prints what is missing, one name a line
set -eu

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

want_bench=no
want_tests=no
want_memcheck=no
list_only=no
for arg in "$@"; do
    case $arg in
        bench) want_bench=yes ;;
        tests) want_tests=yes ;;
        memcheck) want_memcheck=yes ;;
        --list) list_only=yes ;;
        *) die "unknown argument '$arg' (permitted: bench, memcheck, tests, --list)" ;;
    esac
done

root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "installing needs root: run 'harness/setup.sh' as root, or install sudo"
    fi
}

# The appliance boots a kernel of the host; any readable one with its modules will do.
kernel_present() {
    for image in /boot/vmlinuz-* /lib/modules/*/vmlinuz; do
        version=${image##*/vmlinuz-}
        [ "$version" != "$image" ] || version=$(basename "$(dirname "$image")")
        [ -e "$image" ] && [ -d "/lib/modules/$version/kernel" ] && return 0
    done
    return 1
}

debian_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c2)" = i ]
}

debian_missing() {
    for package in gcc libc6-dev libguestfs0 supermin qemu-system-x86 qemu-utils libnbd-bin \
        fio xfsprogs btrfs-progs $1; do
        # Later releases add t64 to the names of some libraries, which provide the old names.
        debian_installed "$package" || debian_installed "${package}t64" || echo "$package"
    done
    kernel_present || echo linux-image-amd64
}

debian_candidate() {
    apt-cache policy "$1" | sed -n 's/^  Candidate: //p'
}

debian() {
    extra=
    [ "$want_bench" = no ] || extra="libguestfs-dev pkg-config libguestfs-perl"
    # The tests start servers of their own; the distribution's cluster is not needed.
    [ "$want_tests" = no ] || extra="$extra postgresql chromium chromium-driver systemd"
    [ "$want_memcheck" = no ] || extra="$extra valgrind"
    missing=$(debian_missing "$extra")
    if [ "$list_only" = yes ]; then
        [ -z "$missing" ] || echo "$missing"
        return
    fi
    [ -n "$missing" ] || return 0
    say "installing: $(echo $missing)"
    root apt-get update -q

    # A qemu-utils newer than the archive's QEMU (backports) breaks qemu-system-x86, so both are
    # brought to the one version that the archive has for the emulator.
    options=
    version=$(debian_candidate qemu-system-x86)
    utils=$(dpkg-query -W -f '${Version}' qemu-utils 2>/dev/null || true)
    if echo "$missing" | grep -qx qemu-system-x86 && [ -n "$utils" ] && [ "$utils" != "$version" ]; then
        say "qemu-utils $utils does not go with qemu-system-x86 $version: bringing both to $version"
        missing="$(echo "$missing" | grep -vx -e qemu-system-x86 -e qemu-utils || true)
qemu-system-x86=$version
qemu-utils=$version"
        options=--allow-downgrades
    fi
    # shellcheck disable=SC2086  # a list of words is meant
    root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $options $missing
}

# Names from Fedora's package database; untested.
fedora() {
    missing=
    extra=
    [ "$want_bench" = no ] || extra="libguestfs-devel pkgconf-pkg-config perl-Sys-Guestfs"
    [ "$want_tests" = no ] || extra="$extra postgresql-server chromium chromedriver systemd"
    [ "$want_memcheck" = no ] || extra="$extra valgrind"
    for package in gcc libguestfs supermin qemu-system-x86-core qemu-img libnbd kernel-core \
        fio xfsprogs btrfs-progs $extra; do
        rpm -q "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    if [ "$list_only" = yes ]; then
        # shellcheck disable=SC2086
        [ -z "$missing" ] || printf '%s\n' $missing
        return
    fi
    [ -n "$missing" ] || return 0
    say "installing:$missing (Fedora is untested)"
    # shellcheck disable=SC2086
    root dnf install -y $missing
}

if command -v dpkg-query >/dev/null 2>&1; then
    debian
elif command -v rpm >/dev/null 2>&1; then
    fedora
else
    die "neither dpkg nor rpm found: install libguestfs, supermin, QEMU for x86, qemu-img and a C compiler by hand"
fi
