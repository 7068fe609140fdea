// A clock that is wrong by CLOCK_SKEW_SECONDS, for a process that loads this first (ld.so(8), LD_PRELOAD). Only the time of day is:
// how long a process waits is measured by another clock.
#define _GNU_SOURCE
#include "SkewedClock.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static long skew;

__attribute__((constructor)) static void prepare(void) {
    const char *seconds = getenv("CLOCK_SKEW_SECONDS");
    skew = seconds == NULL ? 0 : atol(seconds);
    real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    // Other libraries' constructors may ask before ours has run.
    if (real_clock_gettime == NULL) prepare();
    int result = real_clock_gettime(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += skew;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec precise;
    int result = clock_gettime(CLOCK_REALTIME, &precise);
    if (result == 0) *now = (struct timeval){.tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000};
    return result;
}

time_t time(time_t *now) {
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
    if (now != NULL) *now = precise.tv_sec;
    return precise.tv_sec;
}
