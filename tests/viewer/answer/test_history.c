// test_history.c - what happened to one span, block or segment, and who held
// it, one after the other.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/heap/address.h"

static struct trace_builder b;
static uint32_t first, second; // stacks

static struct answer *ask(const struct analyse_options *options) {
    struct failure failure = {.text = ""};
    struct answer *a = analyse_trace(trace_builder_save(&b), options, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

static struct answer *ask_of(enum subject_kind kind, uint32_t number,
                             uint32_t block) {
    return ask(&(struct analyse_options){
        .history = {.kind = kind, .number = number, .block = block}});
}

// "allocated 5 @150, ...": what happened, to which block, when.
static char *told(const struct answer *a) {
    static char text[4096];
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; i < a->history_count && used + 100 < sizeof text; i++) {
        const struct answer_history *h = &a->history[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 i > 0 ? ", " : "", h->what);
        if (h->block != ANSWER_NONE)
            used += (size_t)snprintf(text + used, sizeof text - used, " %u",
                                     h->block);
        used += (size_t)snprintf(text + used, sizeof text - used, " @%d",
                                 (int)h->time_ns);
    }
    return text;
}

// "block 0 101-160, ...".
static char *held(const struct answer *a) {
    static char text[4096];
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; i < a->holder_count && used + 100 < sizeof text; i++) {
        const struct answer_holder *h = &a->holders[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 i > 0 ? ", " : "", h->what);
        if (h->block != ANSWER_NONE)
            used += (size_t)snprintf(text + used, sizeof text - used, " %u",
                                     h->block);
        used += (size_t)snprintf(text + used, sizeof text - used, " %d-%s%d",
                                 (int)h->from_ns, h->holds ? "now " : "",
                                 (int)h->to_ns);
    }
    return text;
}

// Two blocks take turns in a span; its last one is freed by another thread.
static void begin(void) {
    trace_builder_start(&b);
    first = trace_builder_stack(&b, 0, 0x1000);
    second = trace_builder_stack(&b, 0, 0x2000);
    trace_builder_text(&b, 1, "main");
    trace_builder_text(&b, 2, "other");
    BUILD(&b, 1, 90, THREAD_START, 7, 1);
    BUILD(&b, 2, 90, THREAD_START, 8, 2);
    BUILD(&b, 1, 91, HEAP_CREATE, 1);
    BUILD(&b, 1, 92, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 95, SPAN_ACQUIRE, 1, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 100, ALLOC, first, 1000, 1, 0);
    BUILD(&b, 1, 120, ALLOC, second, 900, 1, 1);
    BUILD(&b, 1, 130, ALLOC, first, 300, 1, 2);
    BUILD(&b, 1, 140, FREE, 1, 2);
    BUILD(&b, 1, 150, FREE, 1, 0);
    BUILD(&b, 1, 160, ALLOC, first, 700, 1, 0);
    BUILD(&b, 2, 170, FREE_DEFERRED, 1, 1);
    BUILD(&b, 1, 175, RESIZE, second, 800, 1, 0);
    BUILD(&b, 2, 180, FREE_DEFERRED, 1, 0);
    BUILD(&b, 1, 200, DEFERRED_COLLECT, 1, 1, 2);
    BUILD(&b, 1, 210, SPAN_RELEASE, 1, 1, 1, TRACE_PLACE_THREAD_CACHE);
    BUILD(&b, 1, 250, SPAN_ACQUIRE, 1, 1, 1, 1, TRACE_PLACE_THREAD_CACHE);
    BUILD(&b, 1, 260, ALLOC, second, 4000, 1, 0);
}

static void finish(void) {
    BUILD(&b, 1, 301, MARK, 0);
    trace_builder_end(&b, 0);
}

TestSuite(history, .init = begin);

