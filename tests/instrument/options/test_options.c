// test_options.c - tests instrument/options/options.c.
#include "instrument/options/options.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

static struct rp_options options;

Test(options, have_defaults) {
    cr_assert(rp_options_read(&options) == NULL);

    cr_assert(options.record);
    cr_assert(eq(int, options.follow, RP_FOLLOW_ALL));
    cr_assert(strcmp(options.only, "") == 0);
    cr_assert(not(options.force));
    cr_assert(eq(u32, options.stacks.frames, RP_STACK_FRAMES));
    cr_assert(eq(u32, options.ring_bytes, RP_RING_BYTES));
    cr_assert(strcmp(options.file, "") == 0);
}

Test(options, are_what_the_environment_says) {
    setenv("RPSCOPE_RECORD", "off", 1);
    setenv("RPSCOPE_FOLLOW", "none", 1);
    setenv("RPSCOPE_ONLY", "cc1,ld", 1);
    setenv("RPSCOPE_FORCE", "1", 1);
    setenv("RPSCOPE_STACKS", "12", 1);
    setenv("RPSCOPE_BUFFER", "3M", 1);
    setenv("RPSCOPE_ROOT", "4711", 1);
    setenv("RPSCOPE_PARENT", "00000000deadbeef", 1);
    setenv("RPSCOPE_FILE", "some where.rptrace", 1);

    cr_assert(rp_options_read(&options) == NULL);

    cr_assert(not(options.record));
    cr_assert(eq(int, options.follow, RP_FOLLOW_NONE));
    cr_assert(strcmp(options.only, "cc1,ld") == 0);
    cr_assert(options.force);
    cr_assert(eq(u32, options.stacks.frames, 12));
    cr_assert(eq(u32, options.ring_bytes, 2 << 20)); // a power of two
    cr_assert(options.ring_bytes_asked);
    cr_assert(eq(u32, options.root, 4711));
    cr_assert(eq(u64, options.parent, 0xdeadbeef));
    cr_assert(strcmp(options.file, "some where.rptrace") == 0);
}

Test(options, that_are_empty_are_not_set) {
    setenv("RPSCOPE_STACKS", "", 1);
    setenv("RPSCOPE_FILE", "", 1);

    cr_assert(rp_options_read(&options) == NULL);
    cr_assert(eq(u32, options.stacks.frames, RP_STACK_FRAMES));
}

struct bad_option {
    char name[32];
    char value[24];
};

static struct bad_option bad[] = {
    {"RPSCOPE_RECORD", "yes"},      {"RPSCOPE_RECORD", "ON"},
    {"RPSCOPE_FOLLOW", "on"},       {"RPSCOPE_FORCE", "2"},
    {"RPSCOPE_STACKS", "0"},        {"RPSCOPE_STACKS", "1025"},
    {"RPSCOPE_STACKS", "12 "},      {"RPSCOPE_STACKS", "-3"},
    {"RPSCOPE_STACKS", "0x10"},     {"RPSCOPE_BUFFER", "3K"},
    {"RPSCOPE_BUFFER", "2G"},       {"RPSCOPE_BUFFER", "1MB"},
    {"RPSCOPE_BUFFER", "64k"},      {"RPSCOPE_BUFFER", "99999999999999999999"},
    {"RPSCOPE_ROOT", "4294967296"}, {"RPSCOPE_ROOT", "me"},
    {"RPSCOPE_PARENT", "0x12"},     {"RPSCOPE_PARENT", "12345678123456781"},
    {"RPSCOPE_PARENT", "ABCDEF"},   {"RPSCOPE_FREE_STACKS", "some"},
};

ParameterizedTestParameters(options, that_are_wrong_are_named) {
    return cr_make_param_array(struct bad_option, bad,
                               sizeof bad / sizeof *bad);
}

ParameterizedTest(struct bad_option *option, options,
                  that_are_wrong_are_named) {
    setenv(option->name, option->value, 1);
    const char *wrong = rp_options_read(&options);

    cr_assert(wrong != NULL);
    cr_assert(strstr(wrong, option->name) != NULL, "%s", wrong);
    cr_assert(strstr(wrong, option->value) != NULL, "%s", wrong);
}

Test(options, pass_a_parent_on_in_place_and_only_where_there_is_room) {
    setenv("RPSCOPE_PARENT", "0000000000000000", 1);
    const char *before = getenv("RPSCOPE_PARENT");
    rp_options_pass_on(UINT64_C(0x123456789abcdef0));

    cr_assert(strcmp(getenv("RPSCOPE_PARENT"), "123456789abcdef0") == 0);
    cr_assert(getenv("RPSCOPE_PARENT") == before);
    setenv("RPSCOPE_PARENT", "0", 1);
    rp_options_pass_on(5);
    cr_assert(strcmp(getenv("RPSCOPE_PARENT"), "0") == 0);
}

Test(options, keep_the_last_moments_by_time_or_by_size) {
    uint64_t ns, bytes;

    cr_assert(rp_options_last("5m", &ns, &bytes));
    cr_assert(ns == UINT64_C(300000000000) && bytes == 0);
    cr_assert(rp_options_last("256M", &ns, &bytes));
    cr_assert(ns == 0 && bytes == 256 << 20);
    cr_assert(rp_options_last("64K", &ns, &bytes) && bytes == 64 << 10);
    cr_assert_not(rp_options_last("63K", &ns, &bytes));
    cr_assert_not(rp_options_last("1G", &ns, &bytes));
    cr_assert_not(rp_options_last("300000", &ns, &bytes)); // seconds
    cr_assert_not(rp_options_last("M", &ns, &bytes));

    setenv("RPSCOPE_LAST", "384M", 1);
    cr_assert(rp_options_read(&options) == NULL);
    cr_assert(options.paused && options.last_bytes == 384 << 20);
    cr_assert(eq(u32, options.ring_bytes, 512 << 20));
    setenv("RPSCOPE_LAST", "385M", 1);
    cr_assert(rp_options_read(&options) == NULL);
    cr_assert(eq(u32, options.ring_bytes, 1 << 30));
}
