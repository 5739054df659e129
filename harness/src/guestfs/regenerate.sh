#!/bin/sh
# Writes ffi.rs anew from the installed guestfs.h. Needed only when a function is added to the list
# below; building imgbench never runs it.
#
#   apt-get install libguestfs-dev pkg-config libclang-14-dev && cargo install bindgen-cli --version 0.73.2
#   harness/src/guestfs/regenerate.sh
set -eu
cd "$(dirname "$0")"

functions='create_flags|parse_environment|close|set_error_handler|last_error|last_errno'
functions="$functions|set_event_callback|version|free_version"
functions="$functions|set_(autosync|backend|backend_setting|cachedir|hv|memsize|network|path|pgroup)"
functions="$functions|set_(recovery_proc|smp|tmpdir|trace|verbose)|clear_backend_setting"
functions="$functions|config|add_drive_opts_argv|launch|get_append|set_append|get_hv|get_pid|get_sockdir|shutdown"
functions="$functions|mkfs_opts_argv|mount|mount_options|umount_all|touch|sync"
functions="$functions|pwrite|pwrite_device|pread|pread_device|statvfs|free_statvfs"
functions="$functions|blockdev_getsize64|list_devices|debug|utsname|free_utsname|feature_available"

types='h|error_handler_cb|event_callback|version|statvfs|utsname'
types="$types|add_drive_opts_argv|mkfs_opts_argv"

constants='CREATE_NO_ENVIRONMENT|CREATE_NO_CLOSE_ON_EXIT'
constants="$constants|EVENT_(APPLIANCE|LIBRARY|TRACE|WARNING)"
constants="$constants|ADD_DRIVE_OPTS_(READONLY|FORMAT|CACHEMODE|DISCARD)_BITMASK"
constants="$constants|MKFS_OPTS_(BLOCKSIZE|FEATURES|INODE|SECTORSIZE|LABEL)_BITMASK"

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

{
    cat <<HEAD
//! The C declarations of libguestfs that this crate uses, and no others.
//!
//! Generated from guestfs.h of libguestfs $(pkg-config --modversion libguestfs) by \`harness/src/guestfs/regenerate.sh\` (bindgen
//! $(bindgen --version | cut -d' ' -f2)) and checked in, so that building needs no libclang. Never edit it: add a name to the
//! script and run that. What the functions mean is in guestfs(3).
//!
//! The functions are fields of \`Libguestfs\`, found by name in the library when it is loaded, and methods
//! that call these.
#![allow(unsafe_code, unsafe_op_in_unsafe_fn, missing_docs, non_camel_case_types)]

HEAD
    bindgen /usr/include/guestfs.h --rust-edition 2024 --rust-target 1.88 --use-core \
        --disable-header-comment --no-doc-comments --no-layout-tests --merge-extern-blocks \
        --no-recursive-allowlist \
        --dynamic-loading Libguestfs --dynamic-link-require-all \
        --clang-macro-fallback --clang-macro-fallback-build-dir "$scratch" \
        --allowlist-function "guestfs_($functions)" \
        --allowlist-type "guestfs_($types)" \
        --allowlist-var "GUESTFS_($constants)"
} >"$scratch/ffi.rs"
rustfmt --edition 2024 --config-path ../../../rustfmt.toml "$scratch/ffi.rs"
mv "$scratch/ffi.rs" ffi.rs
