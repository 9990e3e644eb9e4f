// heap_tables.c - see heap_tables.h.
#include "instrument/drain/heap_tables.h"

#include "instrument/os/system.h"

#include <string.h>

enum {
    CHUNK_BYTES = 1 << 20,
    LEAST_POWER = 6, // 64 bytes
};

// ---- tables ----

void *rp_heap_tables_make(struct rp_heap_tables *tables,
                          struct rp_heap_table *table, uint32_t number) {
    uint32_t page = number / RP_HEAP_TABLE_PAGE;

    if (page < RP_HEAP_TABLE_PAGES && table->pages[page] == NULL)
        table->pages[page] =
            rp_system_map(RP_HEAP_TABLE_PAGE * table->bytes, RP_MAP_OWN);
    void *entry = rp_heap_tables_find(table, number);
    tables->broken |= entry == NULL;
    return entry;
}

static bool start_table(struct rp_heap_table *table, size_t bytes) {
    table->bytes = bytes;
    table->pages =
        rp_system_map(RP_HEAP_TABLE_PAGES * sizeof *table->pages, RP_MAP_OWN);
    return table->pages != NULL;
}

static void free_table(struct rp_heap_table *table) {
    for (uint32_t i = 0; table->pages != NULL && i < RP_HEAP_TABLE_PAGES; i++) {
        if (table->pages[i] != NULL)
            rp_system_unmap(table->pages[i], RP_HEAP_TABLE_PAGE * table->bytes);
    }
    if (table->pages != NULL)
        rp_system_unmap(table->pages,
                        RP_HEAP_TABLE_PAGES * sizeof *table->pages);
}

bool rp_heap_tables_start(struct rp_heap_tables *tables) {
    return start_table(&tables->segments, sizeof(struct segment_entry)) &&
           start_table(&tables->huges, sizeof(struct segment_entry)) &&
           start_table(&tables->heaps, sizeof(struct heap_entry)) &&
           start_table(&tables->rings, sizeof(struct ring_entry)) &&
           start_table(&tables->modules, sizeof(struct module_entry)) &&
           start_table(&tables->bookkeeping, sizeof(struct memory_entry));
}

void rp_heap_tables_free(struct rp_heap_tables *tables) {
    uint8_t *chunk = tables->chunk;

    if (chunk != NULL)
        chunk -= CHUNK_BYTES - tables->chunk_left;
    while (chunk != NULL) {
        uint8_t *before;
        memcpy(&before, chunk, sizeof before);
        rp_system_unmap(chunk, CHUNK_BYTES);
        chunk = before;
    }
    free_table(&tables->segments);
    free_table(&tables->huges);
    free_table(&tables->heaps);
    free_table(&tables->rings);
    free_table(&tables->modules);
    free_table(&tables->bookkeeping);
}

// ---- memory ----

static unsigned power_of(size_t bytes) {
    unsigned power = LEAST_POWER;

    while ((size_t)1 << power < bytes)
        power++;
    return power;
}

// Zeroed; at most CHUNK_BYTES / 2.
void *rp_heap_tables_take(struct rp_heap_tables *tables, size_t bytes) {
    if (bytes > CHUNK_BYTES / 2) {
        tables->broken = true;
        return NULL;
    }
    unsigned power = power_of(bytes);
    size_t size = (size_t)1 << power;
    void *piece = tables->unused[power];

    if (piece != NULL) {
        memcpy(&tables->unused[power], piece, sizeof piece);
        memset(piece, 0, bytes);
        return piece;
    }
    if (tables->chunk_left < size) {
        // The first word of a chunk leads to the one before it.
        uint8_t *chunk = rp_system_map(CHUNK_BYTES, RP_MAP_OWN);
        tables->broken |= chunk == NULL;
        if (chunk == NULL)
            return NULL;
        uint8_t *last = tables->chunk;
        uint8_t *first =
            last != NULL ? last - (CHUNK_BYTES - tables->chunk_left) : NULL;
        memcpy(chunk, &first, sizeof first);
        tables->chunk = chunk + ((size_t)1 << LEAST_POWER);
        tables->chunk_left = CHUNK_BYTES - ((size_t)1 << LEAST_POWER);
    }
    piece = tables->chunk;
    tables->chunk += size;
    tables->chunk_left -= size;
    return piece;
}

void rp_heap_tables_give(struct rp_heap_tables *tables, void *piece,
                         size_t bytes) {
    unsigned power = power_of(bytes);

    if (piece == NULL)
        return;
    memcpy(piece, &tables->unused[power], sizeof piece);
    tables->unused[power] = piece;
}
