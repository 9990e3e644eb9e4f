// fuzz_decode.c - decodes the columns of a block of events.
//
// An input is the header of a block, as far as decoding reads it, and the
// payload.
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/seed.h"
#include "tests/viewer/trace_builder.h"
#include "viewer/trace/decode.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct head {
    uint64_t first_time;
    uint32_t event_count, ring;
};

enum { BATCH = 7 }; // events at a time: batches end anywhere

// The first block of events of a trace, as an input.
int LLVMFuzzerInitialize(int *count, char ***arguments) {
    struct trace_builder b;
    trace_builder_start(&b);
    b.raw = true;
    for (uint64_t i = 0; i < 40; i++) {
        BUILD(&b, 1, 100 + i * 3, ALLOC, i % 4, 10 + i, 0, i);
        BUILD(&b, 1, 101 + i * 3, FREE, 0, i);
        BUILD(&b, 1, 102 + i * 3, MARK, i);
    }
    trace_builder_end(&b, 0);
    for (size_t at = sizeof(struct trace_file_header);
         at + sizeof(struct trace_block_header) <= b.size;) {
        struct trace_block_header header;
        memcpy(&header, b.bytes + at, sizeof header);
        at += sizeof header;
        if (header.kind == TRACE_EVENTS) {
            struct head head = {header.first_time, header.event_count,
                                header.ring};
            uint8_t *input = malloc(sizeof head + header.stored_bytes);
            if (!input)
                abort();
            memcpy(input, &head, sizeof head);
            memcpy(input + sizeof head, b.bytes + at, header.stored_bytes);
            seed_put(*count, *arguments, "block", input,
                     sizeof head + header.stored_bytes);
            free(input);
            break;
        }
        at += header.stored_bytes;
    }
    trace_builder_free(&b);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct trace_event events[BATCH];
    struct head head;
    if (size < sizeof head)
        return 0;
    memcpy(&head, data, sizeof head);
    const struct trace_block_header header = {.first_time = head.first_time,
                                              .event_count = head.event_count,
                                              .ring = head.ring};
    // Bytes of their own, so that what is read behind them is seen.
    uint8_t *copy = malloc(size - sizeof head + 1);
    if (!copy)
        abort();
    memcpy(copy, data + sizeof head, size - sizeof head);
    const struct bytes payload = {copy, copy + size - sizeof head};
    struct trace_decoder decoder = {.life_capacity =
                                        trace_decode_lives(payload, &header)};
    decoder.lives = malloc(decoder.life_capacity * sizeof *decoder.lives);
    if (!decoder.lives)
        abort();
    bool bad = false;
    uint64_t time = 0, all = 0;
    size_t some = trace_decode_start(&decoder, payload, &header);
    while (some > 0) {
        some = trace_decode_next(&decoder, events, BATCH, &bad);
        for (size_t i = 0; i < some; i++) {
            if (events[i].time < time || events[i].ring != head.ring ||
                events[i].type >= TRACE_EVENT_TYPES)
                abort();
            time = events[i].time;
        }
        all += some;
        if (bad)
            break;
    }
    if (all > head.event_count)
        abort();
    free(decoder.lives);
    free(copy);
    return 0;
}
