// source.c - see source.h.
#include "instrument/shm/source.h"

#include "core/base/bits.h"
#include "instrument/os/clock.h"
#include "instrument/os/system.h"

enum {
    MEMORY_BYTES = 64 << 10,
    SKEW = 1 << 22, // ticks by which processors may differ
};

// So that no time that is made of it overflows, in parts of a step or doubled.
static const uint64_t MOST_TICKS = UINT64_C(1) << 58;

// ---- time ----

uint64_t rp_sources_now(const struct rp_sources *sources) {
    return sources->clock != NULL ? rp_clock_advance(sources->clock)
                                  : rp_clock_now_ordered();
}

// What is published by now is not later than that.
static void look_at_clock(struct rp_sources *sources) {
    uint64_t since = rp_sources_now(sources) + SKEW - sources->base;

    if (!sources->is_over && since > sources->since && since < MOST_TICKS)
        sources->since = since;
}

void rp_sources_start(struct rp_sources *sources, uint64_t base,
                      _Atomic uint64_t *clock) {
    sources->base = base;
    sources->clock = clock;
    sources->since = SKEW;
    look_at_clock(sources);
}

void rp_sources_end(struct rp_sources *sources, uint64_t since) {
    sources->since = since < MOST_TICKS ? since : MOST_TICKS;
    sources->is_over = true;
}

// ---- memory ----

// Sources are cut from pieces of memory, the last of which is chained to those
// before.
struct memory {
    struct memory *before;
    uint32_t used;
    struct rp_source sources[];
};

static struct rp_source *take(struct rp_sources *sources) {
    enum {
        MANY = (MEMORY_BYTES - sizeof(struct memory)) / sizeof(struct rp_source)
    };
    struct memory *memory = sources->memory;

    if (memory == NULL || memory->used == MANY) {
        memory = rp_system_map(MEMORY_BYTES, RP_MAP_OWN);
        if (memory == NULL)
            return NULL;
        memory->before = sources->memory;
        sources->memory = memory;
    }
    return &memory->sources[memory->used++];
}

void rp_sources_free(struct rp_sources *sources) {
    enum { PAGES = RP_SOURCES_MOST / RP_SOURCES_PAGE };
    struct memory *memory = sources->memory;

    while (memory != NULL) {
        struct memory *before = memory->before;
        rp_system_unmap(memory, MEMORY_BYTES);
        memory = before;
    }
    for (unsigned i = 0; i < PAGES; i++) {
        if (sources->by_number[i] != NULL)
            rp_system_unmap(sources->by_number[i],
                            RP_SOURCES_PAGE * sizeof *sources->by_number[i]);
    }
    *sources = (struct rp_sources){0};
}

// Where the ring of a number is kept; NULL: it is no number, or no memory.
static struct rp_source **place_of(struct rp_sources *sources,
                                   uint32_t number) {
    if (number == 0 || number >= RP_SOURCES_MOST)
        return NULL;
    struct rp_source ***page = &sources->by_number[number / RP_SOURCES_PAGE];
    if (*page == NULL)
        *page = rp_system_map(RP_SOURCES_PAGE * sizeof **page, RP_MAP_OWN);
    return *page != NULL ? &(*page)[number % RP_SOURCES_PAGE] : NULL;
}

struct rp_source *rp_sources_find(const struct rp_sources *sources,
                                  uint32_t number) {
    if (number >= RP_SOURCES_MOST)
        return NULL;
    struct rp_source **page = sources->by_number[number / RP_SOURCES_PAGE];
    return page != NULL ? page[number % RP_SOURCES_PAGE] : NULL;
}

// ---- new ones ----

static bool is_size(uint64_t slots) {
    return slots != 0 && (slots & (slots - 1)) == 0;
}

// The ring at an offset; NULL: there is none, or it is known.
static struct rp_source *make(struct rp_sources *sources,
                              const struct rp_shm *shm, uint64_t offset) {
    if (!rp_shm_has(shm, offset, sizeof(struct rp_ring), RP_SHM_PAGE))
        return NULL;
    struct rp_ring *ring = rp_shm_at(shm, offset);
    // relaxed, both: by [ring list]; what grows is looked at with each head
    uint32_t room = load_relaxed(&ring->room), most = ring->most;
    uint32_t capacity = load_relaxed(&ring->capacity), number = ring->number;
    // relaxed: a count
    uint64_t lost = load_relaxed(&ring->lost), told = ring->told_lost;
    struct rp_source **place = place_of(sources, number);

    if (!is_size(room) || !is_size(capacity) || !is_size(most) ||
        capacity > room || room > most ||
        !rp_shm_has(shm, offset, rp_ring_bytes(most), RP_SHM_PAGE) ||
        place == NULL || *place != NULL)
        return NULL;
    struct rp_source *source = take(sources);
    if (source == NULL)
        return NULL;
    *source = (struct rp_source){
        .ring = ring,
        .all = sources,
        .number = number,
        .index = sources->count++,
        .most = most,
        .slots = {ring->slots, capacity - 1},
        .mark = rp_ring_mark(ring),
        .notes.lost = told <= lost && told <= sources->since ? told : 0,
    };
    source->head = source->mark.tail;
    source->passed = load_relaxed(&ring->spill.passed); // relaxed: mine
    return *place = source;
}

