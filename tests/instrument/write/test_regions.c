// test_regions.c - tests instrument/write/regions.h.
#include "instrument/write/regions.h"

#include "instrument/format/trace_format.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct rp_regions regions;

static void setup(void) {
    cr_assert(rp_regions_start(&regions));
}

TestSuite(regions, .init = setup);

static void add_up(void *sum, const struct rp_region *region) {
    *(uint64_t *)sum += region->bytes;
}

static uint64_t sum(void) {
    uint64_t bytes = 0;

    rp_regions_each(&regions, add_up, &bytes);
    return bytes;
}

Test(regions, are_what_is_mapped) {
    rp_regions_apply(&regions, TRACE_EVENT_SEGMENT_MAP, 3,
                     (uint64_t[]){0x10000, 4096});
    rp_regions_apply(&regions, TRACE_EVENT_HUGE_MAP, 3,
                     (uint64_t[]){0x20000, 8192});
    cr_assert(eq(u64, sum(), 4096 + 8192));
    rp_regions_apply(&regions, TRACE_EVENT_SEGMENT_UNMAP, 3,
                     (uint64_t[]){0, 0});
    cr_assert(eq(u64, sum(), 8192));
}

Test(regions, are_none_that_no_machine_has) {
    static const uint64_t wild[][2] = {{0x10000, UINT64_C(1) << 46},
                                       {UINT64_MAX - 4095, 8192}};

    for (unsigned i = 0; i < 2; i++) {
        rp_regions_apply(&regions, TRACE_EVENT_SEGMENT_MAP, i, wild[i]);
        cr_assert(eq(u64, sum(), 0));
    }
}
