/* A QEMU whose qcow2 is slower by a known amount. Loaded before its libraries, each flush of a file that
 * begins as qcow2 images do takes SLOW_US microseconds more. Raw images are spared: a night with it is
 * one on which a change of QEMU made qcow2 slower, and nothing else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* QEMU may sync the file twice for one flush of the guest's, the metadata that refers to data after
 * that data. What comes so soon after a sync is of the same flush. */
#define SAME_FLUSH_US 5000

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

int fdatasync(int fd)
{
    static int (*next)(int);
    static long ended;
    /* Aligned and a block long, as reading past the host's cache demands. */
    static _Thread_local char first[4096] __attribute__((aligned(4096)));
    const char *slow = getenv("SLOW_US");
    int synced;

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
    if (slow && now_us() - ended > SAME_FLUSH_US && pread(fd, first, sizeof first, 0) >= 4 &&
        !memcmp(first, "QFI\xfb", 4))
        usleep((useconds_t)atoi(slow));
    synced = next(fd);
    ended = now_us();
    return synced;
}
