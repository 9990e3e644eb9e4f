// fuzz_options.c - whatever stands in the environment.
//
// The input: one byte, which variable, then its value up to a NUL, and so on.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/options/only.h"
#include "instrument/options/options.h"
#include "tests/fuzz/ring_file.h"
#include "tests/fuzz/seed.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "RPSCOPE_RECORD", "RPSCOPE_LAST",  "RPSCOPE_RESIDENCY", "RPSCOPE_FOLLOW",
    "RPSCOPE_LOSS",   "RPSCOPE_CLOCK", "RPSCOPE_FORCE",     "RPSCOPE_STACKS",
    "RPSCOPE_BUFFER", "RPSCOPE_LIMIT", "RPSCOPE_SPILL",     "RPSCOPE_ROOT",
    "RPSCOPE_PARENT", "RPSCOPE_ONLY",  "RPSCOPE_FILE",      "RPSCOPE_RINGS",
    "RPSCOPE_DESK",
};
enum { NAMES = sizeof names / sizeof *names };

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static const struct {
        uint8_t name;
        const char *value;
    } seeds[] = {{0, "paused"},
                 {1, "30s"},
                 {1, "256M"},
                 {2, "250ms"},
                 {3, "exec"},
                 {6, "full,sample:512K,check:9"},
                 {6, "fp,12,check:none"},
                 {7, "3M"},
                 {8, "100G"},
                 {9, "none"},
                 {10, "4294967295"},
                 {11, "00000000deadbeef"},
                 {12, "cc1,ld"},
                 {13, "/a/b.rptrace"}};

    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        char name[16], text[64] = {(char)seeds[i].name};
        snprintf(name, sizeof name, "seed-%zu", i);
        strcpy(text + 1, seeds[i].value);
        seed_put(*count, *arguments, name, text, strlen(text + 1) + 2);
    }
    return 0;
}

static bool ends(const char text[RP_PATH_BYTES]) {
    return memchr(text, 0, RP_PATH_BYTES) != NULL;
}

static bool is_power(uint64_t number) {
    return number != 0 && (number & (number - 1)) == 0;
}

static bool are_good(const struct rp_options *o) {
    const uint64_t day = UINT64_C(86400) * 1000000000;

    return o->last_ns <= day && o->residency_ns <= day &&
           (o->last_ns == 0 || o->last_bytes == 0) &&
           (o->last_bytes == 0 || (o->last_bytes >= RP_LAST_BYTES_LEAST &&
                                   o->last_bytes <= RP_LAST_BYTES_MOST)) &&
           is_power(o->ring_bytes) && o->ring_bytes >= RP_RING_BYTES_LEAST &&
           o->ring_bytes <= RP_RING_BYTES_MOST &&
           o->stacks.frames <= RP_STACK_FRAMES &&
           (o->limit == 0 || o->limit >= RP_LIMIT_LEAST) &&
           (o->spill == 0 || o->spill >= RP_SPILL_LEAST) && ends(o->file) &&
           ends(o->only) && ends(o->rings) && ends(o->registration);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct rp_options options;
    size_t at = 0;

    for (int i = 0; i < NAMES; i++)
        unsetenv(names[i]);
    while (at + 1 < size) {
        const uint8_t *end = memchr(data + at + 1, 0, size - at - 1);
        if (end == NULL)
            break;
        setenv(names[data[at] % NAMES], (const char *)data + at + 1, 1);
        at = (size_t)(end - data) + 1;
    }
    const char *wrong = rp_options_read(&options);
    bool is_named = false;
    for (int i = 0; i < NAMES && wrong != NULL; i++)
        is_named |= strstr(wrong, names[i]) != NULL && getenv(names[i]) != NULL;
    if (wrong != NULL ? !is_named : !are_good(&options))
        abort();
    if (wrong == NULL) {
        rp_only_has_me(options.only);
        rp_options_pass_on(UINT64_MAX);
    }
    return 0;
}
