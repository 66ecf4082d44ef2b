/* LD_PRELOAD shim: adds SLOWSYNC_US microseconds to every fsync and fdatasync, to stand for a slower disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_little(void)
{
    static long micros = -1;
    if (micros < 0) {
        const char *text = getenv("SLOWSYNC_US");
        micros = text ? atol(text) : 0;
    }
    if (micros > 0) {
        struct timespec pause = {micros / 1000000, (micros % 1000000) * 1000};
        nanosleep(&pause, NULL);
    }
}

int fsync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = dlsym(RTLD_NEXT, "fsync");
    wait_a_little();
    return real(fd);
}

int fdatasync(int fd)
{
    static int (*real)(int);
    if (!real)
        real = dlsym(RTLD_NEXT, "fdatasync");
    wait_a_little();
    return real(fd);
}
