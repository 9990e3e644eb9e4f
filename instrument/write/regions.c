// regions.c - see regions.h.
#include "instrument/write/regions.h"

#include "core/hook.h"
#include "instrument/format/trace_format.h"
#include "instrument/os/system.h"

#include <stddef.h>

enum {
    SEGMENTS,
    HUGES,
    KINDS,
    PAGE = 1024,
    PAGES = 1 << 16, // of the directories, which are touched as needed
};

// What is sampled page by page: more would take for ever, and is none.
static const uint64_t MOST_BYTES = UINT64_C(1) << 40;

bool rp_regions_start(struct rp_regions *regions) {
    for (unsigned i = 0; i < KINDS; i++)
        regions->pages[i] =
            rp_system_map(PAGES * sizeof **regions->pages, RP_MAP_OWN);
    return regions->pages[SEGMENTS] != NULL && regions->pages[HUGES] != NULL;
}

void rp_regions_free(struct rp_regions *regions) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct rp_region **pages = regions->pages[kind];
        for (unsigned i = 0; pages != NULL && i < PAGES; i++) {
            if (pages[i] != NULL)
                rp_system_unmap(pages[i], PAGE * sizeof *pages[i]);
        }
        if (pages != NULL)
            rp_system_unmap(pages, PAGES * sizeof *pages);
        regions->pages[kind] = NULL;
    }
}

static void set(struct rp_regions *regions, uint32_t number, uint64_t address,
                uint64_t bytes) {
    unsigned kind = (number & RP_HUGE_BIT) != 0 ? HUGES : SEGMENTS;
    uint32_t index = number & ~RP_HUGE_BIT;

    if (index / PAGE >= PAGES || regions->pages[kind] == NULL ||
        bytes > MOST_BYTES || address > UINT64_MAX - bytes)
        return;
    struct rp_region **page = &regions->pages[kind][index / PAGE];
    if (*page == NULL)
        *page = rp_system_map(PAGE * sizeof **page, RP_MAP_OWN);
    if (*page != NULL)
        (*page)[index % PAGE] = (struct rp_region){address, bytes};
}

void rp_regions_apply(struct rp_regions *regions, unsigned type, uint32_t a,
                      const uint64_t c[2]) {
    switch (type) {
    case TRACE_EVENT_SEGMENT_MAP:
        set(regions, a & ~RP_HUGE_BIT, c[0], c[1]);
        break;
    case TRACE_EVENT_SEGMENT_UNMAP:
        set(regions, a & ~RP_HUGE_BIT, 0, 0);
        break;
    case TRACE_EVENT_HUGE_MAP:
        set(regions, a | RP_HUGE_BIT, c[0], c[1]);
        break;
    case TRACE_EVENT_HUGE_UNMAP:
        set(regions, a | RP_HUGE_BIT, 0, 0);
        break;
    default:
        break;
    }
}

void rp_regions_each(const struct rp_regions *regions,
                     void (*visit)(void *context,
                                   const struct rp_region *region),
                     void *context) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct rp_region **pages = regions->pages[kind];
        for (unsigned i = 0; pages != NULL && i < PAGES; i++) {
            for (unsigned j = 0; pages[i] != NULL && j < PAGE; j++) {
                if (pages[i][j].bytes != 0)
                    visit(context, &pages[i][j]);
            }
        }
    }
}
