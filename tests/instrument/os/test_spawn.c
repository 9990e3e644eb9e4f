// test_spawn.c - tests rp_spawn_errand of instrument/os/spawn_clone.c.
#include "instrument/os/spawn.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 64 };

struct seen {
    int files; // that were open
    int opened;
};

// With nothing of the C library that needs a thread of its own.
static void look(void *context) {
    struct seen *seen = context;

    for (int i = 0; i < FILES; i++)
        seen->files += fcntl(i, F_GETFD) >= 0;
    seen->opened = open("/dev/null", O_RDONLY);
}

static int count_files(void) {
    int count = 0;

    for (int i = 0; i < FILES; i++)
        count += fcntl(i, F_GETFD) >= 0;
    return count;
}

Test(errand, has_files_of_its_own) {
    struct seen seen = {0};
    int before = count_files();

    errno = 77;
    rp_spawn_errand(look, &seen);

    cr_assert(eq(int, errno, 77));
    cr_assert(eq(int, seen.files, 0));
    cr_assert(eq(int, seen.opened, 0));
    cr_assert(eq(int, count_files(), before));
}

static void add(void *context) {
    ++*(int *)context;
}

// Such a question is answered with yes to a process with one thread only, as a
// forked child is.
Test(errand, leaves_no_thread_behind) {
    int done = 0, status;
    pid_t child = fork();

    if (child == 0) {
        bool alone = unshare(CLONE_THREAD) == 0;
        for (int i = 0; i < 5000 && alone; i++) {
            rp_spawn_errand(add, &done);
            alone = unshare(CLONE_THREAD) == 0;
        }
        _exit(alone && done == 5000 ? 0 : 1);
    }
    waitpid(child, &status, 0);

    cr_assert(eq(int, status, 0));
}

static void *run_many(void *context) {
    for (int i = 0; i < 500; i++)
        rp_spawn_errand(add, context);
    return NULL;
}

Test(errand, is_run_by_many_threads_at_once) {
    pthread_t threads[8];
    int done[8] = {0};

    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, run_many, &done[i]);
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        cr_assert(eq(int, done[i], 500));
    }
}

Test(errand, is_run_by_a_forked_child_too) {
    int done = 0, status;

    rp_spawn_errand(add, &done);
    pid_t child = fork();
    if (child == 0) {
        rp_spawn_errand(add, &done);
        rp_spawn_errand(add, &done);
        _exit(done);
    }
    waitpid(child, &status, 0);

    cr_assert(eq(int, status, 3 << 8));
}
