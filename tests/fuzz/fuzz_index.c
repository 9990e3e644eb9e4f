// fuzz_index.c - reads an index that was tampered with, beside a trace that was
// not.
//
// The checksums would turn away nearly every mutation at the door, so the
// mutator puts them right again, and the pieces are not compressed. It begins
// with a whole index of a few keyframes.
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/span_map.h"
#include "viewer/base/crc32c.h"
#include "viewer/index/index_file.h"
#include "viewer/index/keyframes.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed);

enum { DISTANCE = 40, EVENTS = 150, PIECE_HEAD = 12, COPY = 256 };

static char trace_path[64], index_path[80];
static struct index_header whole; // as it was written
static uint64_t trace_size;

static void remove_files(void) {
    unlink(index_path);
    unlink(trace_path);
}

// Blocks come and go in two spans; a large one, a huge one, marks, a thread.
static void save_trace(void) {
    struct trace_builder b;
    trace_builder_start(&b);
    b.block_events = 25;
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    uint32_t inner = trace_builder_stack(&b, stack, 0x2000);
    trace_builder_text(&b, 1, "worker");
    BUILD(&b, 1, 90, THREAD_START, 7, 1);
    BUILD(&b, 1, 91, BOOKKEEPING_MAP, 0x900000, 65536);
    BUILD(&b, 1, 92, HEAP_CREATE, 1);
    BUILD(&b, 1, 93, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 4096, 0x11000, 64);
    BUILD(&b, 1, 94, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 95, SPAN_ACQUIRE, 1, 1, 1, 2, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 96, SPAN_ACQUIRE, 2, 3, 1, 255, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 97, ALLOC, inner, 150000, 2, 0);
    BUILD(&b, 1, 98, HUGE_MAP, 0x80000001, 0x7000000, 8 << 20);
    BUILD(&b, 1, 99, ALLOC, inner, 8000000, 0x80000001, 0);
    for (uint64_t i = 0; i < EVENTS; i++) {
        uint64_t span = i % 2, block = i % 14 / 2;
        if (i % 14 == 13)
            BUILD(&b, 1, 100 + i, MARK, 1);
        else if (i / 14 % 2 == 0)
            BUILD(&b, 1, 100 + i, ALLOC, i % 3 ? inner : stack, 10 + i % 6,
                  span, block);
        else
            BUILD(&b, 1, 100 + i, FREE, span, block);
    }
    trace_builder_end(&b, 0);
    trace_size = b.size;
    snprintf(trace_path, sizeof trace_path, "/dev/shm/fuzz-index-%d",
             (int)getpid());
    snprintf(index_path, sizeof index_path, "%s.index", trace_path);
    FILE *file = fopen(trace_path, "wb");
    if (!file || fwrite(b.bytes, 1, b.size, file) != b.size)
        abort();
    fclose(file);
    trace_builder_free(&b);
    atexit(remove_files);
}

// An index of it, with pieces that are not compressed.
static void save_index(void) {
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;
    static struct replay replay;
    struct index_file index;
    struct keyframes keyframes;
    struct failure failure;
    const struct trace_event *events;
    size_t count;
    if (!trace_file_open(&file, trace_path, &failure) ||
        !index_file_open(&index, &file, NULL))
        abort();
    trace_tables_load(&tables, &file);
    keyframes_start(&keyframes, NULL, DISTANCE, &index.file);
    keyframes.store.plain = true;
    trace_order_open(&order, &file);
    replay_start(&replay, &tables, order.first_time, order.last_time);
    while ((events = trace_order_next(&order, &count)))
        for (size_t i = 0; i < count; i++) {
            replay_events(&replay, &events[i], 1);
            // The order stands behind all that it gave out.
            if (i + 1 == count && keyframes_due(&keyframes, &replay.heap))
                keyframes_take(&keyframes, &replay, &order, UINT64_MAX);
        }
    index_file_grow(&index, &file);
    index_file_commit(&index, keyframes.list[keyframes.count - 1].place,
                      keyframes.store.size, true);
    whole = index.header;
    replay_free(&replay);
    trace_order_close(&order);
    keyframes_free(&keyframes);
    index_file_free(&index);
    trace_tables_free(&tables);
    trace_file_close(&file);
}