Test(history, of_a_span_is_all_that_happened_in_it) {
    finish();
    struct answer *a = ask_of(SUBJECT_SPAN, 1, 0);

    cr_expect(eq(
        str, told(a),
        (char
             *)"mapped @92, to a heap @95, allocated 0 @100, allocated 1 @120, "
               "allocated 2 @130, freed 2 @140, freed 0 @150, allocated 0 "
               "@160, "
               "freed by another thread 1 @170, resized 0 @175, "
               "freed by another thread 0 @180, taken back @200, "
               "to a thread cache @210, to a heap @250, allocated 0 @260"));
    const struct answer_history *freed = &a->history[8];
    cr_expect(eq(u64, freed->age_ns, 50));
    cr_expect(eq(str, (char *)freed->thread, (char *)"other"));
    cr_expect(eq(u64, freed->where->offset, 0x2000)); // who had allocated it
    cr_expect(eq(u64, freed->bytes, 900));
    cr_expect(eq(u32, freed->live, 1));
    const struct answer_history *back = &a->history[11];
    cr_expect(eq(u64, back->age_ns, 30)); // since 170
    cr_expect(eq(u64, back->count, 2));
    cr_expect(eq(str, (char *)a->history[13].from, (char *)"thread cache"));
    answer_free(a);
}

Test(history, who_held_a_span_leads_back_to_when_nobody_did) {
    finish();
    struct answer *a = ask_of(SUBJECT_SPAN, 1, 0);

    // Block 2 was never needed to keep it, nor was the resized one before 170.
    cr_expect(eq(str, held(a),
                 (char *)"kept empty 95-100, block 0 100-150, block 1 120-170, "
                         "block 0 160-180, not taken back 180-200, "
                         "kept empty 200-210, thread cache 210-250, "
                         "kept empty 250-260, block 0 260-now 301"));
    cr_expect(eq(u64, a->holders[3].where->offset, 0x2000)); // the resizer
    cr_expect(eq(u64, a->holders[3].bytes, 800));
    cr_expect(eq(str, (char *)a->holders[2].thread, (char *)"main"));
    answer_free(a);
}

Test(history, of_a_block_is_one_life_after_the_other) {
    finish();
    struct answer *a = ask_of(SUBJECT_BLOCK, 1, 1);

    cr_expect(eq(str, told(a),
                 (char *)"mapped @92, to a heap @95, allocated 1 @120, "
                         "freed by another thread 1 @170, taken back 1 @200, "
                         "to a thread cache @210, to a heap @250"));
    cr_expect(eq(u64, a->history[4].age_ns, 30));
    answer_free(a);

    a = ask(&(struct analyse_options){
        .at = AT_TIME,
        .at_ns = 165,
        .history = {.kind = SUBJECT_BLOCK, .number = 1, .block = 0}});
    cr_expect(eq(str, held(a), (char *)"block 0 100-150, block 0 160-now 160"));
    answer_free(a);
}

Test(history, a_block_that_is_free_tells_who_was_there) {
    finish();
    struct answer *a = ask(&(struct analyse_options){
        .at = AT_TIME,
        .at_ns = 155,
        .history = {.kind = SUBJECT_BLOCK, .number = 1, .block = 0}});

    cr_expect(eq(str, held(a), (char *)"block 0 100-150"));
    cr_expect(eq(u64, a->holders[0].where->offset, 0x1000));
    answer_free(a);
}

Test(history, of_a_segment_is_which_of_its_spans_were_not_unused) {
    BUILD(&b, 1, 270, FREE, 1, 0);
    BUILD(&b, 1, 271, SPAN_ACQUIRE, 5, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 272, SPAN_RELEASE, 1, 1, 1, TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 280, SPAN_TRANSFER, 1, 1, 1, TRACE_PLACE_GLOBAL_CACHE,
          TRACE_PLACE_SEGMENT);
    finish();
    struct answer *a = ask_of(SUBJECT_SEGMENT, 0, 0);

    cr_expect(
        eq(str, told(a),
           (char *)"mapped @92, to a heap @95, to a thread cache @210, "
                   "to a heap @250, to a heap @271, to the global cache @272, "
                   "to its segment @280"));
    cr_expect(eq(str, held(a),
                 (char *)"kept empty 95-100, span in use 100-180, "
                         "not taken back 180-200, kept empty 200-210, "
                         "thread cache 210-250, kept empty 250-260, "
                         "span in use 260-270, kept empty 270-272, "
                         "kept empty 271-now 301"));
    cr_expect(eq(u32, a->holders[8].span, 5));
    answer_free(a);
}

