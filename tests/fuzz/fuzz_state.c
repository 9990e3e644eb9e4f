// fuzz_state.c - applies events that nobody has put in order to a heap and its
// metrics.
//
// An input is a list of events: type, ring, time since the last one, and the
// fields of its schema, each a byte, or one of a few large numbers.
#include <stdlib.h>
#include <string.h>

#include "instrument/format/trace_format.h"
#include "tests/fuzz/seed.h"
#include "tests/viewer/trace_builder.h"
#include "viewer/metric/replay.h"
#include "viewer/trace/file.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHECK_EACH = 32, EVENTS_MOST = 4000 };

static struct trace_file file; // for its tables alone
static struct trace_tables whole;
static struct pool pool_of_file;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static const uint8_t some[] = {
        TRACE_EVENT_SEGMENT_MAP,
        1,
        1,
        0,
        0xf3,
        0xf5,
        0xf3,
        64,
        TRACE_EVENT_SPAN_ACQUIRE,
        1,
        1,
        0,
        1,
        1,
        0,
        TRACE_PLACE_SEGMENT,
        TRACE_EVENT_ALLOC,
        1,
        1,
        0,
        100,
        0,
        0,
        TRACE_EVENT_ALLOC,
        1,
        1,
        0,
        90,
        0,
        1,
        TRACE_EVENT_FREE,
        1,
        1,
        0,
        0,
        TRACE_EVENT_FREE_DEFERRED,
        2,
        1,
        0,
        1,
    };
    struct trace_builder b;
    struct failure failure;
    trace_builder_start(&b);
    trace_builder_stack(&b, 0, 0x1000);
    trace_builder_end(&b, 0);
    pool_start(&pool_of_file, UINT64_MAX);
    if (!trace_file_open_in(&file, &pool_of_file, seed_file(b.bytes, b.size),
                            &failure))
        abort();
    trace_tables_load(&whole, &file);
    trace_builder_free(&b);
    seed_put(*count, *arguments, "events", some, sizeof some);
    return 0;
}

static bool take(const uint8_t **at, const uint8_t *end, uint64_t *value) {
    static const uint64_t large[16] = {
        UINT64_MAX, 1 << 20, UINT32_MAX, 0x10000,   65536,    64 << 16,
        1 << 30,    255,     254,        INT64_MAX, 1u << 31, 4096,
        150000,     8 << 20, 0x80000001, 256};
    if (*at == end)
        return false;
    uint8_t byte = *(*at)++;
    *value = byte < 0xf0 ? byte : large[byte - 0xf0];
    return true;
}

static bool next(const uint8_t **at, const uint8_t *end,
                 struct trace_event *event) {
    uint64_t type, ring, step;
    if (!take(at, end, &type) || !take(at, end, &ring) || !take(at, end, &step))
        return false;
    event->type = (uint32_t)(type % TRACE_EVENT_TYPES);
    while (!trace_event_info(event->type)->text) // nobody decodes such a one
        event->type = (event->type + 1) % TRACE_EVENT_TYPES;
    event->ring = (uint32_t)(ring % 4);
    event->time += step < 256 ? step : 256;
    memset(event->value, 0, sizeof event->value);
    const struct trace_event_info *info = trace_event_info(event->type);
    for (int i = 0; i < TRACE_MAX_FIELDS && info->columns[i]; i++)
        if (!take(at, end, &event->value[i]))
            return false;
    return true;
}

static void play(struct replay *replay, const struct trace_tables *tables,
                 const uint8_t *at, const uint8_t *end) {
    struct trace_event event = {.time = 100};
    replay_start(replay, tables, 100, 100 + (uint64_t)(end - at) * 64);
    for (int i = 1; i <= EVENTS_MOST && next(&at, end, &event); i++) {
        replay_events(replay, &event, 1);
        if (i % CHECK_EACH == 0) {
            replay_settle(replay);
            sums_check(&replay->metrics.sums, &replay->heap, true);
        }
    }
    replay_end(replay);
    sums_check(&replay->metrics.sums, &replay->heap, true);
    // Whatever the events say, the sums are right.
    if (replay->metrics.sums.check_failures > 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct replay replay;
    struct trace_tables tables = whole;
    struct pool pool;
    jmp_buf out;
    pool_start(&pool, trace_file_memory(size, size));
    tables.pool = &pool;
    if (pool_try(&pool, out))
        play(&replay, &tables, data, data + size);
    pool_done(&pool);
    pool_free(&pool);
    return 0;
}
