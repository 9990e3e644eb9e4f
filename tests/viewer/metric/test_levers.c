// test_levers.c - sets without which half goes, beside all sets there are.
#include "viewer/metric/levers.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { GROUPS = 10, UNITS = 30 };

static struct pool pool;
static struct levers levers;
static double share[GROUPS];

static void begin(void) {
    pool_start(&pool, UINT64_MAX);
    levers = (struct levers){.pool = &pool};
    memset(share, 0, sizeof share);
}

static void end(void) {
    levers_free(&levers);
    pool_free(&pool);
}

TestSuite(levers, .init = begin, .fini = end);

static void unit(uint64_t bytes, unsigned groups) {
    unsigned count = (unsigned)__builtin_popcount(groups);
    levers_unit(&levers, bytes);
    for (uint32_t g = 0; g < GROUPS; g++)
        if (groups >> g & 1) {
            levers_group(&levers, g);
            share[g] += (double)bytes / count;
        }
}

// F, from the definition.
static uint64_t freed(unsigned set) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < levers.unit_count; i++) {
        const struct lever_unit *u = &levers.units[i];
        unsigned groups = 0;
        for (size_t j = u->first; j < u->first + u->count; j++)
            groups |= 1u << levers.groups[j];
        if (groups != 0 && (groups & ~set) == 0)
            bytes += u->bytes;
    }
    return bytes;
}

Test(levers, eight_that_are_in_every_unit_free_it_together_only) {
    struct lever lever;
    for (int i = 0; i < UNITS; i++)
        unit(1000, 0xff);

    levers_find(&levers, share, GROUPS, &lever);

    cr_expect(lever.half);
    cr_expect(eq(sz, lever.count, 8));
    cr_expect(eq(u64, lever.bytes[6], 0));
    cr_expect(eq(u64, lever.bytes[7], UNITS * 1000));
}

// Group 0 shares much and frees little; group 1 is alone where it is.
Test(levers, whoever_frees_half_by_itself_is_the_lever_whatever_others_share) {
    struct lever lever;
    for (int i = 0; i < 9; i++)
        unit(1000, i % 2 ? 0x5 : 0x9);
    for (int i = 0; i < 10; i++)
        unit(1000, 0x2);

    levers_find(&levers, share, GROUPS, &lever);

    cr_assert(eq(sz, lever.count, 1));
    cr_expect(eq(u32, lever.groups[0], 1));
    cr_expect(eq(u64, lever.bytes[0], 10000));
}

Test(levers, nobody_holds_nothing) {
    struct lever lever;
    levers_unit(&levers, 5000);

    levers_find(&levers, share, GROUPS, &lever);

    cr_expect(eq(sz, lever.count, 0));
    cr_expect(not(lever.half));
}

Test(levers, are_what_all_sets_there_are_say) {
    uint64_t random = 7;
    for (int round = 0; round < 300; round++) {
        struct lever lever;
        unsigned set = 0;
        end();
        begin();
        for (int i = 0; i < UNITS; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            unsigned groups = (unsigned)(random >> 40) &
                              (unsigned)(random >> 20) & ((1u << GROUPS) - 1);
            unit(random >> 54, groups);
        }

        levers_find(&levers, share, GROUPS, &lever);

        uint64_t half = (freed(~0u) + 1) / 2;
        cr_expect(eq(u64, lever.total, freed(~0u)));
        cr_expect(lever.half == (half > 0));
        for (size_t i = 0; i < lever.count; i++) {
            set |= 1u << lever.groups[i];
            cr_expect(eq(u64, lever.bytes[i], freed(set)));
        }
        for (uint32_t g = 0; g < GROUPS && lever.count > 1; g++) {
            cr_expect(lt(u64, freed(1u << g), half));
            cr_expect(freed(set & ~(1u << g)) < half || (set >> g & 1) == 0);
        }
        cr_expect(half == 0 || freed(set) >= half);
    }
}
