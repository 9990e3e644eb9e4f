// segment_index.c - fulfils segment_index.h.
#include "core/span/segment_index.h"

#include "core/base/bits.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/page_map.h"

static _Atomic(void *) root[PAGE_MAP_ROOT];
static _Atomic(uint32_t) is_kept;

// The node at a place, made when there is none and `makes`; or NULL.
static struct page_map_node *node_at(_Atomic(void *) *place, int makes) {
    // acquire [index node]: the node's zeroes.
    void *node = load_acquire(place);

    if (node != NULL || !makes)
        return node;
    struct page_map_node *made = rp_bookkeeping_alloc(sizeof *made);
    if (made == NULL)
        return NULL;
    // release [index node]: the node's zeroes. Who comes second leaves its own
    // to bookkeeping.
    return cas_strong_acq_rel(place, &node, made) ? made : node;
}

// The entry of an address, or NULL.
static _Atomic(void *) *entry_at(const void *address, int makes) {
    uint64_t at = (uint64_t)(uintptr_t)address >> SPAN_SHIFT;
    struct page_map_node *node =
        node_at(&root[(at >> 2 * PAGE_MAP_BITS) % PAGE_MAP_ROOT], makes);

    if (node != NULL)
        node = node_at(&node->entries[page_map_index(address, 1)], makes);
    return node != NULL ? &node->entries[page_map_index(address, 0)] : NULL;
}

// Lets the numbers of a segment's spans stand at their addresses, or 0.
static void write(const struct segment *segment, int is_there) {
    // acquire [index]: first_span.
    uint64_t all = load_acquire(&segment->all);
    const char *first = segment_first(segment);

    for (; first != NULL && all != 0; all &= all - 1) {
        unsigned i = lowest_bit(all);
        _Atomic(void *) *entry =
            entry_at(first + ((size_t)i << SPAN_SHIFT), is_there);
        uintptr_t number = (uintptr_t)segment->slot * SEGMENT_SPANS + i;
        if (entry != NULL) // relaxed: who has a block there was told of it
            store_relaxed(entry, (void *)(is_there ? number + 1 : 0));
    }
}

// Whether it is kept. An exchange: either who begins to keep it sees the
// segment, or we see that it is kept.
static int is_to_be_told(void) {
    // release [index]: the segment's fields.
    return or_acq_rel(&is_kept, 0) != 0;
}

void rp_segment_index_add(const struct segment *segment) {
    if (is_to_be_told())
        write(segment, 1);
}

void rp_segment_index_remove(const struct segment *segment) {
    if (is_to_be_told())
        write(segment, 0);
}

static void add_old(struct segment *segment, void *context) {
    (void)context;
    write(segment, 1);
}

uint32_t rp_segment_index_at(const void *address) {
    // relaxed: a look before the exchange, which decides.
    if (load_relaxed(&is_kept) == 0 && or_acq_rel(&is_kept, 1) == 0)
        rp_segment_table_each(add_old, NULL); // acquire [index]: their fields
    _Atomic(void *) *entry = entry_at(address, 0);
    // relaxed: see write.
    uintptr_t found = entry != NULL ? (uintptr_t)load_relaxed(entry) : 0;
    if (found == 0)
        return NO_SPAN;
    const struct segment *segment =
        segment_table_slot((uint32_t)(found - 1) / SEGMENT_SPANS);
    uint32_t i = (uint32_t)(found - 1) % SEGMENT_SPANS;
    // Who began the index may have put in what had just gone; and an address
    // may differ in bits that no entry goes by.
    uintptr_t first = (uintptr_t)segment_first(segment);
    uintptr_t span = (uintptr_t)address & ~(uintptr_t)(SPAN_BYTES - 1);
    // relaxed, all three: constant while a block of the span is live.
    uint64_t taken =
        load_relaxed(&segment->all) & ~load_relaxed(&segment->free);
    return (taken >> i & 1) != 0 && span == first + ((uintptr_t)i << SPAN_SHIFT)
               ? (uint32_t)(found - 1)
               : NO_SPAN;
}

void rp_segment_index_reset(void) {
    // relaxed, all: the caller is alone.
    if (load_relaxed(&is_kept) == 0)
        return;
    for (unsigned i = 0; i < PAGE_MAP_ROOT; ++i)
        store_relaxed(&root[i], NULL);
    store_relaxed(&is_kept, 0);
}
