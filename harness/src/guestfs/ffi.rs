//! The C declarations of libguestfs that this crate uses, and no others.
//!
//! Generated from guestfs.h of libguestfs 1.48.6 by `harness/src/guestfs/regenerate.sh` (bindgen
//! 0.73.2) and checked in, so that building needs no libclang. Never edit it: add a name to the
//! script and run that. What the functions mean is in guestfs(3).
//!
//! The functions are fields of `Libguestfs`, found by name in the library when it is loaded, and methods
//! that call these.
#![allow(unsafe_code, unsafe_op_in_unsafe_fn, missing_docs, non_camel_case_types)]

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
pub struct Libguestfs {
    __library: ::libloading::Library,
    pub guestfs_create_flags:
        unsafe extern "C" fn(flags: ::core::ffi::c_uint, ...) -> *mut guestfs_h,
    pub guestfs_close: unsafe extern "C" fn(g: *mut guestfs_h),
    pub guestfs_last_error: unsafe extern "C" fn(g: *mut guestfs_h) -> *const ::core::ffi::c_char,
    pub guestfs_last_errno: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_set_error_handler: unsafe extern "C" fn(
        g: *mut guestfs_h,
        cb: guestfs_error_handler_cb,
        opaque: *mut ::core::ffi::c_void,
    ),
    pub guestfs_set_event_callback: unsafe extern "C" fn(
        g: *mut guestfs_h,
        cb: guestfs_event_callback,
        event_bitmask: u64,
        flags: ::core::ffi::c_int,
        opaque: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int,
    pub guestfs_free_statvfs: unsafe extern "C" fn(arg1: *mut guestfs_statvfs),
    pub guestfs_free_utsname: unsafe extern "C" fn(arg1: *mut guestfs_utsname),
    pub guestfs_free_version: unsafe extern "C" fn(arg1: *mut guestfs_version),
    pub guestfs_add_drive_opts_argv: unsafe extern "C" fn(
        g: *mut guestfs_h,
        filename: *const ::core::ffi::c_char,
        optargs: *const guestfs_add_drive_opts_argv,
    ) -> ::core::ffi::c_int,
    pub guestfs_blockdev_getsize64:
        unsafe extern "C" fn(g: *mut guestfs_h, device: *const ::core::ffi::c_char) -> i64,
    pub guestfs_clear_backend_setting: unsafe extern "C" fn(
        g: *mut guestfs_h,
        name: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_config: unsafe extern "C" fn(
        g: *mut guestfs_h,
        hvparam: *const ::core::ffi::c_char,
        hvvalue: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_debug: unsafe extern "C" fn(
        g: *mut guestfs_h,
        subcmd: *const ::core::ffi::c_char,
        extraargs: *const *mut ::core::ffi::c_char,
    ) -> *mut ::core::ffi::c_char,
    pub guestfs_feature_available: unsafe extern "C" fn(
        g: *mut guestfs_h,
        groups: *const *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_get_append: unsafe extern "C" fn(g: *mut guestfs_h) -> *const ::core::ffi::c_char,
    pub guestfs_get_hv: unsafe extern "C" fn(g: *mut guestfs_h) -> *mut ::core::ffi::c_char,
    pub guestfs_get_pid: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_get_sockdir: unsafe extern "C" fn(g: *mut guestfs_h) -> *mut ::core::ffi::c_char,
    pub guestfs_launch: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_list_devices:
        unsafe extern "C" fn(g: *mut guestfs_h) -> *mut *mut ::core::ffi::c_char,
    pub guestfs_mkfs_opts_argv: unsafe extern "C" fn(
        g: *mut guestfs_h,
        fstype: *const ::core::ffi::c_char,
        device: *const ::core::ffi::c_char,
        optargs: *const guestfs_mkfs_opts_argv,
    ) -> ::core::ffi::c_int,
    pub guestfs_mount: unsafe extern "C" fn(
        g: *mut guestfs_h,
        mountable: *const ::core::ffi::c_char,
        mountpoint: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_mount_options: unsafe extern "C" fn(
        g: *mut guestfs_h,
        options: *const ::core::ffi::c_char,
        mountable: *const ::core::ffi::c_char,
        mountpoint: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_parse_environment: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_pread: unsafe extern "C" fn(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
        count: ::core::ffi::c_int,
        offset: i64,
        size_r: *mut usize,
    ) -> *mut ::core::ffi::c_char,
    pub guestfs_pread_device: unsafe extern "C" fn(
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
        count: ::core::ffi::c_int,
        offset: i64,
        size_r: *mut usize,
    ) -> *mut ::core::ffi::c_char,
    pub guestfs_pwrite: unsafe extern "C" fn(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
        content: *const ::core::ffi::c_char,
        content_size: usize,
        offset: i64,
    ) -> ::core::ffi::c_int,
    pub guestfs_pwrite_device: unsafe extern "C" fn(
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
        content: *const ::core::ffi::c_char,
        content_size: usize,
        offset: i64,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_append: unsafe extern "C" fn(
        g: *mut guestfs_h,
        append: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_autosync:
        unsafe extern "C" fn(g: *mut guestfs_h, autosync: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_set_backend: unsafe extern "C" fn(
        g: *mut guestfs_h,
        backend: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_backend_setting: unsafe extern "C" fn(
        g: *mut guestfs_h,
        name: *const ::core::ffi::c_char,
        val: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_cachedir: unsafe extern "C" fn(
        g: *mut guestfs_h,
        cachedir: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_hv: unsafe extern "C" fn(
        g: *mut guestfs_h,
        hv: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_memsize:
        unsafe extern "C" fn(g: *mut guestfs_h, memsize: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_set_network:
        unsafe extern "C" fn(g: *mut guestfs_h, network: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_set_path: unsafe extern "C" fn(
        g: *mut guestfs_h,
        searchpath: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_pgroup:
        unsafe extern "C" fn(g: *mut guestfs_h, pgroup: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_set_recovery_proc: unsafe extern "C" fn(
        g: *mut guestfs_h,
        recoveryproc: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_smp:
        unsafe extern "C" fn(g: *mut guestfs_h, smp: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_set_tmpdir: unsafe extern "C" fn(
        g: *mut guestfs_h,
        tmpdir: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_set_trace:
        unsafe extern "C" fn(g: *mut guestfs_h, trace: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_set_verbose:
        unsafe extern "C" fn(g: *mut guestfs_h, verbose: ::core::ffi::c_int) -> ::core::ffi::c_int,
    pub guestfs_shutdown: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_statvfs: unsafe extern "C" fn(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
    ) -> *mut guestfs_statvfs,
    pub guestfs_sync: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_touch: unsafe extern "C" fn(
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int,
    pub guestfs_umount_all: unsafe extern "C" fn(g: *mut guestfs_h) -> ::core::ffi::c_int,
    pub guestfs_utsname: unsafe extern "C" fn(g: *mut guestfs_h) -> *mut guestfs_utsname,
    pub guestfs_version: unsafe extern "C" fn(g: *mut guestfs_h) -> *mut guestfs_version,
}
impl Libguestfs {
    pub unsafe fn new<P>(path: P) -> Result<Self, ::libloading::Error>
    where
        P: AsRef<::std::ffi::OsStr>,
    {
        let path = path.as_ref();
        let library = ::libloading::Library::new(path)?;
        Self::from_library(library)
    }
    pub unsafe fn from_library<L>(library: L) -> Result<Self, ::libloading::Error>
    where
        L: Into<::libloading::Library>,
    {
        let __library = library.into();
        let guestfs_create_flags = __library.get(b"guestfs_create_flags\0").map(|sym| *sym)?;
        let guestfs_close = __library.get(b"guestfs_close\0").map(|sym| *sym)?;
        let guestfs_last_error = __library.get(b"guestfs_last_error\0").map(|sym| *sym)?;
        let guestfs_last_errno = __library.get(b"guestfs_last_errno\0").map(|sym| *sym)?;
        let guestfs_set_error_handler =
            __library.get(b"guestfs_set_error_handler\0").map(|sym| *sym)?;
        let guestfs_set_event_callback =
            __library.get(b"guestfs_set_event_callback\0").map(|sym| *sym)?;
        let guestfs_free_statvfs = __library.get(b"guestfs_free_statvfs\0").map(|sym| *sym)?;
        let guestfs_free_utsname = __library.get(b"guestfs_free_utsname\0").map(|sym| *sym)?;
        let guestfs_free_version = __library.get(b"guestfs_free_version\0").map(|sym| *sym)?;
        let guestfs_add_drive_opts_argv =
            __library.get(b"guestfs_add_drive_opts_argv\0").map(|sym| *sym)?;
        let guestfs_blockdev_getsize64 =
            __library.get(b"guestfs_blockdev_getsize64\0").map(|sym| *sym)?;
        let guestfs_clear_backend_setting =
            __library.get(b"guestfs_clear_backend_setting\0").map(|sym| *sym)?;
        let guestfs_config = __library.get(b"guestfs_config\0").map(|sym| *sym)?;
        let guestfs_debug = __library.get(b"guestfs_debug\0").map(|sym| *sym)?;
        let guestfs_feature_available =
            __library.get(b"guestfs_feature_available\0").map(|sym| *sym)?;
        let guestfs_get_append = __library.get(b"guestfs_get_append\0").map(|sym| *sym)?;
        let guestfs_get_hv = __library.get(b"guestfs_get_hv\0").map(|sym| *sym)?;
        let guestfs_get_pid = __library.get(b"guestfs_get_pid\0").map(|sym| *sym)?;
        let guestfs_get_sockdir = __library.get(b"guestfs_get_sockdir\0").map(|sym| *sym)?;
        let guestfs_launch = __library.get(b"guestfs_launch\0").map(|sym| *sym)?;
        let guestfs_list_devices = __library.get(b"guestfs_list_devices\0").map(|sym| *sym)?;
        let guestfs_mkfs_opts_argv = __library.get(b"guestfs_mkfs_opts_argv\0").map(|sym| *sym)?;
        let guestfs_mount = __library.get(b"guestfs_mount\0").map(|sym| *sym)?;
        let guestfs_mount_options = __library.get(b"guestfs_mount_options\0").map(|sym| *sym)?;
        let guestfs_parse_environment =
            __library.get(b"guestfs_parse_environment\0").map(|sym| *sym)?;
        let guestfs_pread = __library.get(b"guestfs_pread\0").map(|sym| *sym)?;
        let guestfs_pread_device = __library.get(b"guestfs_pread_device\0").map(|sym| *sym)?;
        let guestfs_pwrite = __library.get(b"guestfs_pwrite\0").map(|sym| *sym)?;
        let guestfs_pwrite_device = __library.get(b"guestfs_pwrite_device\0").map(|sym| *sym)?;
        let guestfs_set_append = __library.get(b"guestfs_set_append\0").map(|sym| *sym)?;
        let guestfs_set_autosync = __library.get(b"guestfs_set_autosync\0").map(|sym| *sym)?;
        let guestfs_set_backend = __library.get(b"guestfs_set_backend\0").map(|sym| *sym)?;
        let guestfs_set_backend_setting =
            __library.get(b"guestfs_set_backend_setting\0").map(|sym| *sym)?;
        let guestfs_set_cachedir = __library.get(b"guestfs_set_cachedir\0").map(|sym| *sym)?;
        let guestfs_set_hv = __library.get(b"guestfs_set_hv\0").map(|sym| *sym)?;
        let guestfs_set_memsize = __library.get(b"guestfs_set_memsize\0").map(|sym| *sym)?;
        let guestfs_set_network = __library.get(b"guestfs_set_network\0").map(|sym| *sym)?;
        let guestfs_set_path = __library.get(b"guestfs_set_path\0").map(|sym| *sym)?;
        let guestfs_set_pgroup = __library.get(b"guestfs_set_pgroup\0").map(|sym| *sym)?;
        let guestfs_set_recovery_proc =
            __library.get(b"guestfs_set_recovery_proc\0").map(|sym| *sym)?;
        let guestfs_set_smp = __library.get(b"guestfs_set_smp\0").map(|sym| *sym)?;
        let guestfs_set_tmpdir = __library.get(b"guestfs_set_tmpdir\0").map(|sym| *sym)?;
        let guestfs_set_trace = __library.get(b"guestfs_set_trace\0").map(|sym| *sym)?;
        let guestfs_set_verbose = __library.get(b"guestfs_set_verbose\0").map(|sym| *sym)?;
        let guestfs_shutdown = __library.get(b"guestfs_shutdown\0").map(|sym| *sym)?;
        let guestfs_statvfs = __library.get(b"guestfs_statvfs\0").map(|sym| *sym)?;
        let guestfs_sync = __library.get(b"guestfs_sync\0").map(|sym| *sym)?;
        let guestfs_touch = __library.get(b"guestfs_touch\0").map(|sym| *sym)?;
        let guestfs_umount_all = __library.get(b"guestfs_umount_all\0").map(|sym| *sym)?;
        let guestfs_utsname = __library.get(b"guestfs_utsname\0").map(|sym| *sym)?;
        let guestfs_version = __library.get(b"guestfs_version\0").map(|sym| *sym)?;
        Ok(Libguestfs {
            __library,
            guestfs_create_flags,
            guestfs_close,
            guestfs_last_error,
            guestfs_last_errno,
            guestfs_set_error_handler,
            guestfs_set_event_callback,
            guestfs_free_statvfs,
            guestfs_free_utsname,
            guestfs_free_version,
            guestfs_add_drive_opts_argv,
            guestfs_blockdev_getsize64,
            guestfs_clear_backend_setting,
            guestfs_config,
            guestfs_debug,
            guestfs_feature_available,
            guestfs_get_append,
            guestfs_get_hv,
            guestfs_get_pid,
            guestfs_get_sockdir,
            guestfs_launch,
            guestfs_list_devices,
            guestfs_mkfs_opts_argv,
            guestfs_mount,
            guestfs_mount_options,
            guestfs_parse_environment,
            guestfs_pread,
            guestfs_pread_device,
            guestfs_pwrite,
            guestfs_pwrite_device,
            guestfs_set_append,
            guestfs_set_autosync,
            guestfs_set_backend,
            guestfs_set_backend_setting,
            guestfs_set_cachedir,
            guestfs_set_hv,
            guestfs_set_memsize,
            guestfs_set_network,
            guestfs_set_path,
            guestfs_set_pgroup,
            guestfs_set_recovery_proc,
            guestfs_set_smp,
            guestfs_set_tmpdir,
            guestfs_set_trace,
            guestfs_set_verbose,
            guestfs_shutdown,
            guestfs_statvfs,
            guestfs_sync,
            guestfs_touch,
            guestfs_umount_all,
            guestfs_utsname,
            guestfs_version,
        })
    }
    pub unsafe fn guestfs_close(&self, g: *mut guestfs_h) {
        (self.guestfs_close)(g)
    }
    pub unsafe fn guestfs_last_error(&self, g: *mut guestfs_h) -> *const ::core::ffi::c_char {
        (self.guestfs_last_error)(g)
    }
    pub unsafe fn guestfs_last_errno(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_last_errno)(g)
    }
    pub unsafe fn guestfs_set_error_handler(
        &self,
        g: *mut guestfs_h,
        cb: guestfs_error_handler_cb,
        opaque: *mut ::core::ffi::c_void,
    ) {
        (self.guestfs_set_error_handler)(g, cb, opaque)
    }
    pub unsafe fn guestfs_set_event_callback(
        &self,
        g: *mut guestfs_h,
        cb: guestfs_event_callback,
        event_bitmask: u64,
        flags: ::core::ffi::c_int,
        opaque: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_event_callback)(g, cb, event_bitmask, flags, opaque)
    }
    pub unsafe fn guestfs_free_statvfs(&self, arg1: *mut guestfs_statvfs) {
        (self.guestfs_free_statvfs)(arg1)
    }
    pub unsafe fn guestfs_free_utsname(&self, arg1: *mut guestfs_utsname) {
        (self.guestfs_free_utsname)(arg1)
    }
    pub unsafe fn guestfs_free_version(&self, arg1: *mut guestfs_version) {
        (self.guestfs_free_version)(arg1)
    }
    pub unsafe fn guestfs_add_drive_opts_argv(
        &self,
        g: *mut guestfs_h,
        filename: *const ::core::ffi::c_char,
        optargs: *const guestfs_add_drive_opts_argv,
    ) -> ::core::ffi::c_int {
        (self.guestfs_add_drive_opts_argv)(g, filename, optargs)
    }
    pub unsafe fn guestfs_blockdev_getsize64(
        &self,
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
    ) -> i64 {
        (self.guestfs_blockdev_getsize64)(g, device)
    }
    pub unsafe fn guestfs_clear_backend_setting(
        &self,
        g: *mut guestfs_h,
        name: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_clear_backend_setting)(g, name)
    }
    pub unsafe fn guestfs_config(
        &self,
        g: *mut guestfs_h,
        hvparam: *const ::core::ffi::c_char,
        hvvalue: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_config)(g, hvparam, hvvalue)
    }
    pub unsafe fn guestfs_debug(
        &self,
        g: *mut guestfs_h,
        subcmd: *const ::core::ffi::c_char,
        extraargs: *const *mut ::core::ffi::c_char,
    ) -> *mut ::core::ffi::c_char {
        (self.guestfs_debug)(g, subcmd, extraargs)
    }
    pub unsafe fn guestfs_feature_available(
        &self,
        g: *mut guestfs_h,
        groups: *const *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_feature_available)(g, groups)
    }
    pub unsafe fn guestfs_get_append(&self, g: *mut guestfs_h) -> *const ::core::ffi::c_char {
        (self.guestfs_get_append)(g)
    }
    pub unsafe fn guestfs_get_hv(&self, g: *mut guestfs_h) -> *mut ::core::ffi::c_char {
        (self.guestfs_get_hv)(g)
    }
    pub unsafe fn guestfs_get_pid(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_get_pid)(g)
    }
    pub unsafe fn guestfs_get_sockdir(&self, g: *mut guestfs_h) -> *mut ::core::ffi::c_char {
        (self.guestfs_get_sockdir)(g)
    }
    pub unsafe fn guestfs_launch(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_launch)(g)
    }
    pub unsafe fn guestfs_list_devices(&self, g: *mut guestfs_h) -> *mut *mut ::core::ffi::c_char {
        (self.guestfs_list_devices)(g)
    }
    pub unsafe fn guestfs_mkfs_opts_argv(
        &self,
        g: *mut guestfs_h,
        fstype: *const ::core::ffi::c_char,
        device: *const ::core::ffi::c_char,
        optargs: *const guestfs_mkfs_opts_argv,
    ) -> ::core::ffi::c_int {
        (self.guestfs_mkfs_opts_argv)(g, fstype, device, optargs)
    }
    pub unsafe fn guestfs_mount(
        &self,
        g: *mut guestfs_h,
        mountable: *const ::core::ffi::c_char,
        mountpoint: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_mount)(g, mountable, mountpoint)
    }
    pub unsafe fn guestfs_mount_options(
        &self,
        g: *mut guestfs_h,
        options: *const ::core::ffi::c_char,
        mountable: *const ::core::ffi::c_char,
        mountpoint: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_mount_options)(g, options, mountable, mountpoint)
    }
    pub unsafe fn guestfs_parse_environment(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_parse_environment)(g)
    }
    pub unsafe fn guestfs_pread(
        &self,
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
        count: ::core::ffi::c_int,
        offset: i64,
        size_r: *mut usize,
    ) -> *mut ::core::ffi::c_char {
        (self.guestfs_pread)(g, path, count, offset, size_r)
    }
    pub unsafe fn guestfs_pread_device(
        &self,
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
        count: ::core::ffi::c_int,
        offset: i64,
        size_r: *mut usize,
    ) -> *mut ::core::ffi::c_char {
        (self.guestfs_pread_device)(g, device, count, offset, size_r)
    }
    pub unsafe fn guestfs_pwrite(
        &self,
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
        content: *const ::core::ffi::c_char,
        content_size: usize,
        offset: i64,
    ) -> ::core::ffi::c_int {
        (self.guestfs_pwrite)(g, path, content, content_size, offset)
    }
    pub unsafe fn guestfs_pwrite_device(
        &self,
        g: *mut guestfs_h,
        device: *const ::core::ffi::c_char,
        content: *const ::core::ffi::c_char,
        content_size: usize,
        offset: i64,
    ) -> ::core::ffi::c_int {
        (self.guestfs_pwrite_device)(g, device, content, content_size, offset)
    }
    pub unsafe fn guestfs_set_append(
        &self,
        g: *mut guestfs_h,
        append: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_append)(g, append)
    }
    pub unsafe fn guestfs_set_autosync(
        &self,
        g: *mut guestfs_h,
        autosync: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_autosync)(g, autosync)
    }
    pub unsafe fn guestfs_set_backend(
        &self,
        g: *mut guestfs_h,
        backend: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_backend)(g, backend)
    }
    pub unsafe fn guestfs_set_backend_setting(
        &self,
        g: *mut guestfs_h,
        name: *const ::core::ffi::c_char,
        val: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_backend_setting)(g, name, val)
    }
    pub unsafe fn guestfs_set_cachedir(
        &self,
        g: *mut guestfs_h,
        cachedir: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_cachedir)(g, cachedir)
    }
    pub unsafe fn guestfs_set_hv(
        &self,
        g: *mut guestfs_h,
        hv: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_hv)(g, hv)
    }
    pub unsafe fn guestfs_set_memsize(
        &self,
        g: *mut guestfs_h,
        memsize: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_memsize)(g, memsize)
    }
    pub unsafe fn guestfs_set_network(
        &self,
        g: *mut guestfs_h,
        network: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_network)(g, network)
    }
    pub unsafe fn guestfs_set_path(
        &self,
        g: *mut guestfs_h,
        searchpath: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_path)(g, searchpath)
    }
    pub unsafe fn guestfs_set_pgroup(
        &self,
        g: *mut guestfs_h,
        pgroup: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_pgroup)(g, pgroup)
    }
    pub unsafe fn guestfs_set_recovery_proc(
        &self,
        g: *mut guestfs_h,
        recoveryproc: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_recovery_proc)(g, recoveryproc)
    }
    pub unsafe fn guestfs_set_smp(
        &self,
        g: *mut guestfs_h,
        smp: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_smp)(g, smp)
    }
    pub unsafe fn guestfs_set_tmpdir(
        &self,
        g: *mut guestfs_h,
        tmpdir: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_tmpdir)(g, tmpdir)
    }
    pub unsafe fn guestfs_set_trace(
        &self,
        g: *mut guestfs_h,
        trace: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_trace)(g, trace)
    }
    pub unsafe fn guestfs_set_verbose(
        &self,
        g: *mut guestfs_h,
        verbose: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self.guestfs_set_verbose)(g, verbose)
    }
    pub unsafe fn guestfs_shutdown(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_shutdown)(g)
    }
    pub unsafe fn guestfs_statvfs(
        &self,
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
    ) -> *mut guestfs_statvfs {
        (self.guestfs_statvfs)(g, path)
    }
    pub unsafe fn guestfs_sync(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_sync)(g)
    }
    pub unsafe fn guestfs_touch(
        &self,
        g: *mut guestfs_h,
        path: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.guestfs_touch)(g, path)
    }
    pub unsafe fn guestfs_umount_all(&self, g: *mut guestfs_h) -> ::core::ffi::c_int {
        (self.guestfs_umount_all)(g)
    }
    pub unsafe fn guestfs_utsname(&self, g: *mut guestfs_h) -> *mut guestfs_utsname {
        (self.guestfs_utsname)(g)
    }
    pub unsafe fn guestfs_version(&self, g: *mut guestfs_h) -> *mut guestfs_version {
        (self.guestfs_version)(g)
    }
}
