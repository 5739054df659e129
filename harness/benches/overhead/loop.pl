#!/usr/bin/perl
# What imgbench does in one run of a cell, as a plain Perl program, which is how the experiment of
# 2010 was done.
#
#   loop.pl IMAGE FORMAT tcg|kvm MEMORY_MIB BYTES SEED PREALLOC
#
# The same steps, in the same order, as loop.c; Sys::Guestfs dies with a message where a call fails.

use strict;
use warnings;

use Sys::Guestfs;
# The CPU clock of the process is getrusage's user + sys, which core Perl does not have.
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

use constant CHUNK => 2 << 20;
use constant BLOCK => 4096;

@ARGV == 7 or die "usage: $0 IMAGE FORMAT tcg|kvm MEMORY_MIB BYTES SEED PREALLOC\n";
my ($image, $format, $accel, $memory, $bytes, $seed, $prealloc) = @ARGV;

# A write to an appliance that is gone fails, and does not end us before we have cleaned up.
$SIG{PIPE} = "IGNORE";
my $g = Sys::Guestfs->new();
$g->set_backend("direct");
$g->set_backend_setting("force_$accel", "1");
$g->set_memsize($memory);
$g->set_smp(1);
$g->config("-mem-prealloc", undef) if $prealloc;
$g->set_autosync(0);
$g->add_drive($image, format => $format);
$g->launch();
$g->mkfs("ext2", "/dev/sda");
$g->mount("/dev/sda", "/");
$g->touch("/test");
$g->sync();

srand($seed);
my $data = "";
$data .= pack("L", int(rand(2**32))) for 1 .. CHUNK / 4;
my $workload = 0;
my $cpu = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
for my $chunk (0 .. $bytes / CHUNK - 1) {
    # No two blocks of the file alike.
    for my $block (0 .. CHUNK / BLOCK - 1) {
        substr($data, $block * BLOCK, 8) = pack("Q<", $chunk << 32 | $block);
    }
    my $begun = clock_gettime(CLOCK_MONOTONIC);
    my $taken = $g->pwrite("/test", $data, $chunk * CHUNK);
    # Never short for 2M; copying the rest here would be work that the other two do not have.
    $taken == CHUNK or die "pwrite took $taken bytes of chunk $chunk\n";
    $workload += clock_gettime(CLOCK_MONOTONIC) - $begun;
}
$cpu = clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $cpu;

$g->sync();
$g->umount_all();
$g->shutdown();
printf "{\"workload_s\": %.9f, \"client_cpu_s\": %.6f}\n", $workload, $cpu;
