/* A QEMU whose qcow2 is slower by a known amount. Loaded before its libraries, each fdatasync of a file
 * that begins as qcow2 images do takes SLOW_US microseconds more. Raw images are spared: a night with it
 * is one on which a change of QEMU made qcow2 slower, and nothing else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* By looking at the clock: the kernel wakes a sleeper some 50 microseconds late. */
static void wait_us(long us)
{
    struct timespec begun, now;

    clock_gettime(CLOCK_MONOTONIC, &begun);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begun.tv_sec) * 1000000 + (now.tv_nsec - begun.tv_nsec) / 1000 < us);
}

int fdatasync(int fd)
{
    static int (*next)(int);
    /* Aligned and a block long, as reading past the host's cache demands. */
    static _Thread_local char first[4096] __attribute__((aligned(4096)));
    const char *slow = getenv("SLOW_US");

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
    if (slow && pread(fd, first, sizeof first, 0) >= 4 && !memcmp(first, "QFI\xfb", 4))
        wait_us(atol(slow));
    return next(fd);
}
