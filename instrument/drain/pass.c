// pass.c - see pass.h.
#include "instrument/drain/pass.h"

#include "instrument/shm/spill_reader.h"
#include "instrument/write/encode_short.h"

enum { TURN_SLOTS = 1 << 20 }; // of a ring, in a pass

// What comes after a snapshot does not stand before it.
static uint64_t *start_time(const struct rp_trace_writer *writer,
                            struct rp_source *ring) {
    struct rp_ring_notes *notes = rp_trace_writer_notes(writer, ring);

    if (notes->steps < writer->notes->start)
        notes->steps = writer->notes->start;
    return &notes->steps;
}

// ---- draining ----

// Adds events from `at` on to the block, as rp_trace_writer_add does, and at
// once, as far as they are those that most are; what changes with each is kept
// out of memory. They begin before `end` and are whole before `head`. Returns
// where the next one is.
static uint64_t add_short(struct rp_trace_writer *writer, struct rp_slots slots,
                          uint64_t at, uint64_t end, uint64_t head,
                          uint64_t *last) {
    struct rp_encoder *encoder = &writer->encoder;
    uint64_t time = *last;

    while (at < end && encoder->events < RP_BLOCK_EVENTS) {
        struct rp_record record;
        rp_record_head(&slots, at, &record);
        switch (record.type) {
        case TRACE_EVENT_ALLOC:
        case TRACE_EVENT_CALLOC:
        case TRACE_EVENT_REALLOC:
            if (head - at < rp_record_slots(TRACE_EVENT_ALLOC))
                goto out;
            at += rp_record_rest(&slots, at, TRACE_EVENT_ALLOC, &record);
            time = rp_trace_writer_time(writer, record.ticks, false, time);
            rp_encoder_add_alloc(
                encoder, record.type, time,
                rp_tables_stack(&writer->tables, (uint32_t)record.c[1]),
                record.c[0], record.a, record.b);
            rp_totals_block(&writer->totals, record.a, +1);
            break;
        case TRACE_EVENT_FREE:
        case TRACE_EVENT_FREE_DEFERRED:
            at += rp_record_slots(TRACE_EVENT_FREE);
            time = rp_trace_writer_time(
                writer, record.ticks, rp_record_crosses(record.type, record.a),
                time);
            rp_encoder_add_free(encoder, record.type, time, record.a, record.b);
            rp_totals_block(&writer->totals, record.a, -1);
            break;
        default:
            goto out;
        }
    }
out:
    *last = time;
    return at;
}

// The same with an event of any kind. Returns how many slots it has; 0: there
// is none that could be one.
static unsigned add_any(struct rp_trace_writer *writer,
                        const struct rp_slots *slots, uint64_t at,
                        uint64_t head, uint64_t *last) {
    struct rp_record record;
    unsigned count = rp_record_take(slots, at, head, &record);

    if (count != 0)
        rp_trace_writer_add(writer, &record, last);
    return count;
}

// Fills the block with the events from *tail on. false: what is there is none.
static bool fill_block(struct rp_trace_writer *writer,
                       const struct rp_slots *slots, uint64_t *tail,
                       uint64_t end, uint64_t head, uint64_t *last) {
    uint64_t at = *tail;
    unsigned count = 1;

    while (at < end && writer->encoder.events < RP_BLOCK_EVENTS && count != 0) {
        uint64_t next = add_short(writer, *slots, at, end, head, last);
        count = 1;
        if (next == at)
            next += count = add_any(writer, slots, at, head, last);
        at = next;
    }
    *tail = at;
    return count != 0;
}

// What the events of `ring` that are published so far can follow from in other
// rings is published, too. So where those are read to their ends, and their
// last event was at `last`, an event of the ring may be told to be earlier than
// it was, but for after `last`. UINT64_MAX: others are not read to their ends,
// or there are so many that to look at them all would take longer than to drain
// what is pending.
static uint64_t earliest(const struct rp_trace_writer *writer,
                         const struct rp_source *ring, uint64_t pending) {
    struct rp_source *other = rp_trace_writer_rings(writer);
    uint64_t last = writer->notes->start;

    if (pending < writer->own->sources.count)
        return UINT64_MAX;
    for (; other != NULL; other = other->next) {
        if (other == ring)
            continue;
        if (rp_source_head(other) != other->mark.tail)
            return UINT64_MAX;
        uint64_t steps = rp_trace_writer_notes(writer, other)->steps;
        if (steps > last)
            last = steps;
    }
    return last + 1;
}

// Up to head, or some events after `turn`.
static void drain(struct rp_trace_writer *writer, struct rp_source *ring,
                  uint64_t head, uint64_t turn) {
    struct rp_ring_mark mark = ring->mark;
    uint64_t tail = mark.tail, sequence = mark.sequence;
    // After head was read.
    uint64_t least = earliest(writer, ring, head - tail);
    uint64_t *last = start_time(writer, ring);

    writer->file.hurry = (head - tail > rp_source_room(ring) / 4 * 3) +
                         (head - tail > rp_source_room(ring) / 16 * 15);
    while (tail < head && tail <= turn && writer->file.error == 0 &&
           rp_trace_writer_has_space(writer)) {
        uint64_t end;
        const struct rp_slots *part =
            rp_spill_reader_part(writer->shm, ring, tail, head, &end);
        rp_encoder_begin(&writer->encoder, least);
        bool is_whole = fill_block(writer, part, &tail, end, head, last);
        if (writer->encoder.events > 0)
            rp_trace_writer_end_block(writer, ring->number, sequence);
        add_relaxed(&writer->shared->beat, 1); // relaxed: a sign of life
        sequence += writer->encoder.events;
        if (writer->is_full)
            break; // the block is not there
        if (writer->file.error == 0) {
            rp_source_give_back(ring, tail, sequence);
            rp_spill_reader_pass(writer->shm, ring, tail);
        }
        if (!is_whole) { // something is there, and no event
            rp_source_cut(ring);
            break;
        }
    }
    writer->file.hurry = 0;
    ring->written_ns = rp_trace_writer_ns(writer);
}

