// fuzz_trace.c - reads traces that were tampered with, reports on them, exports
// and trims them.
//
// It begins with a small whole trace.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "instrument/format/trace_format.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/seed.h"
#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/export/format.h"
#include "viewer/output/report.h"
#include "viewer/trace/file.h"
#include "viewer/trim/trim.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A block of events in the short form: one that is told in full, others that
// are as expected, frees that name lives.
static void add_short_events(struct trace_builder *b) {
    static const uint8_t columns[TRACE_COLUMNS][16] = {
        // Bytes of the column, then these.
        [TRACE_COLUMN_TYPE] = {8, 0x80, 0x8f, 0xca, 0xf9, 0xcc, 0xe0, 0x80,
                               0xc6},
        [TRACE_COLUMN_TIME] = {4, 1, 2, 1, 9},
        [TRACE_COLUMN_PACE] = {8, 16, 16, 16, 16, 24, 16, 16, 16},
        [TRACE_COLUMN_STACK] = {3, 2, 2, 1},
        [TRACE_COLUMN_SIZE] = {4, 0x88, 0x0e, 64, 0},
        [TRACE_COLUMN_ALLOC_SPAN] = {2, 0, 0},
        [TRACE_COLUMN_ALLOC_BLOCK] = {2, 20, 6},
        [TRACE_COLUMN_FREE_SPAN] = {1, 0},
        [TRACE_COLUMN_FREE_BLOCK] = {1, 4},
        [TRACE_COLUMN_DISTANCE] = {1, 4},
    };
    struct trace_block_header header = {.event_count =
                                            columns[TRACE_COLUMN_TYPE][0],
                                        .ring = 3,
                                        .first_time = 107,
                                        .last_time = 125};
    uint8_t payload[sizeof columns + 4 * TRACE_COLUMNS];
    size_t size = 0;

    for (int i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t bytes = columns[i][0];
        memcpy(payload + size, &bytes, sizeof bytes);
        memcpy(payload + size + sizeof bytes, &columns[i][1], bytes);
        size += sizeof bytes + bytes;
    }
    trace_builder_block(b, TRACE_EVENTS, payload, size, &header);
}

// Puts a whole trace, with an event of each kind that changes the model, into
// the folders of the corpus.
int LLVMFuzzerInitialize(int *count, char ***arguments) {
    struct trace_builder b;

    trace_builder_start(&b);
    b.raw = true;
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    uint32_t inner = trace_builder_stack(&b, stack, 0x2000);
    trace_builder_text(&b, 1, "worker");
    trace_builder_module(&b, 1, 0x1000, 0x9000, 0, "/nowhere/program");
    BUILD(&b, 1, 90, MODULE_LOAD, 1);
    BUILD(&b, 1, 90, THREAD_START, 7, 1);
    BUILD(&b, 1, 91, BOOKKEEPING_MAP, 0x900000, 65536);
    BUILD(&b, 1, 92, HEAP_CREATE, 1);
    BUILD(&b, 1, 93, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 4096, 0x11000, 64);
    BUILD(&b, 1, 94, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 95, SPAN_STATE, 0, TRACE_SPAN_ACTIVE);
    BUILD(&b, 1, 96, ALLOC, inner, 900, 0, 0);
    BUILD(&b, 1, 97, CALLOC, stack, 800, 0, 1);
    BUILD(&b, 1, 98, ALIGNED, stack, 512, 0, 2, 512);
    BUILD(&b, 1, 99, RESIZE, inner, 950, 0, 0);
    BUILD(&b, 2, 99, FREE_DEFERRED, 0, 1);
    BUILD(&b, 2, 99, DEFERRED_PUSH, 0, 1);
    BUILD(&b, 1, 100, DEFERRED_COLLECT, 0, 1, 1);
    BUILD(&b, 1, 101, SPAN_ACQUIRE, 1, 3, 1, 255, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 101, ALLOC, inner, 150000, 1, 0);
    BUILD(&b, 1, 102, FREE, 1, 0);
    BUILD(&b, 1, 102, SPAN_RELEASE, 1, 3, 1, TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 103, SPAN_TRANSFER, 1, 3, 1, TRACE_PLACE_GLOBAL_CACHE,
          TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 103, SPAN_DECOMMIT, 1, 0, 3 * 65536);
    BUILD(&b, 1, 104, HUGE_MAP, 0x80000001, 0x7000000, 8 << 20);
    BUILD(&b, 1, 104, REALLOC, inner, 8000000, 0x80000001, 0);
    BUILD(&b, 1, 105, MARK, 1);
    BUILD(&b, 1, 106, HEAP_ORPHAN, 1);
    BUILD(&b, 1, 106, THREAD_END, 7);
    trace_builder_flush(&b);
    add_short_events(&b);
    trace_builder_end(&b, 0);
    seed_put(*count, *arguments, "whole", b.bytes, b.size);
    trace_builder_free(&b);
    return 0;
}

static void fuzz_seal(uint8_t *data, size_t size) {
    seed_seal_trace(data, size);
}

static void export_all(struct answer *answer, FILE *nowhere) {
    static const char *const words[] = {"folded",  "pprof", "speedscope",
                                        "firefox", "html",  "perfetto"};
    struct export_wish wish = {.metric = export_metric(NULL), .path = "x"};
    struct export_told told;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        export_format(words[i])->write(answer, &wish, nowhere, &told);
}

// A part of it, of which something is hidden, is a trace again.
static void trim_it(const char *path, uint64_t duration, size_t size) {
    struct trim_wish wish = {.from_ns = size % 3 * duration / 3,
                             .to_ns = size % 2 ? UINT64_MAX : duration,
                             .hiding = {size % 5 == 0, size % 7 < 4, size & 1}};
    struct trim_told told;
    struct failure failure = {.text = ""};
    char copy[64];
    int file = memfd_create("part", 0);
    FILE *out = file < 0 ? NULL : fdopen(file, "w");
    if (out == NULL)
        abort();
    if (trim(path, &wish, out, &told, &failure)) {
        fflush(out);
        snprintf(copy, sizeof copy, "/proc/self/fd/%d", file);
        struct answer *answer = analyse_trace(
            copy, &(struct analyse_options){.no_names = true}, &failure);
        if (answer == NULL || answer->quality.damaged_blocks > 0)
            abort();
        answer_free(answer);
    } else if (failure.text[0] == '\0') {
        abort();
    }
    fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *nowhere;
    struct failure failure;

    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    const char *path = seed_file(data, size);
    uint64_t memory;
    struct analyse_options options = {
        .at = size % 4 == 0 ? AT_PEAK_USED : AT_END, .memory = &memory};
    struct answer *answer = analyse_trace(path, &options, &failure);
    if (answer != NULL) {
        report_text(answer, NULL, nowhere);
        report_json(answer, NULL, nowhere);
        export_all(answer, nowhere);
        trim_it(path, answer->duration_ns, size);
        // Whatever the trace says, the sums are right.
        if (answer->now.residual_bytes != 0 ||
            answer->quality.identity_failures != 0 ||
            !answer->quality.pins_conserved)
            abort();
        // No more blocks lived than there were events.
        if (memory > trace_file_memory(size, answer->events))
            abort();
    } else if (failure.text[0] == '\0') {
        abort(); // no trace, and not a word on why
    }
    answer_free(answer);
    return 0;
}
