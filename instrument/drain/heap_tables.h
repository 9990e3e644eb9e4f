// heap_tables.h - what the drainer knows of the program's heaps, in tables by
// number, and the memory for it.
//
// Only the drainer. Beside each span that is in use stand eight bytes for each
// of its blocks, and four more where one of them has a tag.
#ifndef RP_INSTRUMENT_DRAIN_HEAP_TABLES_H
#define RP_INSTRUMENT_DRAIN_HEAP_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RP_HEAP_TABLE_PAGE = 1024, // entries
    RP_HEAP_TABLE_PAGES = 1 << 16,
    RP_HEAP_TABLES_SIZES = 20,
};

struct block_entry {
    uint32_t stack; // the recorder's number
    uint32_t size : 31, live : 1;
};

struct span_entry {
    uint32_t heap;
    uint32_t run;      // in a heap: how many spans it has
    uint32_t capacity; // blocks; 0: it is in no heap, or inside a run
    uint32_t live, deferred;
    uint8_t class_index;
    uint8_t state; // enum rp_span_state
    uint8_t place; // enum rp_place, when it is in no heap
    bool in_heap;
    uint64_t gone;              // decommitted, by sixty-fourths of the span
    struct block_entry *blocks; // NULL: a large or huge one, told by
    uint64_t size;
    uint32_t stack;
    uint32_t tag;
    uint32_t *tags; // of each block; NULL: of none
};

// A segment, or the memory of a huge block, which counts as one span.
struct segment_entry {
    struct span_entry *spans;
    uint64_t address, bytes, first_span;
    uint32_t count; // spans; 0: it is not mapped
};

struct heap_entry {
    bool exists;
    uint32_t ring; // whose thread has it; 0: none
    uint32_t name; // a text; 0: none
};

struct ring_entry {
    uint32_t thread; // 0: none was told
    uint32_t text;
    uint32_t tag, tags; // the innermost one, and how many are pushed
    bool ended;
};

struct memory_entry {
    uint64_t address, bytes;
};

struct module_entry {
    bool loaded;
};

// A table that is touched as needed.
struct rp_heap_table {
    void **pages;
    size_t bytes; // of an entry
};

struct rp_heap_tables {
    struct rp_heap_table segments, huges, heaps, rings, modules, bookkeeping;
    void *unused[RP_HEAP_TABLES_SIZES]; // memory, by the power of its bytes
    uint8_t *chunk;                     // from which more is cut
    size_t chunk_left;
    bool broken; // there was no memory: they are not true any more
};

// Of zeroed tables. false: no memory; to be freed in any case.
bool rp_heap_tables_start(struct rp_heap_tables *tables);
void rp_heap_tables_free(struct rp_heap_tables *tables);

// The entry of a number; NULL: nothing was ever there.
static inline void *rp_heap_tables_find(const struct rp_heap_table *table,
                                        uint32_t number) {
    uint32_t page = number / RP_HEAP_TABLE_PAGE;

    if (page >= RP_HEAP_TABLE_PAGES || table->pages[page] == NULL)
        return NULL;
    return (uint8_t *)table->pages[page] +
           number % RP_HEAP_TABLE_PAGE * table->bytes;
}

// The same, zeroed at first; NULL: no memory, and they are broken.
void *rp_heap_tables_make(struct rp_heap_tables *tables,
                          struct rp_heap_table *table, uint32_t number);

// Zeroed memory for entries without a table; NULL: as above, or it is too much
// for a span or segment. And gives it back.
void *rp_heap_tables_take(struct rp_heap_tables *tables, size_t bytes);
void rp_heap_tables_give(struct rp_heap_tables *tables, void *piece,
                         size_t bytes);

#endif
