// test_confine.c - tests viewer/record/confine.h: what a process can still do.
#include "viewer/record/confine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// Ends with what went wrong, in bits.
static _Noreturn void try_all(int trace, int rings, int other) {
    const int files[] = {trace, rings, -1};
    char byte = 0;
    int wrong = 0;
    if (!confine(files, 3))
        _exit(77);
    wrong |= (pwrite(trace, "x", 1, 0) != 1) << 0;
    wrong |= (pread(rings, &byte, 1, 0) < 0) << 1;
    wrong |= (pwrite(rings, "x", 1, 0) >= 0 || errno != EPERM) << 2;
    wrong |= (read(other, &byte, 1) >= 0 || errno != EPERM) << 3;
    wrong |= (open("/dev/null", O_RDONLY) >= 0 || errno != EPERM) << 4;
    wrong |= (fork() >= 0 || unlink("/nowhere") == 0 || errno != EPERM) << 5;
    wrong |= (mmap(NULL, 4096, PROT_READ | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
             << 6;
    _exit(wrong);
}

Test(confine, leaves_the_right_to_read_the_files_and_to_write_the_first) {
    int trace = memfd_create("trace", 0), rings = memfd_create("rings", 0);
    int other = memfd_create("other", 0), status;

    pid_t child = fork();
    if (child == 0)
        try_all(trace, rings, other);
    waitpid(child, &status, 0);

    bool ended = WIFEXITED(status);
    int code = WEXITSTATUS(status);

    cr_assert(ended, "%d", status);
    if (code != 77) // where the system cannot do it
        cr_assert(eq(int, code, 0));
}
