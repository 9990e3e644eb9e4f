// trace_writer.c - see trace_writer.h.
#include "instrument/write/trace_writer.h"

#include "core/base/bits.h"
#include "instrument/os/clock.h"
#include "instrument/os/system.h"

enum {
    CALIBRATION_NS = 1000000, // at least, between the two looks at the clocks
    SLOT_BYTES = 3,           // of the file, for a slot of a ring
    SPARE_BYTES = 8 << 10,    // of the file, for stacks that are new
};

// ---- beginning ----

static bool start(struct rp_trace_writer *writer, struct rp_shm *shm, int file,
                  uint64_t bytes) {
    struct rp_shared *shared = rp_shared_of(shm);

    writer->shm = shm;
    writer->shared = shared;
    writer->own = shm->own;
    writer->base_ticks = shm->own->base_ticks;
    writer->shift = shm->own->shift;
    if (!rp_file_start(&writer->file, file, bytes) ||
        !rp_encoder_start(&writer->encoder) ||
        !rp_tables_start(&writer->tables, shm, writer->notes, &writer->file) ||
        !rp_totals_start(&writer->totals, &shm->own->layout, shm->own->classes))
        return false;
    if (shm->own->residency_ns == 0)
        return true;
    writer->totals.regions = &writer->regions;
    return rp_regions_start(&writer->regions);
}

bool rp_trace_writer_start(struct rp_trace_writer *writer, struct rp_shm *shm,
                           int file, uint64_t bytes, uint64_t events) {
    writer->notes = &shm->own->notes;
    writer->goes_on = bytes != 0;
    writer->earlier_events = events;
    return start(writer, shm, file, bytes);
}

bool rp_trace_writer_start_second(struct rp_trace_writer *writer,
                                  struct rp_shm *shm, int file) {
    struct rp_source *newest = rp_own_rings(shm);
    size_t bytes = sizeof *writer->second +
                   shm->own->sources.count * sizeof *writer->second->rings;

    writer->second = rp_system_map(bytes, RP_MAP_OWN);
    if (writer->second == NULL)
        return false;
    writer->second->bytes = bytes;
    writer->second->ring = newest;
    writer->notes = &writer->second->trace;
    return start(writer, shm, file, 0);
}

void rp_trace_writer_free(struct rp_trace_writer *writer) {
    rp_file_free(&writer->file);
    rp_encoder_free(&writer->encoder);
    rp_tables_free(&writer->tables);
    rp_totals_free(&writer->totals);
    rp_regions_free(&writer->regions);
    if (writer->second != NULL)
        rp_system_unmap(writer->second, writer->second->bytes);
}

void rp_trace_writer_begin(struct rp_trace_writer *writer, uint64_t trace_id) {
    struct trace_file_header header = writer->own->header;

    header.trace_id = trace_id;
    rp_file_header(&writer->file, &header);
    rp_tables_describe(&writer->tables);
}

// ---- time ----

uint64_t rp_trace_writer_ns(const struct rp_trace_writer *writer) {
    return rp_clock_monotonic() - writer->own->base_ns;
}

uint64_t rp_trace_writer_steps(const struct rp_trace_writer *writer) {
    return (rp_own_now(writer->shm) - writer->base_ticks) >> writer->shift;
}

uint64_t rp_trace_writer_refuse(const struct rp_trace_writer *writer) {
    writer->own->refused++;
    return 0;
}

// Chooses steps of a power of two of ticks, once in a process.
void rp_trace_writer_calibrate(struct rp_trace_writer *writer) {
    static unsigned known;
    struct rp_shared *shared = writer->shared;
    uint64_t ns, ticks;

    if (writer->shift != 0)
        return;
    if (known != 0) {
        writer->shift = writer->own->shift = shared->shift = known;
        return;
    }
    do {
        rp_system_wait(&shared->stop, 0, CALIBRATION_NS);
        ns = rp_trace_writer_ns(writer);
        ticks = rp_clock_true() - writer->base_ticks;
    } while (ns < CALIBRATION_NS);
    while (ticks * RP_TRACE_STEP_NS / ns >> (writer->shift + 1) != 0 &&
           (writer->own->sources.clock == NULL ||
            UINT64_C(16) << writer->shift <= RP_CLOCK_LEAP))
        writer->shift++;
    known = writer->own->shift = shared->shift = writer->shift;
}

void rp_trace_writer_sample_clock(struct rp_trace_writer *writer) {
    // The step that belongs to the middle of the look at the other clock.
    uint64_t before = rp_trace_writer_steps(writer);
    uint64_t ns = rp_trace_writer_ns(writer);
    uint64_t after = rp_trace_writer_steps(writer);
    struct trace_clock_sample sample = {before + (after - before) / 2, ns};

    writer->sampled_ns = ns;
    rp_file_plain_block(&writer->file, TRACE_CLOCK, &sample, sizeof sample);
}

