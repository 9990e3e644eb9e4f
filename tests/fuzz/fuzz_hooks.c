// fuzz_hooks.c - what core tells goes into rings, into a trace, and out of it
// again: the viewer reads what was told, of each thread in its order.
//
// The input: 10 bytes a call: which hook, of which of four threads, and what
// its numbers are made of.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/hook.h"
#include "instrument/capture/producer.h"
#include "instrument/drain/drainer.h"
#include "instrument/os/clock.h"
#include "instrument/stack/tree.h"
#include "tests/fuzz/ring_file.h"
#include "tests/fuzz/seed.h"
#include "viewer/trace/order.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALL = 10, CALLS = 800, THREADS = 4, KINDS = 27 };

// What the viewer is to say of a call.
struct told {
    uint32_t type;
    uint64_t value[TRACE_MAX_FIELDS];
};

struct stream {
    struct told told[CALLS];
    uint32_t count, read;
};

static struct rp_options options = {.ring_bytes = 64 << 10,
                                    .ring_bytes_asked = true};
static struct rp_recorder recorder;
static struct rp_thread threads[THREADS];
static struct stream streams[THREADS];

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    uint8_t seed[KINDS * CALL * 2];

    rp_clock_start();
    for (unsigned i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(i % CALL == 0 ? i / CALL : i * 7);
    seed_put(*count, *arguments, "all", seed, sizeof seed);
    return 0;
}

// ---- a recording without a program ----

static void begin(void) {
    memset(&recorder, 0, sizeof recorder);
    memset(threads, 0, sizeof threads);
    memset(streams, 0, sizeof streams);
    if (!rp_shm_make_private(&recorder.shm, sizeof(struct rp_shared)))
        abort();
    struct rp_shared *shared = rp_shared_of(&recorder.shm);
    recorder.shared = shared;
    recorder.options = &options;
    recorder.process = shared->process = (uint32_t)getpid();
    shared->header.trace_id = 1;
    shared->base_ticks = rp_clock_now();
    shared->base_ns = rp_clock_monotonic();
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    shared->stacks = rp_tree_make(&recorder.shm);
    for (int i = 0; i < THREADS; i++) {
        threads[i].recorder = &recorder;
        threads[i].producers[0].thread = &threads[i];
        if (!rp_thread_open_ring(&recorder, &threads[i].producers[0], true))
            abort();
        // All of it at once: nobody makes room.
        struct rp_ring_producer *side = &threads[i].producers[0].side;
        rp_ring_producer_refresh(side, 1);
        side->limit = side->mask + 1;
        rp_producer_leave(&threads[i].producers[0]);
    }
}

// The trace, in memory.
static int drain(void) {
    struct rp_trace_end end = {TRACE_EXIT_NORMAL, -1};
    int file = memfd_create("trace", 0);
    struct rp_drainer *drainer = rp_drainer_make(&recorder.shm, -1, file, 0, 0);

    if (drainer == NULL)
        abort();
    drainer->keeps_open = true;
    rp_drainer_begin(drainer);
    rp_drainer_look(drainer, true);
    rp_drainer_end(drainer, &end);
    rp_drainer_free(drainer);
    return file;
}

// ---- the calls ----

