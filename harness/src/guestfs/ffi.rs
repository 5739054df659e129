//! The C declarations of libguestfs that this crate uses, and no others.
//!
//! Generated from guestfs.h of libguestfs 1.48.6 by `harness/src/guestfs/regenerate.sh` (bindgen
//! 0.73.2) and checked in, so that building needs no libclang. Never edit it: add a name to the
//! script and run that. What the functions mean is in guestfs(3).
#![allow(unsafe_code, missing_docs, non_camel_case_types)]

pub const GUESTFS_CREATE_NO_ENVIRONMENT: u32 = 1;
pub const GUESTFS_CREATE_NO_CLOSE_ON_EXIT: u32 = 2;
pub const GUESTFS_EVENT_APPLIANCE: u32 = 16;
pub const GUESTFS_EVENT_LIBRARY: u32 = 32;
pub const GUESTFS_EVENT_TRACE: u32 = 64;
pub const GUESTFS_EVENT_WARNING: u32 = 512;
pub const GUESTFS_ADD_DRIVE_OPTS_READONLY_BITMASK: u32 = 1;
pub const GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK: u32 = 2;
pub const GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK: u32 = 512;
pub const GUESTFS_ADD_DRIVE_OPTS_DISCARD_BITMASK: u32 = 1024;
pub const GUESTFS_MKFS_OPTS_BLOCKSIZE_BITMASK: u32 = 1;
pub const GUESTFS_MKFS_OPTS_FEATURES_BITMASK: u32 = 2;
pub const GUESTFS_MKFS_OPTS_INODE_BITMASK: u32 = 4;
pub const GUESTFS_MKFS_OPTS_SECTORSIZE_BITMASK: u32 = 8;
pub const GUESTFS_MKFS_OPTS_LABEL_BITMASK: u32 = 16;
#[repr(C)]
#[derive(Debug)]
pub struct guestfs_h {
    _unused: [u8; 0],
}
pub type guestfs_error_handler_cb = ::core::option::Option<
    unsafe extern "C" fn(
        g: *mut guestfs_h,
        opaque: *mut ::core::ffi::c_void,
        msg: *const ::core::ffi::c_char,
    ),
