#!/bin/bash
# The lean appliance's init: libguestfs' own, less what finds RAID, LVM, Windows' dynamic disks and
# devices that no benchmark uses, and with few programs started, each of which takes a tenth of a
# second under software emulation.
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
read -r cmdline < /proc/cmdline
[[ $cmdline =~ guestfs_channel=([^[:space:]]+) ]]
channel=${BASH_REMATCH[1]}

shopt -s nullglob
if [[ $cmdline == *imgbench.udev=off* ]]; then
    # What udev makes: /dev/fd, and the links by which guestfsd finds which disk is which, the first of
    # QEMU's bus being its /dev/sda whatever the kernel calls it, and the port by which it is spoken to.
    # Disks and port may come up late.
    mkdir -p /dev/disk/by-path
    ln -s /proc/self/fd /dev/fd
    for disk in /sys/bus/scsi/devices/*:*:*:*; do
        for ((tries = 0; tries < 100; tries++)); do
            name=("$disk"/block/*)
            test -b "/dev/${name##*/}" && break
            sleep 0.1
        done
        ((tries < 100)) || echo "imgbench: the disk ${disk##*/} did not come up"
        # Without one, too: the disks behind it keep their places.
        ln -s "/dev/${name##*/}" "/dev/disk/by-path/scsi-${disk##*/}"
    done
    for ((tries = 0; tries < 100 && ${#channel} == 0; tries++)); do
        for port in /sys/class/virtio-ports/*; do
            port_name=
            read -r port_name 2> /dev/null < "$port/name"
            test "$port_name" = org.libguestfs.channel.0 && channel=/dev/${port##*/} && break
        done
        test -n "$channel" || sleep 0.1
    done
else
    # It makes /dev/fd, too.
    for udevd in {/usr,}/lib/systemd/systemd-udevd /sbin/udevd {/usr,}/lib/udev/udevd; do
        test -x $udevd && break
    done
    $udevd --daemon
    udevadm trigger --subsystem-match=block --subsystem-match=virtio-ports
    udevadm settle --timeout=600
fi

# As libguestfs does.
for f in /sys/block/sd*/device/timeout; do echo 300 > "$f"; done
for f in /sys/block/{h,s,ub,v}d*/queue/scheduler; do echo noop > "$f"; done
shopt -u nullglob

: > /tmp/lvm/lvm.conf
LVM_SYSTEM_DIR=/tmp/lvm
export LVM_SYSTEM_DIR

guestfsd ${channel:+--channel "$channel"} &
guestfsd=$!
if [[ $cmdline == *imgbench.udev=off* ]]; then
    # Where no other process ever runs, QEMU's software TLB is never flushed and keeps the size that the
    # boot left it: one guest in four wrote 8 % slower than the others. So the init wakes once a second, for
    # some 2 ms: it reads from a pipe to which nothing is written. Where udev runs, which sleeps as well,
    # imgbench starts another process for that, since libguestfs' own appliance has its own init.
    exec 9<> <(:)
    while kill -0 $guestfsd 2> /dev/null; do
        read -r -t 1 -u 9
        # A time-out; anything else would come at once, for ever.
        test $? -gt 128 || break
    done
fi
wait

sync
reboot -f
