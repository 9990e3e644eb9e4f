// reach.c - see reach.h.
#include "instrument/check/reach.h"

#include "core/base/bits.h"
#include "core/os/os.h"
#include "instrument/os/places.h"
#include "instrument/os/stop.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <string.h>

#if UINTPTR_MAX > UINT32_MAX
enum { ADDRESS_BITS = 47 };
#else
enum { ADDRESS_BITS = 32 };
#endif
enum { CHUNK_SHIFT = 16 };
#define CHUNK ((uintptr_t)1 << CHUNK_SHIFT)

struct look {
    void (*each)(const struct rp_check_span *span,
                 const struct rp_check_block *block, enum rp_reach reach,
                 void *context);
    void *context;
    uint64_t *heap; // a bit for each 64 KiB that blocks lie in
    // What was reached and not yet looked through.
    struct rp_check_found *ahead;
    size_t count, room;
    enum rp_reach reach; // of what is found now
    uintptr_t ours, ours_end;
    struct rp_places places;
};

// Of a live block, in a field that is of no use while it lives.
static void set_reach(struct rp_check_block *block, enum rp_reach reach) {
    block->freed_in = (uint16_t)reach;
}
static enum rp_reach reach_of(const struct rp_check_block *block) {
    return (enum rp_reach)block->freed_in;
}

static bool is_live(const struct rp_check_block *block) {
    // relaxed: all others stand still
    return rp_word_state(load_relaxed(&block->word)) == RP_BLOCK_LIVE;
}

static size_t size_of(const struct rp_check_found *found) {
    return rp_word_size(load_relaxed(&found->block->word)); // relaxed: as above
}

// ---- words ----

static void meet(struct look *look, uintptr_t word) {
    if (word >> ADDRESS_BITS != 0 || word < CHUNK)
        return;
    struct rp_check_found found = rp_table_find((const void *)word);
    if (found.block == NULL) {
        // Perhaps the middle of a large one.
        if ((look->heap[word >> (CHUNK_SHIFT + 6)] >>
                 (word >> CHUNK_SHIFT & 63) &
             1) == 0)
            return;
        found = rp_table_search((const void *)word);
    }
    if (found.block == NULL || !is_live(found.block) || word < found.pointer ||
        word > found.pointer + size_of(&found) ||
        (word == found.pointer + size_of(&found) && size_of(&found) != 0) ||
        reach_of(found.block) >= look->reach)
        return;
    set_reach(found.block, look->reach);
    if (look->count < look->room)
        look->ahead[look->count++] = found;
}

static void meet_all(struct look *look, uintptr_t start, uintptr_t end) {
    for (uintptr_t at = round_up(start, sizeof(uintptr_t));
         at + sizeof(uintptr_t) <= end; at += sizeof(uintptr_t)) {
        uintptr_t word;
        memcpy(&word, (const void *)at, sizeof word);
        meet(look, word);
    }
}

// Through blocks, as far as they lead.
static void go_on(struct look *look) {
    while (look->count > 0) {
        struct rp_check_found found = look->ahead[--look->count];
        meet_all(look, found.pointer, found.pointer + size_of(&found));
    }
}

// ---- where the program's words are ----

static bool is_heap(const struct look *look, uintptr_t address) {
    return (look->heap[address >> (CHUNK_SHIFT + 6)] >>
                (address >> CHUNK_SHIFT & 63) &
            1) != 0;
}

// A part of a mapping, but for what is heap or is not in memory.
static void meet_mapping(struct look *look, uintptr_t start, uintptr_t end) {
    while (start < end) {
        uintptr_t next = round_down(start, CHUNK) + CHUNK;
        if (next > end)
            next = end;
        if (is_heap(look, start)) {
            start = next;
            continue;
        }
        uintptr_t page = round_down(start, rp_os_page_bytes());
        size_t there =
            rp_system_resident(page, round_up(next - page, rp_os_page_bytes()));
        if (there == 0) {
            start = page + rp_os_page_bytes();
            continue;
        }
        uintptr_t stop = page + there < next ? page + there : next;
        meet_all(look, start, stop);
        start = stop;
    }
}