// ---- events ----

void rp_trace_writer_add(struct rp_trace_writer *writer,
                         const struct rp_record *record, uint64_t *last) {
    uint64_t values[TRACE_MAX_FIELDS];
    bool crosses = rp_record_crosses(record->type, record->a);
    uint64_t time = rp_trace_writer_time(writer, record->ticks, crosses, *last);

    *last = time;
    rp_record_values(record, values);
    rp_tables_translate(&writer->tables, record, values);
    rp_encoder_add(&writer->encoder, record->type, time, values);
    switch (record->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
        rp_totals_block(&writer->totals, record->a, +1);
        break;
    case TRACE_EVENT_INHERITED:
        rp_totals_blocks(&writer->totals, record->a, count_bits(record->c[0]));
        break;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        rp_totals_block(&writer->totals, record->a, -1);
        break;
    default:
        rp_totals_move(&writer->totals, record, time);
        break;
    }
}

// What the end of the trace may have.
static uint64_t end_bytes(const struct rp_trace_writer *writer) {
    return RP_FILE_END_BYTES +
           (writer->totals.point_count + 1) * sizeof(struct trace_point);
}

void rp_trace_writer_end_block(struct rp_trace_writer *writer, uint32_t ring,
                               uint64_t first_sequence) {
    struct rp_encoder *encoder = &writer->encoder;
    struct trace_block_header header = {
        .kind = TRACE_EVENTS,
        .event_count = encoder->events,
        .ring = ring,
        .first_sequence = first_sequence,
        .first_time = encoder->first_time,
        .last_time = rp_encoder_last_time(encoder),
    };

    uint64_t before = writer->file.bytes;
    if (writer->is_full)
        return;
    rp_tables_flush(&writer->tables);
    rp_file_block(&writer->file, &header, encoder->payload,
                  rp_encoder_finish(encoder));
    if (writer->own->limit != 0 &&
        writer->file.bytes + end_bytes(writer) > writer->own->limit) {
        rp_file_cut(&writer->file, before);
        writer->is_full = true;
    }
    if (writer->is_full || writer->file.error != 0)
        return; // it is not there
    writer->totals.events += encoder->events;
    rp_totals_point(&writer->totals, rp_encoder_last_time(encoder));
}

void rp_trace_writer_tell(struct rp_trace_writer *writer, unsigned type,
                          uint64_t first, uint64_t second) {
    rp_trace_writer_tell_at(writer, type, first, second,
                            rp_own_now(writer->shm));
}

void rp_trace_writer_tell_at(struct rp_trace_writer *writer, unsigned type,
                             uint64_t first, uint64_t second, uint64_t ticks) {
    uint64_t sequence = writer->notes->own_sequence++;
    uint64_t values[TRACE_MAX_FIELDS] = {first, second};
    // Of the drainer itself, or after the program; so it can be any.
    int64_t since = (int64_t)(ticks - writer->base_ticks);
    uint64_t time = since < 0 ? 1 : ((uint64_t)since >> writer->shift) + 1;

    rp_encoder_begin(&writer->encoder, UINT64_MAX);
    rp_encoder_add(&writer->encoder, type, time, values);
    rp_trace_writer_end_block(writer, 0, sequence);
}

uint64_t rp_trace_writer_slots(const struct rp_trace_writer *writer) {
    uint64_t limit = writer->own->limit;
    uint64_t used = writer->file.bytes + end_bytes(writer) + SPARE_BYTES;

    return limit == 0     ? UINT64_MAX
           : used > limit ? 0
                          : (limit - used) / SLOT_BYTES;
}

bool rp_trace_writer_has_space(const struct rp_trace_writer *writer) {
    return !writer->is_full && rp_trace_writer_slots(writer) > 0;
}

// ---- rings ----

// The first writer's is that of the ring's mark, which also says what the file
// has of the ring.
uint64_t rp_trace_writer_sequence(const struct rp_trace_writer *writer,
                                  struct rp_source *ring) {
    return writer->second != NULL
               ? rp_trace_writer_notes(writer, ring)->sequence
               : ring->mark.sequence;
}

void rp_trace_writer_count(struct rp_trace_writer *writer,
                           struct rp_source *ring, uint64_t events) {
    struct rp_ring_mark mark = ring->mark;

    if (writer->second != NULL)
        rp_trace_writer_notes(writer, ring)->sequence += events;
    else
        rp_source_give_back(ring, mark.tail, mark.sequence + events);
}
