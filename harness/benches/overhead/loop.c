/* What imgbench does in one run of a cell, as a plain C program: the yardstick for its overhead.
 *
 *   loop IMAGE FORMAT tcg|kvm MEMORY_MIB BYTES SEED PREALLOC
 *
 * Boots an appliance on a raw image, makes an ext2, and times the writing of BYTES in chunks of 2M,
 * each by one call. Prints one line of JSON: the sum of the calls' seconds, and the CPU seconds of
 * this process over the loop. */

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <guestfs.h>

#define CHUNK (2u << 20)
#define BLOCK 4096u

static unsigned char data[CHUNK];

/* libguestfs has said why on stderr. */
#define TRY(call)                                    \
    do {                                             \
        if ((call) == -1) {                          \
            fprintf(stderr, "failed: %s\n", #call);  \
            exit(EXIT_FAILURE);                      \
        }                                            \
    } while (0)

static double monotonic(void)
{
    struct timespec now;
    TRY(clock_gettime(CLOCK_MONOTONIC, &now));
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static double client_cpu(void)
{
    struct rusage used;
    TRY(getrusage(RUSAGE_SELF, &used));
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec
        + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/* Incompressible bytes: splitmix64 (Vigna). */
static void fill(uint64_t seed)
{
    for (size_t at = 0; at < CHUNK; at += sizeof seed) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        memcpy(data + at, &z, sizeof z);
    }
}

/* No two blocks of the file alike, the plain way. */
static void mark(uint64_t chunk)
{
    for (uint64_t block = 0; block < CHUNK / BLOCK; block++) {
        uint64_t number = chunk << 32 | block;
        memcpy(data + block * BLOCK, &number, sizeof number);
    }
}

static void write_whole(guestfs_h *g, uint64_t offset)
{
    for (size_t written = 0; written < CHUNK;) {
        int taken = guestfs_pwrite(g, "/test", (const char *)data + written, CHUNK - written,
                                   (int64_t)(offset + written));
        TRY(taken > 0 ? 0 : -1);
        written += (size_t)taken;
    }
}

static guestfs_h *appliance(const char *image, const char *format, const char *accel, int memory,
                            int prealloc)
{
    guestfs_h *g = guestfs_create();
    TRY(g ? 0 : -1);
    TRY(guestfs_set_backend(g, "direct"));
    TRY(guestfs_set_backend_setting(g, strcmp(accel, "kvm") == 0 ? "force_kvm" : "force_tcg", "1"));
    TRY(guestfs_set_memsize(g, memory));
    TRY(guestfs_set_smp(g, 1));
    if (prealloc)
        TRY(guestfs_config(g, "-mem-prealloc", NULL));
    TRY(guestfs_set_autosync(g, 0));
    TRY(guestfs_add_drive_opts(g, image, GUESTFS_ADD_DRIVE_OPTS_FORMAT, format, -1));
    TRY(guestfs_launch(g));
    return g;
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: %s IMAGE FORMAT tcg|kvm MEMORY_MIB BYTES SEED PREALLOC\n", argv[0]);
        return 2;
    }
    uint64_t chunks = strtoull(argv[5], NULL, 10) / CHUNK;

    /* A write to an appliance that is gone fails, and does not end us before we have cleaned up. */
    signal(SIGPIPE, SIG_IGN);
    guestfs_h *g = appliance(argv[1], argv[2], argv[3], atoi(argv[4]), atoi(argv[7]));
    TRY(guestfs_mkfs(g, "ext2", "/dev/sda"));
    TRY(guestfs_mount(g, "/dev/sda", "/"));
    TRY(guestfs_touch(g, "/test"));
    TRY(guestfs_sync(g));

    fill(strtoull(argv[6], NULL, 10));
    double workload = 0;
    double cpu = client_cpu();
    for (uint64_t chunk = 0; chunk < chunks; chunk++) {
        mark(chunk);
        double begun = monotonic();
        write_whole(g, chunk * CHUNK);
        workload += monotonic() - begun;
    }
    cpu = client_cpu() - cpu;

    TRY(guestfs_sync(g));
    TRY(guestfs_umount_all(g));
    TRY(guestfs_shutdown(g));
    guestfs_close(g);
    printf("{\"workload_s\": %.9f, \"client_cpu_s\": %.6f}\n", workload, cpu);
    return EXIT_SUCCESS;
}
