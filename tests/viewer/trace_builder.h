// trace_builder.h - writes traces for tests, from a list of events.
//
// The plainest encoder that follows trace_format.h: it sorts nothing and
// guesses nothing, so a test knows every byte. Times are in steps; with the
// clock that trace_builder_start writes, one step is one ns.
#ifndef RPSCOPE_TESTS_TRACE_BUILDER_H
#define RPSCOPE_TESTS_TRACE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instrument/format/trace_format.h"

struct built_event {
    uint32_t ring;
    uint32_t type;
    uint64_t time;
    uint64_t value[TRACE_MAX_FIELDS];
};

struct trace_builder {
    uint8_t *bytes; // the file so far
    size_t size, capacity;
    struct built_event *events; // not written yet
    size_t event_count, event_capacity;
    uint64_t sequences[64]; // by ring, of the next event to write
    uint64_t event_total;
    uint32_t next_node;
    uint32_t block_events; // events of a block; 0: as many as there are
    bool raw;              // do not compress
};

// A file header, the facts of a 64 KiB span, a clock of 1 ns a step, and the
// classes 0: 1,000 B x 64, 1: 4,000 B x 16, 2: 16 B x 4,088.
void trace_builder_start(struct trace_builder *b);
void trace_builder_free(struct trace_builder *b);

// Adds a block with this payload. `header` may be NULL; else its kind, ring,
// event_count, first_sequence and times are taken.
void trace_builder_block(struct trace_builder *b, uint32_t kind,
                         const void *payload, size_t size,
                         const struct trace_block_header *header);
void trace_builder_fact(struct trace_builder *b, const char *key,
                        const void *value, size_t size);
// Adds a stack node; returns its number.
uint32_t trace_builder_stack(struct trace_builder *b, uint32_t parent,
                             uint64_t address);
void trace_builder_text(struct trace_builder *b, uint64_t number,
                        const char *text);
void trace_builder_module(struct trace_builder *b, uint64_t number,
                          uint64_t start, uint64_t end, uint64_t bias,
                          const char *path);

void trace_builder_event(struct trace_builder *b, uint32_t ring, uint64_t time,
                         uint32_t type, const uint64_t *values, size_t count);
// BUILD(builder, ring, time, ALLOC, stack, size, span, block)
#define BUILD(b, ring, time, name, ...)                                        \
    trace_builder_event(b, ring, time, TRACE_EVENT_##name,                     \
                        (const uint64_t[]){__VA_ARGS__},                       \
                        sizeof((const uint64_t[]){__VA_ARGS__}) / 8)

// Writes the events that wait, ring by ring, as blocks.
void trace_builder_flush(struct trace_builder *b);
// Flushes and writes the closing block.
void trace_builder_end(struct trace_builder *b, uint64_t lost);

// Saves the bytes to a new file; its path stays valid until the next call of
// the same thread. The file goes away when the test program ends.
const char *trace_builder_save(const struct trace_builder *b);
const char *save_bytes(const void *bytes, size_t size);

uint32_t plain_crc32c(const void *data, size_t size);

#endif
