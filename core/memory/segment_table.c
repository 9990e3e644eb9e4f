// segment_table.c - slots, in groups that are never freed.
#include "core/memory/segment_table.h"

#include "core/base/bits.h"
#include "core/hook.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/directory.h"

// 128 TiB of segments.
enum { GROUPS_MOST = 1 << 19 };

static_assert((uint64_t)GROUPS_MOST * GROUP_SLOTS * SEGMENT_SPANS <=
                  RP_HUGE_BIT,
              "the number of a span is none of a huge block");
static_assert((int)GROUPS_MOST <= (int)DIRECTORY_ENTRIES, "each has an entry");

static struct segment_group first_group;
static struct directory directory;     // of the other groups, from 1 on
static _Atomic(uint32_t) extra_groups; // beyond first_group

uint32_t rp_segment_table_groups(void) {
    // acquire [groups]: the directory entries below the count.
    return 1 + load_acquire(&extra_groups);
}

struct segment_group *rp_segment_table_group(uint32_t group) {
    return group == 0 ? &first_group : directory_get(&directory, group);
}

// Adds a group; 0 when there is no memory or no place for it.
static int group_add(void) {
    struct segment_group *made = rp_bookkeeping_alloc(sizeof *made);
    // relaxed: only where to begin the search for a place.
    uint32_t extra = load_relaxed(&extra_groups);

    for (;; ++extra) {
        if (made == NULL || extra + 1 >= GROUPS_MOST)
            return 0;
        void *present = rp_directory_fill(&directory, extra + 1, made);
        if (present == NULL)
            return 0;
        uint32_t count = extra;
        // Whoever put a group at this place, the count may now pass it.
        // release [groups]: the directory entry.
        cas_strong_acq_rel(&extra_groups, &count, extra + 1);
        if (present == made)
            return 1;
    }
}

static struct segment *group_take_slot(uint32_t number) {
    struct segment_group *group = rp_segment_table_group(number);
    // relaxed: only a first guess; the CAS below checks it.
    uint64_t taken = load_relaxed(&group->taken);

    while (~taken != 0) {
        unsigned i = lowest_bit(~taken);
        // acquire [slot]: its former user is done with it.
        if (cas_acq_rel(&group->taken, &taken, taken | UINT64_C(1) << i)) {
            struct segment *segment = &group->segments[i];
            // Written once only: a thread that just gave a span of this slot
            // back may still read it (span/segment.c: hint_set).
            if (segment->slot != number * GROUP_SLOTS + i)
                segment->slot = number * GROUP_SLOTS + i;
            return segment;
        }
    }
    return NULL;
}

struct segment *rp_segment_table_take(void) {
    do {
        uint32_t groups = rp_segment_table_groups();
        for (uint32_t g = 0; g < groups; ++g) {
            struct segment *segment = group_take_slot(g);
            if (segment != NULL)
                return segment;
        }
    } while (group_add());
    return NULL;
}

void rp_segment_table_give(struct segment *segment) {
    struct segment_group *group =
        rp_segment_table_group(segment->slot / GROUP_SLOTS);
    uint64_t bit = UINT64_C(1) << segment->slot % GROUP_SLOTS;

    // relaxed, all four: published by the release below.
    store_relaxed(&segment->owner, 0);
    store_relaxed(&segment->dirty, 0);
    store_relaxed(&segment->decommitted, 0);
    store_relaxed(&segment->all, 0);
    // release [slot]: we are done with it.
    and_acq_rel(&group->taken, ~bit);
}

void rp_segment_table_each(void (*visit)(struct segment *segment,
                                         void *context),
                           void *context) {
    uint32_t groups = rp_segment_table_groups();

    for (uint32_t g = 0; g < groups; ++g) {
        struct segment_group *group = rp_segment_table_group(g);
        // acquire [slot]: the fields of slots taken before.
        uint64_t taken = load_acquire(&group->taken);
        for (; taken != 0; taken &= taken - 1)
            visit(&group->segments[lowest_bit(taken)], context);
    }
}

void rp_segment_table_reset(void) {
    __builtin_memset(&first_group, 0, sizeof first_group);
    rp_directory_reset(&directory);
    store_relaxed(&extra_groups, 0); // relaxed: the caller is alone
}