// Where the events end that are not after the cut. What another thread had done
// before them is not after it either, and was published before it.
static uint64_t cut_off(const struct rp_trace_writer *writer,
                        struct rp_source *ring, uint64_t head, uint64_t cut) {
    uint64_t at = ring->mark.tail;

    while (at < head) {
        struct rp_record record;
        unsigned slots =
            rp_spill_reader_read(writer->shm, ring, at, head, &record);
        if (slots == 0 && at == ring->mark.tail)
            rp_source_cut(ring);
        if (slots == 0 || (int64_t)(record.ticks - cut) > 0)
            return at;
        at += slots;
    }
    return head;
}

void rp_pass_visit(struct rp_trace_writer *writer, struct rp_source *ring,
                   struct rp_pass *pass) {
    uint64_t head = rp_source_head(ring), moment;

    if (pass->is_cut)
        head = cut_off(writer, ring, head, pass->cut);
    else if (!pass->ends && rp_own_is_moment(writer->shm, &moment))
        head = cut_off(writer, ring, head, moment);
    uint64_t pending = head - ring->mark.tail;

    if (pending == 0) {
        ring->written_ns = pass->ns;
        return;
    }
    pass->found = true;
    if (pass->all || pending > rp_source_room(ring) / 8 * 3 ||
        pass->ns - ring->written_ns > RP_PASS_HOLD_NS) {
        // A spill is long; the others' turn comes meanwhile.
        drain(writer, ring, head,
              pass->all ? head : ring->mark.tail + TURN_SLOTS);
        if (ring->mark.tail == head)
            return;
    }
    uint64_t steps = rp_trace_writer_notes(writer, ring)->steps;
    if (steps < pass->horizon)
        pass->horizon = steps;
}

void rp_pass_drain_to(struct rp_trace_writer *writer, uint64_t cut) {
    struct rp_source *ring = rp_trace_writer_rings(writer);

    for (; ring != NULL; ring = ring->next) {
        uint64_t end = cut_off(writer, ring, rp_source_head(ring), cut);
        if (end != ring->mark.tail)
            drain(writer, ring, end, end);
    }
}

// The last moment of the next `slots` slots of a ring, if it has more.
static uint64_t moment_of(const struct rp_trace_writer *writer,
                          struct rp_source *ring, uint64_t slots,
                          uint64_t now) {
    uint64_t tail = ring->mark.tail, at = tail;
    uint64_t head = rp_source_head(ring), last = writer->base_ticks;

    while (at < head && at - tail < slots) {
        struct rp_record record;
        unsigned more =
            rp_spill_reader_read(writer->shm, ring, at, head, &record);
        if (more == 0)
            return now;
        if ((int64_t)(record.ticks - last) > 0)
            last = record.ticks;
        at += more;
    }
    return at < head && (int64_t)(last - now) < 0 ? last : now;
}

uint64_t rp_pass_cut(const struct rp_trace_writer *writer, uint64_t slots,
                     uint64_t now) {
    struct rp_source *ring = rp_trace_writer_rings(writer);
    uint64_t rings = 0, cut = now;

    for (; ring != NULL; ring = ring->next)
        rings += rp_source_head(ring) != ring->mark.tail;
    if (rings == 0)
        return now;
    for (ring = rp_trace_writer_rings(writer); ring != NULL;
         ring = ring->next) {
        uint64_t moment =
            moment_of(writer, ring, slots > rings ? slots / rings : 1, now);
        if ((int64_t)(moment - cut) < 0)
            cut = moment;
    }
    return cut;
}

// ---- copying ----

static void copy(struct rp_trace_writer *writer, struct rp_source *ring,
                 uint64_t cut) {
    uint64_t at = ring->mark.tail, head = rp_source_head(ring);
    uint64_t sequence = rp_trace_writer_sequence(writer, ring);
    uint64_t *last = start_time(writer, ring);
    struct rp_record record;
    bool more = true;

    while (more && at < head && writer->file.error == 0 &&
           rp_trace_writer_has_space(writer)) {
        rp_encoder_begin(&writer->encoder, UINT64_MAX);
        while (at < head && writer->encoder.events < RP_BLOCK_EVENTS) {
            unsigned slots = rp_record_take(&ring->slots, at, head, &record);
            if (slots == 0 && at == ring->mark.tail && writer->second == NULL)
                rp_source_cut(ring);
            uint64_t ticks =
                rp_sources_ticks(&writer->own->sources, record.ticks);
            more = slots != 0 && (int64_t)(ticks - cut) <= 0;
            if (!more)
                break;
            at += slots;
            rp_trace_writer_add(writer, &record, last);
        }
        if (writer->encoder.events > 0)
            rp_trace_writer_end_block(writer, ring->number, sequence);
        sequence += writer->encoder.events;
    }
    rp_trace_writer_notes(writer, ring)->written_to = at;
}

void rp_pass_copy_to(struct rp_trace_writer *writer, uint64_t cut) {
    struct rp_source *ring = rp_trace_writer_rings(writer);

    for (; ring != NULL; ring = ring->next)
        copy(writer, ring, cut);
}
