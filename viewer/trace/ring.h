// ring.h - one ring of a trace, a thread's stream of events: its blocks in the
// order of their sequence numbers, unpacked one at a time.
//
// Time never runs backwards in a ring. A large block is decoded batch by batch;
// a small one at once, by what all rings share: thousands of threads may have
// one each.
#ifndef RPSCOPE_TRACE_RING_H
#define RPSCOPE_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/trace/decode.h"
#include "viewer/trace/file.h"

// Where all rings of a trace are read from.
struct ring_source {
    struct trace_file *file;
    struct trace_decoder *decoder; // for blocks that are decoded at once
    struct trace_buffer buffer;
    uint64_t missing_events; // gaps in the sequence numbers
    uint64_t loaded_bytes;   // of blocks of events, unpacked so far
};

struct ring {
    uint32_t number;
    size_t *blocks; // indices in the file, by sequence
    size_t block_count;
    size_t next_block;
    uint64_t next_sequence; // of the event that should come
    uint64_t time;          // of the last event given out
    uint64_t time_before;   // the same, before the last run was given out
    uint64_t key;           // time of the event at `at`, or a lower bound
    bool unpacked;          // batch is in use
    struct trace_buffer buffer;
    struct trace_decoder *decoder; // NULL: a small block
    struct trace_event *batch;
    size_t before;    // events of the block before those of the batch
    size_t at, count; // in batch
};

enum { RING_BATCH = 256 }; // events of a batch of a large block

// Decodes the next batch of the block in use. False when the block is done.
bool ring_refill(struct ring_source *source, struct ring *ring);
// Unpacks the next whole block. False at the end of the ring.
bool ring_next_block(struct ring_source *source, struct ring *ring);
// Gives back what the block in use takes.
void ring_pack(struct ring_source *source, struct ring *ring);
// The key is the time of the event at `at`.
void ring_set_key(struct ring *ring);

void ring_free(struct ring_source *source, struct ring *ring);
void ring_source_free(struct ring_source *source);

// ---- coming back ----

// Where a ring stands.
struct ring_position {
    size_t next_block, before, at;
    uint64_t next_sequence, time, key;
    bool unpacked, done;
};

struct ring_position ring_position(const struct ring *ring);
// Stands there again.
void ring_return(struct ring_source *source, struct ring *ring,
                 const struct ring_position *position);

#endif
