// check_choice.c - which heap bugs are looked for.
#include "viewer/record/check_choice.h"
#include "viewer/base/number.h"
#include "viewer/record/check_site.h"
#include "viewer/record/suppressions.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

bool check_choice_is_kinds(const char *value) {
    struct rp_check_options options = {0};
    return rp_check_options_kinds(value, &options);
}

bool check_choice_is_on_error(const char *value) {
    struct rp_check_options options;
    return rp_check_options_on_error(value, &options);
}

bool check_choice_is_quarantine(const char *value) {
    struct rp_check_options options;
    return rp_check_options_quarantine(value, &options);
}

// The limit that a file of the kernel's names; UINT64_MAX: none.
static uint64_t limit_of(const char *path) {
    unsigned long long limit;
    FILE *in = fopen(path, "re");
    bool is_there = in && fscanf(in, "%llu", &limit) == 1;
    if (in)
        fclose(in);
    return is_there ? limit : UINT64_MAX;
}

// What this process may have at most.
static uint64_t memory_limit(void) {
    uint64_t limit =
        (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    static const char *const files[] = {
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (limit_of(files[i]) < limit)
            limit = limit_of(files[i]);
    static const int resources[] = {RLIMIT_AS, RLIMIT_DATA};
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        struct rlimit resource;
        if (getrlimit((__rlimit_resource_t)resources[i], &resource) == 0 &&
            resource.rlim_cur < limit)
            limit = resource.rlim_cur;
    }
    return limit;
}

bool check_choice_good(struct check_choice *choice, const char *program,
                       struct failure *failure) {
    struct rp_check_options options = {0};
    struct suppressions suppressions;
    // Kept until the program's end.
    if (choice->kinds &&
        !(choice->kinds = check_site_resolve(choice->kinds, program, failure)))
        return false;
    if (choice->quarantine) {
        rp_check_options_quarantine(choice->quarantine, &options);
        if (options.quarantine > memory_limit())
            return fail(failure,
                        "a quarantine of %s (--quarantine) is more than the "
                        "memory that there may be, %s",
                        choice->quarantine, number_iec(memory_limit()).text);
    }
    if (choice->suppressions) {
        if (!suppressions_read(&suppressions, choice->suppressions, failure))
            return false;
        suppressions_free(&suppressions);
    }
    return true;
}

void check_choice_environment(const struct check_choice *choice) {
    const struct {
        const char *name, *value;
    } settings[] = {{"RPSCOPE_CHECK", choice->kinds},
                    {"RPSCOPE_ON_ERROR", choice->on_error},
                    {"RPSCOPE_QUARANTINE", choice->quarantine}};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        unsetenv(settings[i].name);
        if (settings[i].value)
            setenv(settings[i].name, settings[i].value, 1);
    }
    unsetenv("RPSCOPE_SUPPRESSIONS");
    if (choice->suppressions && realpath(choice->suppressions, path))
        setenv("RPSCOPE_SUPPRESSIONS", path, 1);
    unsetenv("RPSCOPE_NAMES");
    if (choice->kinds && realpath("/proc/self/exe", path))
        setenv("RPSCOPE_NAMES", path, 1);
}