>;
pub type guestfs_event_callback = ::core::option::Option<
    unsafe extern "C" fn(
        g: *mut guestfs_h,
        opaque: *mut ::core::ffi::c_void,
        event: u64,
        event_handle: ::core::ffi::c_int,
        flags: ::core::ffi::c_int,
        buf: *const ::core::ffi::c_char,
        buf_len: usize,
        array: *const u64,
        array_len: usize,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct guestfs_statvfs {
    pub bsize: i64,
    pub frsize: i64,
    pub blocks: i64,
    pub bfree: i64,
    pub bavail: i64,
    pub files: i64,
    pub ffree: i64,
    pub favail: i64,
    pub fsid: i64,
    pub flag: i64,
    pub namemax: i64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct guestfs_utsname {
    pub uts_sysname: *mut ::core::ffi::c_char,
    pub uts_release: *mut ::core::ffi::c_char,
    pub uts_version: *mut ::core::ffi::c_char,
    pub uts_machine: *mut ::core::ffi::c_char,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct guestfs_version {
    pub major: i64,
    pub minor: i64,
    pub release: i64,
    pub extra: *mut ::core::ffi::c_char,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct guestfs_add_drive_opts_argv {
    pub bitmask: u64,
    pub readonly: ::core::ffi::c_int,
    pub format: *const ::core::ffi::c_char,
    pub iface: *const ::core::ffi::c_char,
    pub name: *const ::core::ffi::c_char,
    pub label: *const ::core::ffi::c_char,
    pub protocol: *const ::core::ffi::c_char,
    pub server: *const *mut ::core::ffi::c_char,
    pub username: *const ::core::ffi::c_char,
    pub secret: *const ::core::ffi::c_char,
    pub cachemode: *const ::core::ffi::c_char,
    pub discard: *const ::core::ffi::c_char,
    pub copyonread: ::core::ffi::c_int,
    pub blocksize: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct guestfs_mkfs_opts_argv {
    pub bitmask: u64,
    pub blocksize: ::core::ffi::c_int,
    pub features: *const ::core::ffi::c_char,
    pub inode: ::core::ffi::c_int,
    pub sectorsize: ::core::ffi::c_int,
    pub label: *const ::core::ffi::c_char,
}
unsafe extern "C" {
    pub fn guestfs_create_flags(flags: ::core::ffi::c_uint, ...) -> *mut guestfs_h;
    pub fn guestfs_close(g: *mut guestfs_h);
    pub fn guestfs_last_error(g: *mut guestfs_h) -> *const ::core::ffi::c_char;
    pub fn guestfs_last_errno(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_set_error_handler(
        g: *mut guestfs_h,
        cb: guestfs_error_handler_cb,
        opaque: *mut ::core::ffi::c_void,
    );
    pub fn guestfs_set_event_callback(
        g: *mut guestfs_h,
        cb: guestfs_event_callback,
        event_bitmask: u64,
        flags: ::core::ffi::c_int,
        opaque: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_free_statvfs(arg1: *mut guestfs_statvfs);
    pub fn guestfs_free_utsname(arg1: *mut guestfs_utsname);
    pub fn guestfs_free_version(arg1: *mut guestfs_version);
    pub fn guestfs_add_drive_opts_argv(
        g: *mut guestfs_h,
        filename: *const ::core::ffi::c_char,
        optargs: *const guestfs_add_drive_opts_argv,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_blockdev_getsize64(g: *mut guestfs_h, device: *const ::core::ffi::c_char)
    -> i64;
    pub fn guestfs_clear_backend_setting(
        g: *mut guestfs_h,
        name: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_config(
        g: *mut guestfs_h,
        hvparam: *const ::core::ffi::c_char,
        hvvalue: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_debug(
        g: *mut guestfs_h,
        subcmd: *const ::core::ffi::c_char,
        extraargs: *const *mut ::core::ffi::c_char,
    ) -> *mut ::core::ffi::c_char;
    pub fn guestfs_drop_caches(
        g: *mut guestfs_h,
        whattodrop: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_feature_available(
        g: *mut guestfs_h,
        groups: *const *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_get_hv(g: *mut guestfs_h) -> *mut ::core::ffi::c_char;
    pub fn guestfs_get_pid(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_get_sockdir(g: *mut guestfs_h) -> *mut ::core::ffi::c_char;
    pub fn guestfs_launch(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_list_devices(g: *mut guestfs_h) -> *mut *mut ::core::ffi::c_char;
    pub fn guestfs_mkfs_opts_argv(
        g: *mut guestfs_h,
        fstype: *const ::core::ffi::c_char,
        device: *const ::core::ffi::c_char,
        optargs: *const guestfs_mkfs_opts_argv,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_mount(
        g: *mut guestfs_h,
        mountable: *const ::core::ffi::c_char,
        mountpoint: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_mount_options(
        g: *mut guestfs_h,
        options: *const ::core::ffi::c_char,
        mountable: *const ::core::ffi::c_char,
        mountpoint: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_parse_environment(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_pread(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
        count: ::core::ffi::c_int,
        offset: i64,
        size_r: *mut usize,
    ) -> *mut ::core::ffi::c_char;
    pub fn guestfs_pread_device(
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
        count: ::core::ffi::c_int,
        offset: i64,
        size_r: *mut usize,
    ) -> *mut ::core::ffi::c_char;
    pub fn guestfs_pwrite(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
        content: *const ::core::ffi::c_char,
        content_size: usize,
        offset: i64,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_pwrite_device(
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
        content: *const ::core::ffi::c_char,
        content_size: usize,
        offset: i64,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_autosync(
        g: *mut guestfs_h,
        autosync: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_backend(
        g: *mut guestfs_h,
        backend: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_backend_setting(
        g: *mut guestfs_h,
        name: *const ::core::ffi::c_char,
        val: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_cachedir(
        g: *mut guestfs_h,
        cachedir: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_hv(g: *mut guestfs_h, hv: *const ::core::ffi::c_char) -> ::core::ffi::c_int;
    pub fn guestfs_set_memsize(
        g: *mut guestfs_h,
        memsize: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_network(
        g: *mut guestfs_h,
        network: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_path(
        g: *mut guestfs_h,
        searchpath: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_pgroup(g: *mut guestfs_h, pgroup: ::core::ffi::c_int) -> ::core::ffi::c_int;
    pub fn guestfs_set_recovery_proc(
        g: *mut guestfs_h,
        recoveryproc: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_smp(g: *mut guestfs_h, smp: ::core::ffi::c_int) -> ::core::ffi::c_int;
    pub fn guestfs_set_tmpdir(
        g: *mut guestfs_h,
        tmpdir: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_set_trace(g: *mut guestfs_h, trace: ::core::ffi::c_int) -> ::core::ffi::c_int;
    pub fn guestfs_set_verbose(
        g: *mut guestfs_h,
        verbose: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn guestfs_shutdown(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_statvfs(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
    ) -> *mut guestfs_statvfs;
    pub fn guestfs_sync(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_touch(g: *mut guestfs_h, path: *const ::core::ffi::c_char)
    -> ::core::ffi::c_int;
    pub fn guestfs_umount_all(g: *mut guestfs_h) -> ::core::ffi::c_int;
    pub fn guestfs_utsname(g: *mut guestfs_h) -> *mut guestfs_utsname;
    pub fn guestfs_version(g: *mut guestfs_h) -> *mut guestfs_version;
}
