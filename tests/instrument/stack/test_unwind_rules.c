// test_unwind_rules.c - tests instrument/stack/unwind_rules.c and cfi_linux.c.
#include "instrument/stack/unwind_rules.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dlfcn.h>
#include <stdlib.h>

static struct rp_unwind_rules rules;

static uint64_t words(void) {
    uint64_t count = 0;

    for (uint32_t i = 0; i < RP_UNWIND_RULES_WORDS; i++)
        count += load_relaxed(&rules.words[i]) != 0;
    return count;
}

Test(rules, are_those_of_the_unwind_tables) {
    // Everywhere in some functions of a library.
    uint64_t start = (uintptr_t)dlsym(RTLD_DEFAULT, "qsort_r");

    for (uint64_t address = start; address < start + 5000; address++) {
        struct rp_rule rule = rp_cfi_rule(address - 1);
        uint64_t word = rp_unwind_rules_find(&rules, address);
        cr_assert(eq(int, (int)rp_unwind_rules_kind(word), (int)rule.kind));
        cr_assert(eq(u64, rp_unwind_rules_bp(word), rule.bp));
        cr_assert(eq(i64, (int64_t)rp_unwind_rules_cfa(word), rule.cfa));
        cr_assert(eq(u64, rp_unwind_rules_find(&rules, address), word));
    }
}

Test(rules, say_how_a_function_begins) {
    uint64_t start = (uintptr_t)dlsym(RTLD_DEFAULT, "malloc");

    uint64_t word = rp_unwind_rules_find(&rules, start + 1);

    cr_assert(eq(int, (int)rp_unwind_rules_kind(word), RP_RULE_SP));
    cr_assert(eq(u64, rp_unwind_rules_cfa(word), 8));
    cr_assert(eq(u64, rp_unwind_rules_bp(word), 0));
}

Test(rules, of_no_code_say_so) {
    cr_assert(
        eq(int, (int)rp_unwind_rules_kind(rp_unwind_rules_find(&rules, 0x1000)),
           RP_RULE_NOWHERE));
    cr_assert(eq(int,
                 (int)rp_unwind_rules_kind(rp_unwind_rules_find(&rules, 1)),
                 RP_RULE_NOWHERE));
    cr_assert(
        eq(int,
           (int)rp_unwind_rules_kind(rp_unwind_rules_find(&rules, UINT64_MAX)),
           RP_RULE_NOWHERE));
    cr_assert(eq(int,
                 (int)rp_unwind_rules_kind(rp_unwind_rules_find(&rules, 0)),
                 RP_RULE_NOWHERE));
}

Test(rules, are_found_when_a_line_is_too_full) {
    uint64_t start = (uintptr_t)dlsym(RTLD_DEFAULT, "qsort_r");
    uint64_t line = rp_unwind_rules_line(start);
    uint64_t first = rp_unwind_rules_find(&rules, start);

    for (uint64_t i = 0; i < 100; i++) {
        uint64_t high =
            i << (RP_UNWIND_RULES_LINE_BITS + RP_UNWIND_RULES_NEAR_BITS);
        uint64_t address = high | (line ^ rp_unwind_rules_line(high))
                                      << RP_UNWIND_RULES_NEAR_BITS;
        cr_assert(eq(u64, rp_unwind_rules_line(address), line));
        rp_unwind_rules_find(&rules, address);
    }

    cr_assert(eq(u64, rp_unwind_rules_find(&rules, start), first));
    cr_assert(le(u64, words(), 8));
}

Test(rules, of_a_range_are_dropped_and_no_others) {
    uint64_t start = (uintptr_t)dlsym(RTLD_DEFAULT, "qsort_r");

    for (uint64_t i = 0; i < 1000; i++)
        rp_unwind_rules_find(&rules, start + 16 * i);
    uint64_t before = words();
    rp_unwind_rules_drop(&rules, start + 1600, start + 4800);

    cr_assert(eq(u64, before, 1000));
    cr_assert(eq(u64, words(), 800));
    cr_assert(eq(u32, load_relaxed(&rules.version), 1));
    rp_unwind_rules_find(&rules, start + 1600);
    cr_assert(eq(u64, words(), 801));
}
