// quick_start.c - starts no Git in a test. Criterion starts libgit2, which
// reads all certificates of the machine, in each process of a case, and needs
// it only to show how two strings differ: here it starts then. What a program
// defines stands before the libraries' names.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

#pragma GCC visibility push(default)

int git_libgit2_init(void);
int git_libgit2_shutdown(void);
int git_diff_buffers(const void *old, size_t old_size, const char *old_name,
                     const void *new, size_t new_size, const char *new_name,
                     const void *options, void *file, void *binary, void *hunk,
                     void *line, void *payload);

int git_libgit2_init(void) {
    return 1;
}

int git_libgit2_shutdown(void) {
    return 0;
}

int git_diff_buffers(const void *old, size_t old_size, const char *old_name,
                     const void *new, size_t new_size, const char *new_name,
                     const void *options, void *file, void *binary, void *hunk,
                     void *line, void *payload) {
    void *start = dlsym(RTLD_NEXT, "git_libgit2_init");
    void *diff = dlsym(RTLD_NEXT, "git_diff_buffers");

    (*(__typeof__(&git_libgit2_init) *)&start)();
    return (*(__typeof__(&git_diff_buffers) *)&diff)(
        old, old_size, old_name, new, new_size, new_name, options, file, binary,
        hunk, line, payload);
}
