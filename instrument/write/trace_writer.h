// trace_writer.h - a trace in the making: blocks of events, and before each
// what it refers to.
//
// How far the trace is, the writer notes (notes.h) in its own memory; who goes
// on when it dies finds that in the trace. A second writer, beside the first
// and of the same rings, has notes of its own; so neither sees the other.
//
// Works on the shared memory alone. Allocates nothing, takes no lock, and waits
// for no thread of the program.
#ifndef RP_INSTRUMENT_WRITE_TRACE_WRITER_H
#define RP_INSTRUMENT_WRITE_TRACE_WRITER_H

#include "instrument/shm/record.h"
#include "instrument/shm/own.h"
#include "instrument/write/encode.h"
#include "instrument/write/file.h"
#include "instrument/write/regions.h"
#include "instrument/write/tables.h"
#include "instrument/write/totals.h"

// About; a step is a power of two of ticks, and lasts no longer.
enum { RP_TRACE_STEP_NS = 25 };

// What a second writer notes.
struct rp_second_notes {
    size_t bytes;           // of all this
    struct rp_source *ring; // the newest that it knows of
    struct rp_trace_notes trace;
    struct rp_ring_notes rings[]; // by index
};

struct rp_trace_writer {
    struct rp_shm *shm;
    struct rp_shared *shared; // at its start; nothing there is believed
    struct rp_own *own;       // the memory's
    struct rp_trace_notes *notes;
    struct rp_second_notes *second; // NULL: it is the first one
    struct rp_file file;
    struct rp_encoder encoder;
    struct rp_tables tables;
    struct rp_totals totals;
    struct rp_regions regions; // for samples of what is in memory
    uint64_t base_ticks;       // step 0
    unsigned shift;            // ticks to steps
    uint64_t sampled_ns;       // when the clocks were last compared
    uint64_t earlier_events;   // of a writer before this one
    bool goes_on;              // there was one
    bool has_state;            // a state of the heaps stands in the trace
    bool is_full;              // its limit is reached
};

// Readies a writer, which is zeroed. The file is open and empty, or has so many
// bytes of whole blocks with so many events. false: no memory; to be freed in
// any case. The file stays the caller's.
bool rp_trace_writer_start(struct rp_trace_writer *writer, struct rp_shm *shm,
                           int file, uint64_t bytes, uint64_t events);
// The same of a second one; the file is empty.
bool rp_trace_writer_start_second(struct rp_trace_writer *writer,
                                  struct rp_shm *shm, int file);
void rp_trace_writer_free(struct rp_trace_writer *writer);

// Writes what a trace begins with.
void rp_trace_writer_begin(struct rp_trace_writer *writer, uint64_t trace_id);

// ---- time ----

// Chooses the steps, if that is not done yet. Before any event.
void rp_trace_writer_calibrate(struct rp_trace_writer *writer);
// Now, since the start of the recording: in ns, and in steps.
uint64_t rp_trace_writer_ns(const struct rp_trace_writer *writer);
uint64_t rp_trace_writer_steps(const struct rp_trace_writer *writer);
// Writes where the two are together.
void rp_trace_writer_sample_clock(struct rp_trace_writer *writer);

// Of ticks in a ring that cannot be: counts them, and returns 0.
uint64_t rp_trace_writer_refuse(const struct rp_trace_writer *writer);

// The time of an event, in steps: not before that of the last one.
static inline uint64_t rp_trace_writer_time(
    const struct rp_trace_writer *writer, uint64_t ticks, bool crosses,
    uint64_t last) {
    uint64_t since = ticks - writer->base_ticks;

    if (RP_UNLIKELY(since > writer->own->sources.since))
        since = rp_trace_writer_refuse(writer);
    uint64_t time = (since >> writer->shift) + crosses;
    return time < last ? last : time;
}

// ---- events ----

// Adds one event to the block, which becomes the last one, and *last its time.
// rp_encoder_begin came before.
void rp_trace_writer_add(struct rp_trace_writer *writer,
                         const struct rp_record *record, uint64_t *last);

// Writes the block, and before it what it refers to; or nothing, when that
// would go beyond the limit: then the trace is full.
void rp_trace_writer_end_block(struct rp_trace_writer *writer, uint32_t ring,
                               uint64_t first_sequence);

// An event of its own, in ring 0, and a block for it; it is of now, or of a
// moment (ticks) after the last event of that ring.
void rp_trace_writer_tell(struct rp_trace_writer *writer, unsigned type,
                          uint64_t first, uint64_t second);
void rp_trace_writer_tell_at(struct rp_trace_writer *writer, unsigned type,
                             uint64_t first, uint64_t second, uint64_t ticks);

// How many slots of rings the limit has room for, even if they compress badly;
// the end of the trace is seen to.
uint64_t rp_trace_writer_slots(const struct rp_trace_writer *writer);
// Whether the trace may have another block.
bool rp_trace_writer_has_space(const struct rp_trace_writer *writer);

// ---- rings ----

// The newest ring, which leads to the next older; NULL: there is none.
static inline struct rp_source *rp_trace_writer_rings(
    const struct rp_trace_writer *writer) {
    return writer->second != NULL ? writer->second->ring
                                  : rp_own_rings(writer->shm);
}

// What the writer notes of a ring that it has come to in this way.
static inline struct rp_ring_notes *rp_trace_writer_notes(
    const struct rp_trace_writer *writer, struct rp_source *ring) {
    return writer->second != NULL ? &writer->second->rings[ring->index]
                                  : &ring->notes;
}

// How many events of the ring the trace has; and adds some to them that did not
// come out of the ring.
uint64_t rp_trace_writer_sequence(const struct rp_trace_writer *writer,
                                  struct rp_source *ring);
void rp_trace_writer_count(struct rp_trace_writer *writer,
                           struct rp_source *ring, uint64_t events);

#endif
