// header.c - fulfils header.h.
#include "core/span/header.h"

#include "core/memory/bookkeeping.h"

enum { FIRST_HEADERS = 64 };

// A program that needs no more asks for no bookkeeping.
static struct span first_headers[FIRST_HEADERS];
static _Atomic(uint32_t) first_used;
// One that was prepared and not needed.
static _Atomic(struct span *) spare;

static struct span *header_make(void) {
    // relaxed, both: the number alone is needed.
    uint32_t first = load_relaxed(&first_used);

    while (first < FIRST_HEADERS)
        if (cas_relaxed(&first_used, &first, first + 1)) // relaxed: as above
            return &first_headers[first];
    return rp_bookkeeping_alloc(sizeof *first_headers);
}

int rp_header_prepare(struct header_parts *parts) {
    if (!rp_page_map_prepare(&parts->nodes))
        return 0;
    // acquire [left]: what its last user did with it.
    parts->header = swap_acquire(&spare, NULL);
    if (parts->header == NULL)
        parts->header = header_make();
    if (parts->header == NULL)
        rp_page_map_done(&parts->nodes);
    return parts->header != NULL;
}

void rp_header_done(const struct header_parts *parts) {
    struct span *none = NULL;

    rp_page_map_done(&parts->nodes);
    // release [left]: what we did with it. When another thread has put one
    // there meanwhile, this one is left to bookkeeping.
    if (parts->header != NULL)
        cas_strong_acq_rel(&spare, &none, parts->header);
}

struct span *rp_header_apart_of(struct header_parts *parts, char *memory) {
    struct span *span = page_map_left(memory);

    if (span == NULL) {
        span = parts->header;
        parts->header = NULL;
    }
    span->memory = memory;
    rp_page_map_set(memory, span, &parts->nodes);
    return span;
}

struct span *rp_header_apart(char *memory) {
    struct span *span = page_map_left(memory);
    struct header_parts parts;

    if (span != NULL) {
        span->memory = memory;
        rp_page_map_set(memory, span, NULL);
        return span;
    }
    if (!rp_header_prepare(&parts))
        return NULL;
    span = rp_header_apart_of(&parts, memory);
    rp_header_done(&parts);
    return span;
}

struct span *rp_header_in_front(char *memory) {
    struct span *span = (struct span *)(void *)memory;

    rp_page_map_clear(memory, 1);
    span->memory = memory;
    return span;
}

void rp_header_reset(void) {
    rp_page_map_reset();
    __builtin_memset((void *)first_headers, 0, sizeof first_headers);
    // relaxed, both: the caller is alone.
    store_relaxed(&first_used, 0);
    store_relaxed(&spare, NULL);
}
