// regions.c - see mappings.h.
#include "instrument/write/regions.h"

#include "core/hook.h"
#include "instrument/os/system.h"
#include "instrument/format/trace_format.h"

#include <stddef.h>

enum {
    SEGMENTS,
    HUGES,
    KINDS,
    PAGE = 1024,
    PAGES = 1 << 16, // of the directories, which are touched as needed
};

bool rp_mappings_start(struct rp_mappings *mappings) {
    for (unsigned i = 0; i < KINDS; i++)
        mappings->pages[i] =
            rp_system_map(PAGES * sizeof **mappings->pages, RP_MAP_OWN);
    return mappings->pages[SEGMENTS] != NULL && mappings->pages[HUGES] != NULL;
}

void rp_mappings_free(struct rp_mappings *mappings) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct rp_mapping_place **pages = mappings->pages[kind];
        for (unsigned i = 0; pages != NULL && i < PAGES; i++) {
            if (pages[i] != NULL)
                rp_system_unmap(pages[i], PAGE * sizeof *pages[i]);
        }
        if (pages != NULL)
            rp_system_unmap(pages, PAGES * sizeof *pages);
        mappings->pages[kind] = NULL;
    }
}

static void set(struct rp_mappings *mappings, uint32_t number, uint64_t address,
                uint64_t bytes) {
    unsigned kind = (number & RP_HUGE_BIT) != 0 ? HUGES : SEGMENTS;
    uint32_t index = number & ~RP_HUGE_BIT;

    if (index / PAGE >= PAGES || mappings->pages[kind] == NULL)
        return;
    struct rp_mapping_place **page = &mappings->pages[kind][index / PAGE];
    if (*page == NULL)
        *page = rp_system_map(PAGE * sizeof **page, RP_MAP_OWN);
    if (*page != NULL)
        (*page)[index % PAGE] = (struct rp_mapping_place){address, bytes};
}

void rp_mappings_apply(struct rp_mappings *mappings, unsigned type, uint32_t a,
                       const uint64_t c[2]) {
    switch (type) {
    case TRACE_EVENT_SEGMENT_MAP:
        set(mappings, a & ~RP_HUGE_BIT, c[0], c[1]);
        break;
    case TRACE_EVENT_SEGMENT_UNMAP:
        set(mappings, a & ~RP_HUGE_BIT, 0, 0);
        break;
    case TRACE_EVENT_HUGE_MAP:
        set(mappings, a | RP_HUGE_BIT, c[0], c[1]);
        break;
    case TRACE_EVENT_HUGE_UNMAP:
        set(mappings, a | RP_HUGE_BIT, 0, 0);
        break;
    default:
        break;
    }
}

void rp_mappings_each(const struct rp_mappings *mappings,
                      void (*visit)(void *context,
                                    const struct rp_mapping_place *place),
                      void *context) {
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct rp_mapping_place **pages = mappings->pages[kind];
        for (unsigned i = 0; pages != NULL && i < PAGES; i++) {
            for (unsigned j = 0; pages[i] != NULL && j < PAGE; j++) {
                if (pages[i][j].bytes != 0)
                    visit(context, &pages[i][j]);
            }
        }
    }
}