static void copy_file(const char *from, const char *to) {
    char bytes[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    for (size_t some; in && out && (some = fread(bytes, 1, sizeof bytes, in));)
        fwrite(bytes, 1, some, out);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    char path[4096];
    save_trace();
    save_index();
    for (int i = 1; i < *count; i++) {
        snprintf(path, sizeof path, "%s/whole-index", (*arguments)[i]);
        if ((*arguments)[i][0] != '-')
            copy_file(index_path, path);
    }
    return 0;
}

// Sets what says whose index it is, and all checksums that can be followed.
static void seal(uint8_t *data, size_t size) {
    struct index_header header;
    if (size < STORE_FIRST)
        return;
    for (size_t at = 0; at < 2 * COPY; at += COPY) {
        memcpy(&header, data + at, sizeof header);
        memcpy(header.magic, whole.magic, sizeof header.magic);
        memcpy(header.build, whole.build, sizeof header.build);
        header.header_bytes = whole.header_bytes;
        header.trace_digest = whole.trace_digest;
        header.trace_blocks = whole.trace_blocks;
        if (header.end > size)
            header.end = size;
        header.crc = crc32c(&header, offsetof(struct index_header, crc));
        memcpy(data + at, &header, sizeof header);
    }
    for (size_t at = STORE_FIRST; size - at >= PIECE_HEAD;) {
        uint32_t head[3];
        memcpy(head, data + at, sizeof head);
        if (head[1] > size - at - PIECE_HEAD)
            head[1] = (uint32_t)(size - at - PIECE_HEAD);
        head[2] = head[1];
        memcpy(data + at, head, sizeof head);
        head[0] = crc32c(data + at + 4, PIECE_HEAD - 4 + head[1]);
        memcpy(data + at, head, 4);
        at += PIECE_HEAD + head[1];
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed) {
    (void)seed;
    size = LLVMFuzzerMutate(data, size, most);
    seal(data, size);
    return size;
}

// Looks at an answer as the screens do.
static void look(struct analysis *analysis, enum answer_at at, uint64_t event,
                 uint64_t *memory) {
    struct failure failure;
    struct analyse_options options = {
        .at = at, .at_event = event, .no_names = true, .memory = memory};
    struct answer *a = analyse_moment(analysis, &options, &failure);
    for (size_t i = 0; a && i < a->span_count; i++) {
        size_t count;
        if (a->spans[i].live == 0)
            continue;
        span_look_at(a, i);
        span_blocks(a, i, &count);
    }
    answer_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct failure failure;
    uint64_t memory = 0;
    // Inputs of another build are its own after this.
    uint8_t *sealed = malloc(size + 1);
    if (!sealed)
        abort();
    memcpy(sealed, data, size);
    seal(sealed, size);
    int fd = open(index_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, sealed, size) != (ssize_t)size)
        abort();
    close(fd);
    free(sealed);
    struct analyse_options options = {.index = INDEX_ALWAYS,
                                      .revisits = true,
                                      .no_names = true,
                                      .keyframe_events = DISTANCE,
                                      .memory = &memory};
    struct analysis *analysis = analysis_open(trace_path, &options, &failure);
    // The trace is whole: whatever the index says, it can be read.
    if (!analysis)
        abort();
    look(analysis, AT_END, 0, &memory);
    look(analysis, AT_EVENT, size % EVENTS, &memory);
    look(analysis, AT_PEAK_USED, 0, &memory);
    analysis_close(analysis);
    if (memory > trace_file_memory(trace_size, EVENTS))
        abort();
    return 0;
}