// Where in a mapping a thread's stack begins; the mapping's start, if it has
// none.
static uintptr_t stack_in(const struct rp_mapped *place,
                          const struct rp_stopped *threads, unsigned count) {
    uintptr_t start = place->start;

    for (unsigned i = 0; i < count; i++)
        if (threads[i].sp >= place->start && threads[i].sp < place->end)
            start = threads[i].sp;
    return start;
}

static void meet_program(struct look *look, const struct rp_stopped *threads,
                         unsigned count) {
    struct rp_mapped place;
    size_t at = 0;

    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < threads[i].count; k++)
            meet(look, threads[i].registers[k]);
    while (rp_places_next(&look->places, &at, &place)) {
        if (!place.is_readable || !place.is_writable || !place.is_private ||
            (place.start >= look->ours && place.end <= look->ours_end))
            continue;
        meet_mapping(look, stack_in(&place, threads, count), place.end);
        go_on(look);
    }
}

// ---- all of it ----

static void note_heap(struct look *look) {
    for (struct rp_check_span *span = rp_table_spans(); span != NULL;
         span = span->next) {
        uintptr_t end = span->first + span->bytes * span->count;
        for (uintptr_t at = span->first >> CHUNK_SHIFT;
             span->is_used && at <= (end - 1) >> CHUNK_SHIFT; at++)
            look->heap[at >> 6] |= UINT64_C(1) << (at & 63);
        for (uint32_t i = 0; span->is_used && i < span->count; i++)
            if (is_live(&span->blocks[i])) {
                set_reach(&span->blocks[i], RP_REACH_NOT);
                look->room++;
            }
    }
}

static void for_live(struct look *look,
                     void (*deed)(struct look *look, struct rp_check_span *span,
                                  struct rp_check_block *block)) {
    for (struct rp_check_span *span = rp_table_spans(); span != NULL;
         span = span->next)
        for (uint32_t i = 0; span->is_used && i < span->count; i++)
            if (is_live(&span->blocks[i]))
                deed(look, span, &span->blocks[i]);
}

// What a lost block leads to is lost with it; but not by itself.
static void follow_lost(struct look *look, struct rp_check_span *span,
                        struct rp_check_block *block) {
    if (reach_of(block) != RP_REACH_NOT)
        return;
    uintptr_t start = rp_table_start(span, block);
    look->ahead[look->count++] =
        (struct rp_check_found){span, block, start, start + block->front};
    set_reach(block, RP_REACH_LOST);
    go_on(look);
    set_reach(block, RP_REACH_NOT);
}

static void tell(struct look *look, struct rp_check_span *span,
                 struct rp_check_block *block) {
    look->each(span, block, reach_of(block), look->context);
}

static void look_around(const struct rp_stopped *threads, unsigned count,
                        void *context) {
    struct look *look = context;

    note_heap(look);
    size_t bytes = (look->room + 1) * sizeof *look->ahead;
    look->ahead = rp_system_map(bytes, RP_MAP_OWN);
    if (look->ahead == NULL)
        return;
    look->reach = RP_REACH_FULLY;
    meet_program(look, threads, count);
    look->reach = RP_REACH_LOST;
    for_live(look, follow_lost);
    for_live(look, tell);
    rp_system_unmap(look->ahead, bytes);
}

bool rp_reach_look(uint64_t sp,
                   void (*each)(const struct rp_check_span *span,
                                const struct rp_check_block *block,
                                enum rp_reach reach, void *context),
                   void *context) {
    static struct look look;
    size_t bytes = ((size_t)1 << (ADDRESS_BITS - CHUNK_SHIFT)) / 8;

    look = (struct look){.each = each, .context = context};
    look.heap = rp_system_map(bytes, RP_MAP_OWN);
    if (look.heap == NULL)
        return false;
    // Ours lie beside each other; see rp_system_aside.
    look.ours = round_down((uintptr_t)look.heap, (uintptr_t)1 << 40);
    look.ours_end = look.ours + ((uintptr_t)1 << 44);
    bool done = rp_places_read(&look.places) &&
                rp_system_stop_others(sp, look_around, &look);
    rp_places_drop(&look.places);
    rp_system_unmap(look.heap, bytes);
    return done;
}
