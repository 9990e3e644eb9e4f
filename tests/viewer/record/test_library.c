// test_library.c - finding the libraries that are preloaded into programs.
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "viewer/record/library.h"

static const struct library here = {
    .what = "the tests",
    .built = "no/such/file",
    .installed = "../record/test_library",
    .otherwise = ", or go without",
};

Test(library, it_lies_beside_this_executable) {
    char path[PATH_MAX];
    struct failure failure = {.text = ""};

    cr_assert(library_find(&here, path, &failure));
    cr_assert(*path == '/');
    cr_assert(strstr(path, "/record/test_library") != NULL);
    cr_assert(strstr(path, "..") == NULL);
}

Test(library, where_it_was_looked_for_is_said) {
    char path[PATH_MAX];
    struct failure failure = {.text = ""};
    struct library nowhere = here;
    nowhere.installed = "../lib/none";

    cr_assert(!library_find(&nowhere, path, &failure));
    cr_assert(strncmp(failure.text, "cannot find the tests: neither /", 32) ==
              0);
    cr_assert(strstr(failure.text, "/no/such/file nor /") != NULL);
    cr_assert(strstr(failure.text, "/../lib/none is there; build it with "
                                   "scons, or go without") != NULL);
}

Test(library, one_that_is_named_and_not_there_leaves_a_reason) {
    char path[PATH_MAX];

    cr_assert(!library_take("/no/lib.so", path));
    cr_assert(errno == ENOENT);
    cr_assert(library_take("/proc/self/exe", path));
}

Test(library, the_linker_takes_no_blank_and_no_colon) {
    cr_assert(library_can_preload("/usr/lib/a.so"));
    cr_assert(!library_can_preload("/my files/a.so"));
    cr_assert(!library_can_preload("/a:b.so"));
}
