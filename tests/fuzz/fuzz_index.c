// fuzz_index.c - comes back to the keyframes of an index that was tampered
// with, beside a trace that was not, and goes on from there.
//
// An input is a list of changes of a whole index of a few keyframes, whose
// pieces are not compressed: which piece, where in it, and the bytes that stand
// there then. So inputs are short, and every one is nearly an index.
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/seed.h"
#include "tests/viewer/trace_builder.h"
#include "viewer/base/crc32c.h"
#include "viewer/index/index_file.h"
#include "viewer/index/keyframes.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    DISTANCE = 40,
    EVENTS = 150,
    PIECE_HEAD = 12,
    COPY = 256,
    PIECES_MOST = 256
};

static char trace_path[64], index_path[80];
static struct index_header whole; // as it was written
static uint64_t trace_size;
static uint8_t index_bytes[1 << 18]; // whole
static size_t index_size;
static struct trace_file trace;
static struct pool pool_of_trace;
static struct trace_tables tables_of_trace;

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

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static const uint8_t some[] = {0, 0, 0, 1, 5, 2, 3, 0, 2, 9, 9};
    struct failure failure;
    save_trace();
    save_index();
    pool_start(&pool_of_trace, UINT64_MAX);
    int fd = open(index_path, O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, index_bytes, sizeof index_bytes);
    if (size <= STORE_FIRST || size == sizeof index_bytes ||
        !trace_file_open_in(&trace, &pool_of_trace, trace_path, &failure))
        abort();
    close(fd);
    index_size = (size_t)size;
    trace_tables_load(&tables_of_trace, &trace);
    seed_put(*count, *arguments, "changes", some, sizeof some);
    return 0;
}

// The bytes of a piece, by its number from the end; 0: the header.
static uint8_t *find_piece(uint8_t *bytes, size_t number, size_t *size) {
    size_t places[PIECES_MOST], count = 0;
    uint32_t head[3];
    *size = sizeof(struct index_header);
    if (number == 0)
        return bytes;
    for (size_t at = STORE_FIRST; count < PIECES_MOST && at < index_size;) {
        memcpy(head, index_bytes + at, sizeof head);
        places[count++] = at;
        at += PIECE_HEAD + head[1];
    }
    size_t at = places[count - 1 - number % count];
    memcpy(head, index_bytes + at, sizeof head);
    *size = head[1];
    return bytes + at + PIECE_HEAD;
}

// Does the changes that the input lists.
static void tamper(uint8_t *bytes, const uint8_t *data, size_t size) {
    while (size >= 4) {
        size_t room, count = data[3] % 8u, at = data[1] | data[2] << 8;
        uint8_t *piece = find_piece(bytes, data[0], &room);
        data += 4;
        size -= 4;
        count = count < size ? count : size;
        for (size_t i = 0; i < count && room > 0; i++)
            piece[(at + i) % room] = data[i];
        data += count;
        size -= count;
    }
}

// Sets what says whose index it is, and all checksums that can be followed.
static void fuzz_seal(uint8_t *data, size_t size) {
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

// Back at the keyframe, and on from there. Nothing that it says is believed:
// either it is refused, or it is a heap whose sums are right.
static void go_on(struct keyframes *keyframes, const struct keyframe *from,
                  struct trace_file *file, const struct trace_tables *tables) {
    static struct replay replay;
    struct trace_order order;
    const struct trace_event *events;
    size_t count;
    trace_order_open(&order, file);
    replay_start(&replay, tables, order.first_time, order.last_time);
    if (keyframes_return(keyframes, from, &replay, &order)) {
        uint64_t before = replay.metrics.sums.check_failures;
        spans_unpack_all(&replay.heap.spans);
        while (!replay.failed && (events = trace_order_next(&order, &count)))
            replay_events(&replay, events, count);
        if (!replay.failed) {
            replay_end(&replay);
            sums_check(&replay.metrics.sums, &replay.heap, true);
        }
        if (!replay.failed && replay.metrics.sums.check_failures != before)
            abort();
    }
    trace_order_close(&order);
    replay_free(&replay);
}

static void read_index(struct pool *pool, size_t which) {
    struct trace_file file = trace;
    struct trace_tables tables = tables_of_trace;
    struct keyframes keyframes;
    struct index_file index;
    file.pool = tables.pool = pool;
    if (!index_file_open(&index, &file, pool)) {
        index_file_free(&index);
        return;
    }
    keyframes_start(&keyframes, pool, DISTANCE, &index.file);
    if (keyframes_list(&keyframes, index.header.last_keyframe))
        go_on(&keyframes, &keyframes.list[which % keyframes.count], &file,
              &tables);
    keyframes_free(&keyframes);
    index_file_free(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pool pool;
    jmp_buf out;
    static uint8_t bytes[sizeof index_bytes];
    memcpy(bytes, index_bytes, index_size);
    tamper(bytes, data, size);
    fuzz_seal(bytes, index_size);
    int fd = open(index_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, index_size) != (ssize_t)index_size)
        abort();
    close(fd);
    pool_start(&pool, trace_file_memory(trace_size, EVENTS));
    if (pool_try(&pool, out))
        read_index(&pool, size);
    pool_done(&pool);
    pool_free(&pool);
    return 0;
}
