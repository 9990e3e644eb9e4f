// test_sweep.c - several rpscopes, and processes that start, at one time.
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/record/buffers.h"
#include "viewer/record/leftover.h"
#include "viewer/record/sweep.h"

enum { SWEEPS = 500, PROCESS = 1, TRACE = 0x1234 };

static char folder[] = "/tmp/rpscope-test-XXXXXX", rings[sizeof folder + 64];

// A folder for rings, in which the file of one process lies.
static int begin(void) {
    cr_assert(mkdtemp(folder));
    setenv("RPSCOPE_RINGS", folder, 1);
    snprintf(rings, sizeof rings, "%s/.rings.%d.%016x", folder, PROCESS, TRACE);
    int file = open(rings, O_RDWR | O_CREAT | O_EXCL, 0600);
    cr_assert(file >= 0);
    return file;
}

static void end(void) {
    unlink(rings);
    rmdir(folder);
}

Test(sweep, one_that_is_being_made_is_never_held, .fini = end) {
    int file = begin(), refused = 0, ended = 0, status;
    pid_t sweeper = fork();
    if (sweeper == 0) {
        for (int i = 0; i < SWEEPS; i++)
            record_sweep(false);
        _exit(0);
    }
    // Its process tries once, and believes that it has it.
    while (!ended) {
        ended = waitpid(sweeper, &status, WNOHANG) == sweeper;
        refused += flock(file, LOCK_SH | LOCK_NB) != 0;
        flock(file, LOCK_UN);
    }
    cr_expect(refused == 0, "%d times", refused);
}

// What is at its start when the process is about to begin its trace.
static void write_head(int file) {
    static struct rp_shared shared;
    memcpy(shared.shm.magic, RP_SHM_MAGIC, sizeof shared.shm.magic);
    shared.shm.version = RP_SHM_VERSION;
    shared.shm.head_bytes = sizeof shared;
    shared.process = PROCESS;
    shared.header.trace_id = TRACE;
    snprintf(shared.wanted, sizeof shared.wanted, "%s/run.rptrace", folder);
    cr_assert(pwrite(file, &shared, sizeof shared, 0) == sizeof shared);
}

Test(sweep, what_another_rpscope_has_seen_to_is_not_made_again, .fini = end) {
    static struct buffers b;
    write_head(begin());
    cr_assert(buffers_open(&b, rings, true) == 0);
    unlink(rings);

    cr_expect(buffers_hold(&b) == EALREADY);

    buffers_close(&b);
}

// From one look at what it says to the end of it; whoever comes meanwhile finds
// it held.
Test(sweep, what_is_held_stays_so_while_it_is_made, .fini = end) {
    static struct buffers b, other;
    const char *path = NULL;
    write_head(begin());
    cr_assert(buffers_open(&b, rings, true) == 0);
    cr_assert(buffers_open(&other, rings, true) == 0);
    cr_assert(buffers_hold(&b) == 0);
    b.shared.wanted[0] = 0; // as it was found: the file says something else

    cr_expect(leftover_make(&b, &path).error == EINVAL);
    cr_expect(buffers_hold(&other) == EBUSY);

    buffers_close(&other);
    buffers_close(&b);
    unlink(rings);
    cr_expect(rmdir(folder) == 0, "there is a trace");
}

Test(sweep, what_its_process_has_begun_meanwhile_is_known, .fini = end) {
    static struct buffers b;
    int file = begin();
    write_head(file);
    cr_assert(buffers_open(&b, rings, true) == 0 && !*b.shared.trace);
    cr_assert(pwrite(file, "/t", 3, offsetof(struct rp_shared, trace)) == 3);

    cr_expect(buffers_hold(&b) == 0);
    cr_expect_str_eq(b.shared.trace, "/t");

    buffers_close(&b);
}

Test(sweep, what_somebody_holds_is_left_alone, .fini = end) {
    static struct buffers b;
    int file = begin();
    write_head(file);
    cr_assert(buffers_open(&b, rings, true) == 0);
    cr_assert(flock(file, LOCK_SH) == 0);

    cr_expect(buffers_hold(&b) == EBUSY);

    buffers_close(&b);
}
