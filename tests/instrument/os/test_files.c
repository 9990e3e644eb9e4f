// test_files.c - tests instrument/os/linux_files.c: what is beyond a limit of
// the program's own.
#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LIMIT = 100 };

static int file;

static void setup(void) {
    char path[] = "/tmp/rpscope-test-XXXXXX";
    struct rlimit limit = {LIMIT, LIMIT};

    file = mkstemp(path);
    cr_assert(file >= 0);
    unlink(path);
    setrlimit(RLIMIT_FSIZE, &limit);
}

TestSuite(files, .init = setup);

static bool is_pending(void) {
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, SIGXFSZ) == 1;
}

Test(files, a_limit_on_files_is_an_error_and_no_signal) {
    cr_assert(eq(int, rp_system_write_at(file, "x", 1, LIMIT), EFBIG));
    cr_assert(eq(int, rp_system_truncate(file, LIMIT + 1), EFBIG));
    cr_assert(eq(int, rp_system_grow(file, LIMIT + 1), EFBIG));
    cr_assert(eq(int, rp_system_write_at(file, "x", 1, 0), 0));

    lseek(file, LIMIT, SEEK_SET);
    cr_assert(eq(int, rp_system_write(file, "x", 1), EFBIG));
    cr_assert(not(is_pending()));
}

Test(files, the_signals_mask_of_the_program_stays) {
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_SETMASK, &set, NULL);
    rp_system_write_at(file, "x", 1, LIMIT);
    sigprocmask(SIG_SETMASK, NULL, &set);

    cr_assert(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGXFSZ));
}

Test(files, a_signal_of_the_program_that_waits_is_not_taken) {
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGXFSZ);
    rp_system_write_at(file, "x", 1, LIMIT);

    cr_assert(is_pending());
}
