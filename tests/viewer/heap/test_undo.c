// test_undo.c - the heap of any event is reached forwards and backwards.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/heap_digest.h"
#include "tests/viewer/sim_heap.h"
#include "viewer/base/memory.h"
#include "viewer/heap/apply.h"
#include "viewer/heap/recount.h"
#include "viewer/trace/order.h"

// ---- a trace, event by event, with all that is needed to go back ----

static void make_room(struct change_log *log, void *context) {
    (void)context;
    if (log->count < log->capacity)
        return;
    log->capacity *= 2;
    log->list = realloc(log->list, log->capacity * sizeof *log->list);
}

struct past {
    struct trace_file file;
    struct trace_tables tables;
    struct trace_event *events;
    size_t count;
    uint64_t first;
    struct heap heap;
    struct change_log log;
    uint64_t *digests; // before each event, and after the last
    size_t *changes;   // of the log, before each event and after the last
};

static void open_past(struct past *past, const char *path) {
    struct failure failure;
    struct trace_order order;
    size_t got;
    memset(past, 0, sizeof *past);
    cr_assert(trace_file_open(&past->file, path, &failure), "%s", failure.text);
    trace_tables_load(&past->tables, &past->file);
    trace_order_open(&order, &past->file);
    past->first = order.first_time;
    const struct trace_event *more;
    while ((more = trace_order_next(&order, &got))) {
        past->events = memory_resize(past->events, past->count + got,
                                     sizeof *past->events);
        memcpy(past->events + past->count, more, got * sizeof *more);
        past->count += got;
    }
    trace_order_close(&order);
    past->log = (struct change_log){.list = malloc(16 * sizeof *past->log.list),
                                    .capacity = 16,
                                    .keep = true,
                                    .flush = make_room};
    past->digests = calloc(past->count + 2, sizeof *past->digests);
    past->changes = calloc(past->count + 2, sizeof *past->changes);
    apply_start(&past->heap, &past->tables, past->first, &past->log);
}

static void close_past(struct past *past) {
    for (size_t i = 0; i < past->log.count; i++)
        change_forget(NULL, &past->log.list[i]);
    free(past->log.list);
    free(past->digests);
    free(past->changes);
    free(past->events);
    apply_free(&past->heap);
    trace_tables_free(&past->tables);
    trace_file_close(&past->file);
}

// What is true after so many events, by looking at every block.
struct truth {
    size_t events;
    int64_t parts[PARTS];
    uint64_t held;
};
enum { TRUTHS = 256 };
static struct truth truths[TRUTHS];
static size_t truth_count;

static void note_truth(const struct sim_heap *sim) {
    cr_assert(truth_count < TRUTHS);
    struct truth *truth = &truths[truth_count++];
    truth->events = sim->trace->event_total + sim->trace->event_count;
    truth->held = sim_held(sim);
    sim_parts(sim, truth->parts);
}

// Whether the heap is as it is in truth; one that is being told is not there
// yet.
static bool is_true(const struct past *past, const struct truth *truth) {
    int64_t parts[PARTS];
    uint64_t live;
    if (past->heap.before)
        return true;
    recount_parts(&past->heap, parts, &live);
    return memcmp(parts, truth->parts, sizeof parts) == 0 &&
           past->heap.held == truth->held && recount_blocks(&past->heap);
}

// Returns after how many steps the heap was not as it is in truth.
static size_t go_forward(struct past *past) {
    size_t wrong = 0, next = 0;
    for (size_t i = 0; i < past->count; i++) {
        past->digests[i] = heap_digest(&past->heap);
        past->changes[i] = past->log.count;
        apply_events(&past->heap, &past->events[i], 1);
        while (next < truth_count && truths[next].events < i + 1)
            next++;
        if (next < truth_count && truths[next].events == i + 1)
            wrong += !is_true(past, &truths[next]);
    }
    apply_end(&past->heap);
    past->digests[past->count] = heap_digest(&past->heap);
    past->changes[past->count] = past->log.count;
    return wrong;
}

// How many events lead to another heap backwards than they did forwards.
static size_t go_back(struct past *past) {
    size_t wrong = 0;
    for (size_t i = past->count; i-- > 0;) {
        for (size_t j = past->changes[i + 1]; j-- > past->changes[i];)
            heap_undo(&past->heap, &past->log.list[j]);
        wrong += heap_digest(&past->heap) != past->digests[i];
    }
    return wrong;
}

static size_t go_forward_again(struct past *past) {
    size_t wrong = 0;
    for (size_t i = 0; i < past->count; i++) {
        wrong += heap_digest(&past->heap) != past->digests[i];
        for (size_t j = past->changes[i]; j < past->changes[i + 1]; j++)
            heap_do(&past->heap, &past->log.list[j]);
    }
    return wrong + (heap_digest(&past->heap) != past->digests[past->count]);
}

static bool is_as_told(const struct past *past, const struct sim_heap *sim) {
    int64_t parts[PARTS], expected[PARTS];
    uint64_t live;
    sim_parts(sim, expected);
    recount_parts(&past->heap, parts, &live);
    return memcmp(parts, expected, sizeof parts) == 0 &&
           past->heap.held == sim_held(sim) && recount_blocks(&past->heap);
}