Test(history, an_address_is_that_of_the_block_or_of_the_span) {
    finish();
    // Blocks of 1,000 bytes begin behind the header of 128, at a multiple of 8.
    struct analyse_options options = {
        .at = AT_TIME,
        .at_ns = 155,
        .history = {.kind = SUBJECT_BLOCK,
                    .by_address = true,
                    .address = 0x20000 + 128 + 1999}};
    struct answer *a = ask(&options);
    cr_expect(eq(u32, a->history_of.number, 1));
    cr_expect(eq(u32, a->history_of.block, 1));
    answer_free(a);

    options.history.kind = SUBJECT_SEGMENT;
    a = ask(&options);
    cr_expect(eq(u32, a->history_of.number, 0));
    answer_free(a);

    struct failure failure = {.text = ""};
    options.history.address = 0x1234;
    cr_expect(eq(ptr, analyse_trace(trace_builder_save(&b), &options, &failure),
                 NULL));
    cr_expect(strstr(failure.text, "no segment has the address 0x1234") != NULL,
              "%s", failure.text);
    cr_expect(failure.asked);
}

// A pause: one block goes on, one went unseen, one is new. Who holds is said
// from the state on.
Test(history, what_nobody_saw_is_said_to_be_so) {
    BUILD(&b, 1, 261, ALLOC, second, 3000, 1, 1);
    BUILD(&b, 0, 280, SNAPSHOT, 1, 6, 64 * 65536);
    BUILD(&b, 0, 280, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 280, SPAN_ACQUIRE, 1, 1, 1, 1, TRACE_PLACE_SEGMENT);
    BUILD(&b, 0, 280, ALLOC, second, 3000, 1, 1);
    BUILD(&b, 0, 280, ALLOC, first, 2000, 1, 4);
    BUILD(&b, 0, 280, SNAPSHOT_CLASS, 1, 1, 2);
    BUILD(&b, 0, 280, SNAPSHOT_END, 1);
    finish();
    struct answer *a = ask_of(SUBJECT_SPAN, 1, 0);

    const char *tail = strstr(told(a), "allocated 1 @261");
    cr_assert(ne(ptr, (void *)tail, NULL), "%s", told(a));
    cr_expect(
        eq(str, (char *)tail,
           (char *)"allocated 1 @261, state told @280, "
                   "not found any more 0 @280, found in the state 4 @280"));
    const char *last = strstr(held(a), "block 0 260");
    cr_expect(
        eq(str, (char *)last, (char *)"block 0 260-280, block 1 261-now 301"));
    answer_free(a);
}

// ---- against a look at the heap behind each event ----

struct seen {
    int what; // 1 + block; -place of what holds it without one
    uint64_t from, to, birth;
    uint64_t from_time, to_time;
};

enum { PLACES = 4090, KINDS = 20 };

static struct seen seen[20000];
static size_t seen_count;

static size_t last_of[PLACES + KINDS]; // in seen + 1, by what

static void see(int what, bool there, uint64_t birth, uint64_t event,
                uint64_t time) {
    size_t *last = &last_of[what > 0 ? what : PLACES - what];
    struct seen *open = *last ? &seen[*last - 1] : NULL;
    if (open && open->to != UINT64_MAX)
        open = NULL;
    if (open && (!there || open->birth != birth)) {
        open->to = event;
        open->to_time = time;
        open = NULL;
    }
    if (!there || open)
        return;
    seen[seen_count++] =
        (struct seen){what, event, UINT64_MAX, birth, time, UINT64_MAX};
    *last = seen_count;
}

