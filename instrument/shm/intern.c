// intern.c - see intern.h.
#include "instrument/shm/intern.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/os/system.h"

#include <string.h>

// Four lanes, so that the multiplications of one do not wait for another.
static uint64_t hash_words(const uint64_t *words, uint32_t count) {
    const uint64_t factor = 0x9e3779b97f4a7c15u;
    uint64_t lane[4] = {count, 1, 2, 3};
    uint32_t i = 0;

    for (; i + 4 <= count; i += 4) {
        for (unsigned k = 0; k < 4; k++)
            lane[k] = (lane[k] ^ words[i + k]) * factor;
    }
    for (; i < count; i++)
        lane[i & 3] = (lane[i & 3] ^ words[i]) * factor;

    uint64_t hash = 0;
    for (unsigned k = 0; k < 4; k++)
        hash = (hash ^ lane[k] ^ lane[k] >> 29) * factor;
    return hash ^ hash >> 32;
}

static uint32_t table_buckets(unsigned index) {
    return (uint32_t)RP_INTERN_FIRST_BUCKETS << 2 * index;
}

static _Atomic uint32_t *table_get(struct rp_intern *intern, unsigned index) {
    struct rp_intern_table *table = &intern->tables[index];
    size_t bytes = table_buckets(index) * sizeof(uint32_t);
    // acquire [buckets]: that they are zeroed and mapped
    _Atomic uint32_t *buckets = load_acquire(&table->buckets);
    if (RP_LIKELY(buckets != NULL))
        return buckets;

    _Atomic uint32_t *made = rp_system_map(bytes, RP_MAP_OWN);
    if (made == NULL)
        return NULL;
    // acq_rel [buckets]: either mine are seen by all, or I see the others
    if (cas_strong_acq_rel(&table->buckets, &buckets, made))
        return made;
    rp_system_unmap((void *)made, bytes);
    return buckets;
}

// The row in a chain that starts with `number` and ends before `end`, or 0.
static uint32_t chain_find(const struct rp_intern *intern, uint32_t number,
                           uint32_t end, uint64_t hash, const uint64_t *words,
                           uint32_t count) {
    while (number != end) {
        const struct rp_row *row = rp_intern_row(intern, number);
        if (row->hash == hash && row->count == count &&
            memcmp(row->words, words, count * sizeof *words) == 0)
            return number;
        number = row->next;
    }
    return 0;
}

static struct rp_row *row_make(struct rp_intern *intern, uint64_t hash,
                               const uint64_t *words, uint32_t count,
                               uint32_t *number) {
    size_t bytes = sizeof(struct rp_row) + count * sizeof *words;
    struct rp_row *row = rp_pool_take(&intern->pool, bytes, number);

    if (row != NULL) {
        row->hash = hash;
        row->count = count;
        memcpy(row->words, words, count * sizeof *words);
    }
    return row;
}

// Finds or inserts in one table; *full: neither, because it has enough rows.
static uint32_t table_intern(struct rp_intern *intern, unsigned index,
                             uint64_t hash, const uint64_t *words,
                             uint32_t count, bool *full, bool *added) {
    struct rp_intern_table *table = &intern->tables[index];
    _Atomic uint32_t *buckets = table_get(intern, index);
    uint32_t number = 0;

    *full = false;
    if (buckets == NULL)
        return 0;
    _Atomic uint32_t *bucket = &buckets[hash & (table_buckets(index) - 1)];
    uint32_t head = load_acquire(bucket); // acquire [row]: its words
    uint32_t found = chain_find(intern, head, 0, hash, words, count);
    if (found != 0)
        return found;

    // relaxed: only a measure of how full the table is
    *full = load_relaxed(&table->rows) >= table_buckets(index) &&
            index + 1 < RP_INTERN_TABLES;
    if (*full)
        return 0;
    struct rp_row *row = row_make(intern, hash, words, count, &number);
    if (row == NULL)
        return 0;
    row->next = head;
    // acq_rel [row]: mine is whole, and so are those linked meanwhile
    while (!cas_acq_rel(bucket, &head, number)) {
        found = chain_find(intern, head, row->next, hash, words, count);
        if (found != 0)
            return found; // somebody was faster; mine stays unused
        row->next = head;
    }
    add_relaxed(&table->rows, 1); // relaxed: see above
    *added = true;
    return number;
}

uint32_t rp_intern(struct rp_intern *intern, const uint64_t *words,
                   uint32_t count, bool *added) {
    uint64_t hash = hash_words(words, count);

    *added = false;
    for (unsigned i = 0; i < RP_INTERN_TABLES; i++) {
        bool full;
        uint32_t number =
            table_intern(intern, i, hash, words, count, &full, added);
        if (!full)
            return number;
    }
    return 0;
}

uint32_t rp_intern_text(struct rp_intern *intern, const char *text,
                        size_t bytes, bool *added) {
    uint64_t words[1 + RP_TEXT_BYTES / 8];

    if (bytes > RP_TEXT_BYTES)
        bytes = RP_TEXT_BYTES;
    words[(bytes + 7) / 8] = 0; // what the text does not fill
    words[0] = bytes;
    memcpy(&words[1], text, bytes);
    return rp_intern(intern, words, (uint32_t)(1 + (bytes + 7) / 8), added);
}