static struct told call(unsigned kind, uint64_t a, uint64_t b, uint64_t c,
                        uint64_t d) {
    uint32_t span = (uint32_t)a, block = (uint32_t)b & 0xffff;
    uint32_t number = (uint32_t)c, place = (uint32_t)d % 4;
    const void *at = (const void *)(uintptr_t)c;

    switch (kind) {
    case 0:
    case 1:
        if (kind == 0 && place != 0)
            rp_on_malloc(c, span, block, NULL);
        else
            rp_on_alloc(span, block, c,
                        kind == 0 ? RP_ALLOC_MALLOC : RP_ALLOC_CALLOC, 0);
        return (struct told){kind == 0 ? TRACE_EVENT_ALLOC : TRACE_EVENT_CALLOC,
                             {0, c, span, block}};
    case 2:
        rp_on_alloc(span, block, c, RP_ALLOC_ALIGNED, UINT64_C(1) << d % 40);
        return (struct told){TRACE_EVENT_ALIGNED,
                             {0, c, span, block, UINT64_C(1) << d % 40}};
    case 3:
        rp_on_alloc(span, block, c, RP_ALLOC_REALLOC, 0);
        return (struct told){TRACE_EVENT_REALLOC, {0, c, span, block}};
    case 4:
    case 5:
        if (kind == 4 && place != 0 && (span & RP_HUGE_BIT) == 0)
            rp_on_own_free(span, block);
        else
            rp_on_free(span, block, kind == 5);
        return (struct told){kind == 4 ? TRACE_EVENT_FREE
                                       : TRACE_EVENT_FREE_DEFERRED,
                             {span, block}};
    case 6:
        rp_on_resize(span, block, c, (int)place & 1);
        return (struct told){TRACE_EVENT_RESIZE, {0, c, span, block}};
    case 7:
        rp_on_usable_size(span, block, (int)place & 1);
        return (struct told){TRACE_EVENT_USABLE_SIZE, {span, block}};
    case 8:
        rp_on_span_acquire(span, block, number, place + 250, place);
        return (struct told){TRACE_EVENT_SPAN_ACQUIRE,
                             {span, block, number, place + 250, place}};
    case 9:
        rp_on_span_state(span, place % 3);
        return (struct told){TRACE_EVENT_SPAN_STATE, {span, place % 3}};
    case 10:
        rp_on_span_release(span, block, number, place);
        return (struct told){TRACE_EVENT_SPAN_RELEASE,
                             {span, block, number, place}};
    case 11:
        rp_on_span_transfer(span, block, number, place, place ^ 1);
        return (struct told){TRACE_EVENT_SPAN_TRANSFER,
                             {span, block, number, place, place ^ 1}};
    case 12:
        rp_on_deferred_push(span, block);
        return (struct told){TRACE_EVENT_DEFERRED_PUSH, {span, block}};
    case 13:
        rp_on_deferred_collect(span, number, block);
        return (struct told){TRACE_EVENT_DEFERRED_COLLECT,
                             {span, number, block}};
    case 14:
        rp_on_segment_map(span, at, d, at, block);
        return (struct told){TRACE_EVENT_SEGMENT_MAP, {span, c, d, c, block}};
    case 15:
        rp_on_segment_unmap(span);
        return (struct told){TRACE_EVENT_SEGMENT_UNMAP, {span}};
    case 16:
        rp_on_span_decommit(span, c, d);
        return (struct told){TRACE_EVENT_SPAN_DECOMMIT, {span, c, d}};
    case 17:
        rp_on_span_commit(span, c, d);
        return (struct told){TRACE_EVENT_SPAN_COMMIT, {span, c, d}};
    case 18:
        rp_on_huge_map(span, at, d);
        return (struct told){TRACE_EVENT_HUGE_MAP, {span, c, d}};
    case 19:
        rp_on_huge_unmap(span);
        return (struct told){TRACE_EVENT_HUGE_UNMAP, {span}};
    case 20:
        rp_on_bookkeeping_map(at, d);
        return (struct told){TRACE_EVENT_BOOKKEEPING_MAP, {c, d}};
    case 21:
        rp_on_bookkeeping_unmap(at, d);
        return (struct told){TRACE_EVENT_BOOKKEEPING_UNMAP, {c, d}};
    case 22:
        rp_on_heap_create(span);
        return (struct told){TRACE_EVENT_HEAP_CREATE, {span}};
    case 23:
        rp_on_heap_adopt(span);
        return (struct told){TRACE_EVENT_HEAP_ADOPT, {span}};
    case 24:
        rp_on_heap_reset(span);
        return (struct told){TRACE_EVENT_HEAP_RESET, {span}};
    case 25:
        rp_on_heap_orphan(span);
        return (struct told){TRACE_EVENT_HEAP_ORPHAN, {span}};
    default:
        rp_on_thread_end();
        return (struct told){TRACE_EVENT_THREAD_END, {0}};
    }
}

static void make_calls(const uint8_t *data, size_t size) {
    for (unsigned i = 0; i < CALLS && size >= CALL; i++) {
        unsigned thread = data[1] % THREADS;
        uint64_t a = (uint64_t)(data[2] | data[3] << 8) << data[1] / 8 % 17;
        uint64_t b = (uint64_t)(data[4] | data[5] << 8);
        uint64_t c = (uint64_t)(data[6] | data[7] << 8) << data[8] % 33;
        rp_producer_mine = &threads[thread].producers[0];
        struct stream *stream = &streams[thread];
        stream->told[stream->count++] = call(data[0] % KINDS, a, b, c, data[9]);
        data += CALL;
        size -= CALL;
    }
}

// ---- the answer ----

static void compare(const struct trace_event *event) {
    uint32_t number = event->ring - 1; // 0: the drainer's own

    if (event->ring == 0)
        return;
    if (number >= THREADS || streams[number].read == streams[number].count)
        abort();
    const struct told *told = &streams[number].told[streams[number].read++];
    const struct trace_event_info *info = trace_event_info(told->type);
    if (event->type != told->type)
        abort();
    for (int i = 0; i < TRACE_MAX_FIELDS && info->columns[i] != 0; i++)
        if (event->value[i] != told->value[i])
            abort();
}

static void read_back(int file) {
    const struct trace_event *events;
    struct trace_file trace;
    struct trace_order order;
    struct failure failure;
    char path[32];
    size_t count;

    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (!trace_file_open(&trace, path, &failure))
        abort();
    trace_order_open(&order, &trace);
    while ((events = trace_order_next(&order, &count)) != NULL)
        for (size_t i = 0; i < count; i++)
            compare(&events[i]);
    if (order.source.missing_events != 0 || trace.damaged_blocks != 0)
        abort();
    trace_order_close(&order);
    trace_file_close(&trace);
    for (int i = 0; i < THREADS; i++)
        if (streams[i].read != streams[i].count)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    begin();
    make_calls(data, size);
    int file = drain();
    read_back(file);
    close(file);
    return 0;
}