// Steps, and gaps that nobody records, with the state told behind them.
static void play(struct sim_heap *sim, uint64_t seed, int steps) {
    truth_count = 0;
    for (int i = 0; i < steps; i++) {
        sim_step(sim);
        note_truth(sim);
        if ((seed + (uint64_t)i) % 41 == 7) {
            for (uint64_t j = 0; j < seed % 9; j++)
                sim_unseen_step(sim);
            sim_tell(sim, (uint64_t)i + 1);
        }
    }
    BUILD(sim->builder, 1, sim->time, MARK, 0);
}

Test(undo, forward_backward_and_brute_force_agree_at_every_event,
     .timeout = 300) {
    for (uint64_t seed = 1; seed <= 100; seed++) {
        static struct sim_heap sim;
        static struct past past;
        struct trace_builder b;
        trace_builder_start(&b);
        b.block_events = 1 + (uint32_t)(seed * 37 % 500);
        sim_start(&sim, &b, seed);
        play(&sim, seed, 40 + (int)seed % 60);
        trace_builder_end(&b, 0);
        open_past(&past, trace_builder_save(&b));

        cr_expect(eq(sz, go_forward(&past), 0), "seed %d", (int)seed);

        cr_expect(gt(sz, truth_count, 30));
        cr_expect(is_as_told(&past, &sim), "seed %d: forwards", (int)seed);
        cr_expect(eq(sz, go_back(&past), 0), "seed %d", (int)seed);
        cr_expect(eq(sz, spans_find(&past.heap.spans, 0) != NULL, 0));
        cr_expect(eq(u64, past.heap.held, 0));
        cr_expect(eq(sz, go_forward_again(&past), 0), "seed %d", (int)seed);
        cr_expect(is_as_told(&past, &sim), "seed %d: again", (int)seed);
        close_past(&past);
        sim_free(&sim);
        trace_builder_free(&b);
    }
}

// At each step, not only at the end: the same trace, ever longer.
Test(undo, every_step_is_what_brute_force_finds, .timeout = 300) {
    for (int steps = 1; steps <= 120; steps++) {
        static struct sim_heap sim;
        static struct past past;
        struct trace_builder b;
        trace_builder_start(&b);
        sim_start(&sim, &b, 7);
        play(&sim, 7, steps);
        trace_builder_end(&b, 0);
        open_past(&past, trace_builder_save(&b));

        go_forward(&past);

        cr_expect(is_as_told(&past, &sim), "after %d steps", steps);
        close_past(&past);
        sim_free(&sim);
        trace_builder_free(&b);
    }
}

// Events that contradict each other, of any kind and with any small number.
Test(undo, nonsense_is_undone_too, .timeout = 300) {
    truth_count = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        static struct past past;
        struct trace_builder b;
        uint64_t random = seed;
        trace_builder_start(&b);
        trace_builder_stack(&b, 0, 0x1000);
        BUILD(&b, 1, 1, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
        for (uint64_t time = 2; time < 300; time++) {
            static const uint32_t types[] = {
                TRACE_EVENT_ALLOC,        TRACE_EVENT_FREE,
                TRACE_EVENT_REALLOC,      TRACE_EVENT_FREE_DEFERRED,
                TRACE_EVENT_RESIZE,       TRACE_EVENT_SPAN_ACQUIRE,
                TRACE_EVENT_SPAN_RELEASE, TRACE_EVENT_SPAN_TRANSFER,
                TRACE_EVENT_SPAN_STATE,   TRACE_EVENT_DEFERRED_COLLECT,
                TRACE_EVENT_SEGMENT_MAP,  TRACE_EVENT_SEGMENT_UNMAP,
                TRACE_EVENT_SPAN_COMMIT,  TRACE_EVENT_SPAN_DECOMMIT,
                TRACE_EVENT_HUGE_MAP,     TRACE_EVENT_HUGE_UNMAP,
                TRACE_EVENT_SNAPSHOT};
            uint64_t value[TRACE_MAX_FIELDS];
            random = random * UINT64_C(6364136223846793005) + 1;
            uint32_t type = types[(random >> 33) % 17];
            for (int i = 0; i < TRACE_MAX_FIELDS; i++)
                value[i] = random >> (33 + 3 * i) & 3;
            if (type == TRACE_EVENT_HUGE_MAP || type == TRACE_EVENT_HUGE_UNMAP)
                value[0] |= SPAN_HUGE_BIT;
            if (type == TRACE_EVENT_SEGMENT_MAP ||
                type == TRACE_EVENT_SPAN_DECOMMIT)
                value[2] <<= 20;
            trace_builder_event(&b, 1 + (uint32_t)(random >> 60), time, type,
                                value, TRACE_MAX_FIELDS);
        }
        trace_builder_end(&b, 0);
        open_past(&past, trace_builder_save(&b));

        go_forward(&past);

        cr_expect(recount_blocks(&past.heap), "seed %d", (int)seed);
        cr_expect(eq(sz, go_back(&past), 0), "seed %d", (int)seed);
        cr_expect(eq(sz, go_forward_again(&past), 0), "seed %d", (int)seed);
        close_past(&past);
        trace_builder_free(&b);
    }
}
