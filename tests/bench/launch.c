// launch.c - starts one program, waits for it, and writes what it used.
//
// launch RESULT PRELOAD PROGRAM ARGUMENTS...
//
// PRELOAD becomes LD_PRELOAD of the program alone; "" leaves it unset. RESULT
// gets one JSON object. A small process must do this: the system counts the
// peak memory of whoever started a program as the program's own, and an
// interpreter's would hide that of a small program. The exit code is 0 when
// the result was written, whatever became of the program.
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int fail(const char *what, int error) {
    fprintf(stderr, "launch: %s: %s\n", what, strerror(error));
    return 1;
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static long long time_us(struct timeval time) {
    return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fputs("usage: launch RESULT PRELOAD PROGRAM ARGUMENTS...\n", stderr);
        return 2;
    }
    if (argv[2][0] && setenv("LD_PRELOAD", argv[2], 1)) {
        return fail("LD_PRELOAD", errno);
    }
    pid_t child;
    long long begin = now_ns();
    int error = posix_spawnp(&child, argv[3], NULL, NULL, argv + 3, environ);
    if (error) {
        return fail(argv[3], error);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            return fail("wait4", errno);
        }
    }
    long long wall = now_ns() - begin;

    FILE *result = fopen(argv[1], "w");
    if (!result) {
        return fail(argv[1], errno);
    }
    fprintf(result,
            "{\"status\": %d, \"wall_ns\": %lld, \"cpu_ns\": %lld, "
            "\"peak_kib\": %ld, \"minor_faults\": %ld}\n",
            WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), wall,
            (time_us(usage.ru_utime) + time_us(usage.ru_stime)) * 1000,
            usage.ru_maxrss, usage.ru_minflt);
    return fclose(result) ? fail(argv[1], errno) : 0;
}
