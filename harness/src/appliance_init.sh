#!/bin/bash
# The lean appliance's init: libguestfs' own, less what finds RAID, LVM, Windows' dynamic disks and
# devices that no benchmark uses. udev runs on, as there: it is at work while a disk is written to.
PATH=/sbin:/usr/sbin:/bin:/usr/bin
export PATH

mkdir -p /proc /sys
mount -t proc /proc /proc
mount -t sysfs /sys /sys
mount -t devtmpfs /dev /dev
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/pts /dev/shm
mount -t devpts /dev/pts /dev/pts
mount -t tmpfs -o mode=1777 shmfs /dev/shm
mkdir -p /sysroot /run
mount -t tmpfs -o nosuid,size=20%,mode=0755 tmpfs /run
mkdir -p /run/lock
ln -s ../run/lock /var/lock
test -e /etc/mtab || ln -s /proc/mounts /etc/mtab

for udevd in /lib/systemd/systemd-udevd /usr/lib/systemd/systemd-udevd /sbin/udevd /lib/udev/udevd; do
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

mkdir -p /tmp/lvm
touch /tmp/lvm/lvm.conf
LVM_SYSTEM_DIR=/tmp/lvm
export LVM_SYSTEM_DIR

eval "$(grep -Eo 'guestfs_channel=[^[:space:]]+' /proc/cmdline)"
guestfsd ${guestfs_channel:+--channel "$guestfs_channel"}

sync
reboot -f