struct rp_source *rp_sources_look(struct rp_sources *sources,
                                  const struct rp_shm *shm, uint64_t newest) {
    struct rp_source *first = NULL, **at = &first;
    uint64_t offset = newest;

    if (sources->is_cut || newest == sources->newest_at)
        return sources->newest;
    // Each has another number, so this ends.
    while (offset != sources->newest_at && !sources->is_cut) {
        struct rp_source *source = make(sources, shm, offset);
        if (source != NULL) {
            *at = source;
            at = &source->next;
            offset = source->ring->next;
        } else {
            sources->is_cut = true;
        }
    }
    *at = sources->newest;
    sources->newest = first != NULL ? first : sources->newest;
    sources->newest_at = newest;
    return sources->newest;
}

// ---- one ----

void rp_source_cut(struct rp_source *source) {
    if (source->is_cut)
        return;
    source->is_cut = true;
    source->gone = 1;
    source->head = source->mark.tail;
    source->all->cut++;
}

// How many events there are up to `head`, at least: as far as they can be read,
// and then as few as so many slots can have.
static uint64_t count_events(const struct rp_source *source, uint64_t head) {
    const struct rp_ring *ring = source->ring;
    // acquire [spill]: where it begins
    uint64_t to = load_acquire(&ring->spill.to);
    uint64_t from = load_relaxed(&ring->spill.from); // relaxed: by [spill]
    uint64_t at = source->mark.tail, end = head, events = 0;
    struct rp_record record;
    unsigned slots;

    if (from < to && at < to && from < end) // they lie elsewhere
        end = from > at ? from : at;
    while (at < end &&
           (slots = rp_record_take(&source->slots, at, end, &record)) != 0) {
        at += slots;
        events++;
    }
    return events + (head - at + RP_RECORD_MAX_SLOTS - 1) / RP_RECORD_MAX_SLOTS;
}

// Its producer goes on, and finds room. A head that it cannot have would be no
// tail for it.
static uint64_t discard(struct rp_source *source, uint64_t head) {
    struct rp_ring *ring = source->ring;
    uint64_t more = head - source->mark.tail;

    if (more != 0 && more <= source->most + source->all->spill_slots) {
        // relaxed: of one that is not read any more
        uint64_t to = load_relaxed(&ring->spill.to);
        uint64_t events = count_events(source, head);
        source->gone = source->gone_is_known ? source->gone + events : events;
        source->gone_is_known = true;
        rp_source_give_back(source, head, source->mark.sequence);
        store_release(&ring->spill.passed,
                      head < to ? head : to); // release [passed]: nothing
    }
    return source->head = source->mark.tail;
}

uint64_t rp_source_head(struct rp_source *source) {
    struct rp_ring *ring = source->ring;
    uint64_t head = rp_ring_head(ring);
    // relaxed: stored before the head that lies beyond the old one, by [ring]
    uint64_t capacity = load_relaxed(&ring->capacity);

    if (source->is_cut)
        return discard(source, head);
    if (head == source->head)
        return head;
    if (!is_size(capacity) || capacity > source->most ||
        capacity <= source->slots.mask || head < source->head ||
        head - source->mark.tail > source->most + source->all->spill_slots) {
        rp_source_cut(source);
        return source->head;
    }
    source->slots.mask = capacity - 1;
    look_at_clock(source->all);
    return source->head = head;
}

void rp_source_prepare(struct rp_source *source, const struct rp_shm *shm,
                       int file) {
    uint64_t capacity = source->slots.mask + 1;
    uint64_t pending = source->head - source->mark.tail;
    uint64_t at = (uint64_t)((char *)source->ring - shm->base);

    if (source->is_cut || file < 0 || capacity < RP_RING_LARGE ||
        2 * capacity > source->most || source->prepared >= 2 * capacity ||
        pending < capacity / 8)
        return;
    source->prepared = (uint32_t)(2 * capacity);
    if (rp_system_reserve(file, at + rp_ring_bytes((uint32_t)capacity),
                          capacity * sizeof(struct rp_slot)) == 0)
        rp_ring_prepare(source->ring, source->prepared);
}

void rp_source_give_back(struct rp_source *source, uint64_t tail,
                         uint64_t sequence) {
    source->mark = (struct rp_ring_mark){tail, sequence};
    rp_ring_give_back(source->ring, tail, sequence);
}