// What holds the span without a block; 0: blocks do, or nobody.
static int kept_by(const struct span *span) {
    if (!span)
        return 0;
    switch (span->place) {
    case SPAN_IN_HEAP:
        return span->live ? 0 : span->deferred ? 10 : 11;
    case SPAN_IN_THREAD:
        return 12;
    case SPAN_IN_GLOBAL:
        return 13;
    default:
        return 0;
    }
}

static void look(const struct heap *heap, uint32_t number) {
    struct span *span = spans_find(&heap->spans, number);
    uint64_t event = heap->events, time = heap_ns(heap, heap->time);
    bool serves = span && span->place == SPAN_IN_HEAP;
    for (uint32_t i = 0; i < PLACES - 1; i++) {
        bool live = serves && span_has(span, i);
        see(1 + (int)i, live, live ? span->slots[i].birth : 0, event, time);
    }
    for (int kind = 10; kind <= 13; kind++)
        see(-kind, kept_by(span) == kind, 0, event, time);
}

static const struct seen *oldest_at(uint64_t event) {
    for (size_t i = 0; i < seen_count; i++)
        if (seen[i].from < event && seen[i].to >= event)
            return &seen[i];
    return NULL;
}

static void replay_and_look(uint32_t number) {
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;
    struct replay replay;
    struct failure failure;
    const struct trace_event *events;
    size_t count;
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure));
    trace_tables_load(&tables, &file);
    trace_order_open(&order, &file);
    replay_start(&replay, &tables, order.first_time, order.last_time);
    seen_count = 0;
    memset(last_of, 0, sizeof last_of);
    while ((events = trace_order_next(&order, &count)))
        for (size_t i = 0; i < count; i++) {
            replay_events(&replay, &events[i], 1);
            look(&replay.heap, number);
        }
    replay_free(&replay);
    trace_order_close(&order);
    trace_tables_free(&tables);
    trace_file_close(&file);
}

static void compare_holders(const struct answer *a, uint64_t seed) {
    const struct seen *s = oldest_at(UINT64_MAX);
    size_t at = a->holder_count;
    for (; s; s = oldest_at(s->from)) {
        if (s->what < 0 && s->from_time == s->to_time)
            continue;
        cr_assert(gt(sz, at, 0), "seed %d", (int)seed);
        const struct answer_holder *h = &a->holders[--at];
        cr_expect(eq(u64, h->from_ns, s->from_time), "seed %d", (int)seed);
        cr_expect(eq(int, h->holds, s->to == UINT64_MAX));
        if (s->to != UINT64_MAX)
            cr_expect(eq(u64, h->to_ns, s->to_time));
        cr_expect(eq(u32, h->block,
                     s->what > 0 ? (uint32_t)s->what - 1 : ANSWER_NONE));
    }
    cr_expect(eq(sz, at, 0), "seed %d", (int)seed);
}

Test(history, is_that_of_a_look_at_the_heap_behind_each_event, .timeout = 300) {
    static struct sim_heap sim;
    size_t held_by_several = 0, compared = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        trace_builder_free(&b);
        trace_builder_start(&b);
        sim_start(&sim, &b, seed);
        for (int i = 0; i < 400; i++)
            sim_step(&sim);
        trace_builder_end(&b, 0);
        sim_free(&sim);
        for (uint32_t number = 0; number < 64; number += 7) {
            size_t born = 0, rows = 0;
            replay_and_look(number);
            struct answer *a = ask_of(SUBJECT_SPAN, number, 0);
            if (a->history_of.number == number) { // and not in a large block
                compare_holders(a, seed);
                for (size_t i = 0; i < seen_count; i++)
                    born += seen[i].what > 0;
                for (size_t i = 0; i < a->history_count; i++)
                    rows += strcmp(a->history[i].what, "allocated") == 0 ||
                            strcmp(a->history[i].what, "moved here") == 0;
                cr_expect(eq(sz, rows, born), "seed %d, span %u", (int)seed,
                          number);
                held_by_several += a->holder_count > 2;
                compared++;
            }
            answer_free(a);
        }
    }
    cr_expect(gt(sz, held_by_several, 20));
    cr_expect(gt(sz, compared, 100));
}
