// merge.c - see merge.h.
#include "instrument/drain/merge.h"

#include "core/base/atomic.h"
#include "instrument/os/system.h"

// One ring, at its next event.
struct reader {
    struct rp_source *ring;
    uint64_t at, head; // slots
    uint64_t key;      // the event's place in the order
    uint64_t events;   // applied and not given back
    unsigned slots;
    bool is_bad; // what comes next is no event
    struct rp_record record;
};

// All rings that have an event; a heap, earliest first.
struct merge {
    struct reader *readers;
    uint32_t count;
    struct rp_merge_to to;
    uint64_t left; // slots, before the cut or not
};

static bool comes_before(const struct reader *a, const struct reader *b) {
    return a->key < b->key ||
           (a->key == b->key && a->ring->number < b->ring->number);
}

static void sift_down(struct merge *merge, uint32_t at) {
    for (;;) {
        uint32_t least = at;
        for (uint32_t i = 2 * at + 1; i <= 2 * at + 2; i++) {
            if (i < merge->count &&
                comes_before(&merge->readers[i], &merge->readers[least]))
                least = i;
        }
        if (least == at)
            return;
        struct reader kept = merge->readers[at];
        merge->readers[at] = merge->readers[least];
        merge->readers[least] = kept;
        at = least;
    }
}

// An event that takes over from another thread is stamped by the ordered clock:
// so it comes last of those with the same stamp.
static bool read_next(struct reader *reader, uint64_t cut) {
    struct rp_record *record = &reader->record;
    uint64_t key;

    if (reader->at >= reader->head)
        return false;
    reader->slots =
        rp_source_take(reader->ring, reader->at, reader->head, record);
    reader->is_bad = reader->slots == 0;
    if (reader->is_bad || (int64_t)(record->ticks - cut) > 0)
        return false;
    key = 2 * (record->ticks - reader->ring->all->base) +
          rp_record_crosses(record->type, record->a);
    if (key > reader->key)
        reader->key = key;
    return true;
}

static void give_back(struct reader *reader, bool counts) {
    struct rp_source *ring = reader->ring;
    uint64_t sequence = ring->mark.sequence;

    rp_source_give_back(ring, reader->at,
                        counts ? sequence + reader->events : sequence);
    reader->events = 0;
    if (reader->is_bad)
        rp_source_cut(ring);
}

// room: of the readers, for `ring` and all that are older.
static void start(struct merge *merge, struct rp_source *ring, uint32_t room) {
    for (; ring != NULL && merge->count < room; ring = ring->next) {
        struct reader *reader = &merge->readers[merge->count];
        *reader =
            (struct reader){.ring = ring,
                            .at = ring->mark.tail,
                            .head = merge->to.written ? ring->notes.written_to
                                                      : rp_source_head(ring)};
        if (reader->head > reader->at)
            merge->left += reader->head - reader->at;
        if (read_next(reader, merge->to.cut))
            merge->count++;
        else if (reader->is_bad)
            rp_source_cut(ring);
    }
    for (uint32_t i = merge->count / 2; i-- > 0;)
        sift_down(merge, i);
}

// Returns whether there was anything to apply.
static bool apply_all(struct merge *merge, struct rp_heap_state *heaps) {
    bool counts = merge->to.written, found = false;

    while (merge->count > 0) {
        struct reader *first = &merge->readers[0];
        if (merge->left <= merge->to.kept &&
            (int64_t)(first->record.ticks - merge->to.least) > 0)
            break;
        found = true;
        rp_heap_state_apply(heaps, first->ring->number, &first->record);
        if ((int64_t)(first->record.ticks - heaps->applied) > 0)
            heaps->applied = first->record.ticks;
        first->at += first->slots;
        first->events++;
        merge->left -= first->slots;
        if (!read_next(first, merge->to.cut)) {
            give_back(first, counts);
            *first = merge->readers[--merge->count];
        } else if (first->at - first->ring->mark.tail >
                   rp_source_room(first->ring) / 8) {
            give_back(first, counts);
        }
        sift_down(merge, 0);
    }
    for (uint32_t i = 0; i < merge->count; i++)
        give_back(&merge->readers[i], counts);
    return found;
}

uint64_t rp_merge_cut(const struct rp_shm *shm, uint64_t cut,
                      unsigned eighths) {
    for (struct rp_source *ring = rp_own_rings(shm); ring != NULL;
         ring = ring->next) {
        uint64_t at = ring->mark.tail, head = rp_source_head(ring);
        // From half full on, its producer asks for room.
        while (at + rp_source_room(ring) / 8 * eighths < head) {
            struct rp_record record;
            unsigned slots = rp_source_take(ring, at, head, &record);
            if (slots == 0)
                break;
            at += slots;
            if ((int64_t)(record.ticks - cut) > 0)
                cut = record.ticks;
        }
    }
    return cut;
}

bool rp_merge(struct rp_heap_state *heaps, const struct rp_shm *shm,
              const struct rp_merge_to *to) {
    struct rp_source *newest = rp_own_rings(shm);
    uint32_t room = shm->own->sources.count;
    struct merge merge = {.to = *to};
    size_t bytes = (room + 1) * sizeof *merge.readers;

    if ((int64_t)(to->least - heaps->applied) > 0 || heaps->applied == 0)
        heaps->applied = to->least;
    if ((int64_t)(merge.to.cut - heaps->applied) < 0)
        merge.to.cut = heaps->applied;
    merge.readers = rp_system_map(bytes, RP_MAP_OWN);
    if (merge.readers == NULL) {
        heaps->tables.broken = true;
        return false;
    }
    start(&merge, newest, room);
    bool found = apply_all(&merge, heaps);
    shm->own->refused += heaps->refused;
    heaps->refused = 0;
    rp_system_unmap(merge.readers, bytes);
    return found;
}
