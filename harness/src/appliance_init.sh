#!/bin/bash
# The lean appliance's init: libguestfs' own, less what finds RAID, LVM, Windows' dynamic disks and
# devices that no benchmark uses, and with few programs started, each of which takes a tenth of a second
# under software emulation. udev runs on, as there: it is at work while a disk is written to.
PATH=/sbin:/usr/sbin:/bin:/usr/bin
export PATH

mkdir -p /proc /sys /sysroot /run /tmp/lvm
mount -t proc proc /proc
printf '%s\n' > /imgbench.fstab \
    'sysfs    /sys      sysfs' \
    'devtmpfs /dev      devtmpfs' \
    'devpts   /dev/pts  devpts    X-mount.mkdir' \
    'shmfs    /dev/shm  tmpfs     X-mount.mkdir,mode=1777' \
    'tmpfs    /run      tmpfs     nosuid,size=20%,mode=0755'
mount -a -T /imgbench.fstab || echo 'imgbench: not all is mounted'
test -e /etc/mtab || ln -s /proc/mounts /etc/mtab

# It makes /dev/fd, too.
for udevd in {/usr,}/lib/systemd/systemd-udevd /sbin/udevd {/usr,}/lib/udev/udevd; do
    test -x $udevd && break
done
$udevd --daemon
udevadm trigger --subsystem-match=block --subsystem-match=virtio-ports
udevadm settle --timeout=600

# As libguestfs does.
shopt -s nullglob
for f in /sys/block/sd*/device/timeout; do echo 300 > $f; done
for f in /sys/block/{h,s,ub,v}d*/queue/scheduler; do echo noop > $f; done
shopt -u nullglob

: > /tmp/lvm/lvm.conf
LVM_SYSTEM_DIR=/tmp/lvm
export LVM_SYSTEM_DIR

read -r cmdline < /proc/cmdline
[[ $cmdline =~ guestfs_channel=([^[:space:]]+) ]]
guestfsd ${BASH_REMATCH[1]:+--channel "${BASH_REMATCH[1]}"}

sync
reboot -f
