// test_filter.c - an answer of some blocks is what a look at every block gives,
// now and over time.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/span_map.h"
#include "viewer/query/filter.h"
#include "viewer/trace/order.h"

// What is asked of a block, as conditions and as numbers.
struct wish {
    char text[256];
    uint64_t least, most; // bytes
    int64_t heap, class;  // -1: any
    uint64_t born;        // later than
    uint64_t lives;       // longer than
    bool by_age;
};

static struct trace_builder b;

static void play(uint64_t seed, bool gaps) {
    static struct sim_heap sim;
    trace_builder_start(&b);
    sim_start(&sim, &b, seed);
    for (int i = 0; i < 500; i++) {
        sim_step(&sim);
        if (gaps && i % 120 == 119) {
            sim_unseen_step(&sim);
            sim_tell(&sim, (uint64_t)i);
        }
    }
    trace_builder_end(&b, 0);
    sim_free(&sim);
}

static uint64_t dice(uint64_t below) {
    return (uint64_t)rand() % below;
}

static void add(struct wish *w, const char *how, uint64_t value) {
    size_t used = strlen(w->text);
    snprintf(w->text + used, sizeof w->text - used, "%s%s%d%s",
             used ? " and " : "", how, (int)value,
             strstr(how, "_ns") ? "ns" : "");
}

static struct wish make_wish(uint64_t end, bool age) {
    struct wish w = {.most = UINT64_MAX, .heap = -1, .class = -1};
    if (dice(2))
        add(&w, "bytes >= ", w.least = dice(600));
    if (dice(2))
        add(&w, "bytes < ", w.most = 20 + dice(4000));
    if (dice(3) == 0)
        add(&w, "heap = ", (uint64_t)(w.heap = (int64_t)dice(3)));
    if (dice(3) == 0)
        add(&w, "class = ", (uint64_t)(w.class = (int64_t)dice(3)));
    if (dice(3) == 0)
        add(&w, "born_ns > ", w.born = dice(end));
    w.by_age = age;
    if (age || !*w.text)
        add(&w, age ? "lives_ns > " : "bytes >= ",
            w.lives = age ? dice(end / 3) : 0);
    return w;
}

static bool passes(const struct wish *w, uint64_t bytes, uint32_t heap,
                   uint32_t class, uint64_t born, uint64_t lives) {
    return bytes >= w->least && bytes < w->most &&
           (w->heap < 0 || heap == (uint32_t)w->heap) &&
           (w->class < 0 || class == (uint32_t)w->class) &&
           (w->born == 0 || born > w->born) && (!w->by_age || lives > w->lives);
}

static struct answer *ask(const char *path, const struct block_filter *filter,
                          uint64_t at) {
    struct failure failure = {.text = ""};
    const struct analyse_options options = {
        .at = at ? AT_EVENT : AT_END, .at_event = at, .filter = filter};
    struct answer *a = analyse_trace(path, &options, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

// ---- now ----

static const struct answer_span *span_of(const struct answer *a,
                                         uint32_t number) {
    for (size_t i = 0; i < a->span_count; i++)
        if (a->spans[i].number == number)
            return &a->spans[i];
    cr_fatal("no span %u", number);
}

struct tally {
    uint64_t blocks, bytes;
    double share;
};

static const struct answer_site *site_of(const struct answer *a,
                                         const struct site *where) {
    for (size_t i = 0; i < a->site_count; i++)
        if (site_same(&a->sites[i].where, where))
            return &a->sites[i];
    return NULL;
}

static void compare_now(struct answer *all, struct answer *some,
                        const struct wish *w) {
    static struct tally sites[64], classes[256], heaps[8], spans[4096];
    struct tally sum = {0};
    memset(sites, 0, sizeof sites);
    memset(classes, 0, sizeof classes);
    memset(heaps, 0, sizeof heaps);
    memset(spans, 0, sizeof spans);
    cr_assert(lt(sz, all->site_count, 64));
    for (size_t i = 0; i < live_blocks(all); i++) {
        const struct answer_live_block *l = &all->live_blocks[i];
        const struct answer_span *span = span_of(all, l->span);
        if (!passes(w, l->bytes, l->heap, l->class_index, l->born_ns,
                    l->lives_ns))
            continue;
        double share = (double)span->free_bytes / span->live;
        struct tally *to[] = {&sites[site_of(all, l->where) - all->sites],
                              &classes[l->class_index],
                              l->span < 4096 ? &heaps[l->heap] : &heaps[7],
                              l->span < 4096 ? &spans[l->span] : &spans[4095],
                              &sum};
        for (int k = 0; k < 5; k++) {
            to[k]->blocks++;
            to[k]->bytes += l->bytes;
            to[k]->share += share;
        }
    }
    cr_expect(eq(u64, some->now.live_blocks, sum.blocks), "%s", w->text);
    cr_expect(eq(u64, some->now.part_bytes[PART_USED], sum.bytes));
    cr_expect(le(dbl, (double)some->free_block_bytes - sum.share, 1.0));
    cr_expect(eq(sz, live_blocks(some), sum.blocks));
    for (size_t i = 0; i < all->site_count; i++) {
        const struct answer_site *site = site_of(some, &all->sites[i].where);
        cr_expect(
            eq(u64, site ? site->counts.live_blocks : 0, sites[i].blocks));
        cr_expect(eq(u64, site ? site->counts.live_bytes : 0, sites[i].bytes));
        double share = site ? (double)site->counts.share_bytes : 0;
        cr_expect(le(dbl, share - sites[i].share, 1.0));
        cr_expect(ge(dbl, share - sites[i].share, -1.0));
    }
    for (size_t i = 0; i < some->class_count; i++) {
        const struct answer_class *class = &some->classes[i];
        cr_expect(eq(u64, class->live_blocks, classes[class->index].blocks));
        cr_expect(eq(u64, class->used_bytes, classes[class->index].bytes));
        classes[class->index].blocks = 0;
    }
    for (int i = 0; i < 256; i++)
        cr_expect(eq(u64, i == 254 ? 0 : classes[i].blocks, 0));
    for (size_t i = 0; i < some->heap_count; i++)
        cr_expect(eq(u64, some->heaps[i].used_bytes,
                     heaps[some->heaps[i].number].bytes));
    for (size_t i = 0; i < some->span_count; i++) {
        const struct answer_span *span = &some->spans[i];
        if (span->number >= 4095)
            continue;
        cr_expect(eq(u64, span->live, spans[span->number].blocks));
        cr_expect(eq(u64, span->used_bytes, spans[span->number].bytes));
    }
}

Test(filter, counts_the_blocks_that_a_look_at_each_finds, .timeout = 300) {
    size_t some_passed = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        srand((unsigned)seed);
        play(seed, seed % 2);
        const char *path = trace_builder_save(&b);
        for (int i = 0; i < 6; i++) {
            uint64_t at = i % 2 ? 0 : 100 + dice(400);
            struct failure failure = {.text = ""};
            struct answer *all = ask(path, NULL, at);
            struct wish w = make_wish(all->duration_ns, dice(2));
            struct block_filter *filter = filter_new(w.text, &failure);
            cr_assert(ne(ptr, filter, NULL), "%s: %s", w.text, failure.text);
            struct answer *some = ask(path, filter, at);
            compare_now(all, some, &w);
            some_passed += some->now.live_blocks > 0 &&
                           some->now.live_blocks < all->now.live_blocks;
            answer_free(some);
            answer_free(all);
            filter_free(filter);
        }
        trace_builder_free(&b);
    }
    cr_expect(gt(sz, some_passed, 20));
}

// All of them: nothing is different but for what is known of all alone.
Test(filter, that_lets_all_pass_changes_nothing) {
    struct failure failure = {.text = ""};
    play(5, true);
    const char *path = trace_builder_save(&b);
    struct block_filter *filter = filter_new("bytes >= 0", &failure);
    struct answer *all = ask(path, NULL, 0), *some = ask(path, filter, 0);

    cr_expect(eq(u64, some->free_block_bytes, all->free_block_bytes));
    cr_expect(eq(sz, some->pin_count, all->pin_count));
    for (size_t i = 0; i < some->pin_count; i++) {
        const struct answer_counts *x = &some->sites[some->pins[i]].counts;
        const struct answer_counts *y = &all->sites[all->pins[i]].counts;
        cr_expect(eq(u64, x->share_bytes, y->share_bytes));
        cr_expect(eq(u64, x->alone_bytes, y->alone_bytes));
        cr_expect(eq(u64, x->spans, y->spans));
        cr_expect(eq(u64, x->rounding_bytes, y->rounding_bytes));
    }
    for (int part = PART_USED; part <= PART_ROUNDING; part++)
        cr_expect(
            eq(u64, some->now.part_bytes[part], all->now.part_bytes[part]));
    cr_assert(eq(sz, some->point_count, all->point_count));
    for (size_t i = 0; i < some->point_count; i++) {
        cr_expect(eq(u64, some->points[i].used_max, all->points[i].used_max));
        cr_expect(eq(u64, some->points[i].used_min, all->points[i].used_min));
        cr_expect(
            eq(u64, some->points[i].allocations, all->points[i].allocations));
    }
    answer_free(some);
    answer_free(all);
    filter_free(filter);
    trace_builder_free(&b);
}

// ---- over time ----

// A life, seen by looking at each span behind each event.
struct life {
    uint64_t birth, from, to; // steps; events
    uint64_t bytes, died;     // steps
    uint32_t span, block, heap, class;
    bool passes;
};

static struct life lives[20000];
static size_t life_count;
static uint64_t times[20000]; // ns, behind each event
static size_t event_count;
static uint64_t end_ns;

static struct life *open_life(uint32_t span, uint32_t block) {
    for (size_t i = life_count; i-- > 0;)
        if (lives[i].to == UINT64_MAX && lives[i].span == span &&
            lives[i].block == block)
            return &lives[i];
    return NULL;
}

static void look(struct span *span, void *context) {
    const struct heap *heap = context;
    for (uint32_t i = 0; span->place == SPAN_IN_HEAP && i < span->touched;
         i++) {
        const struct slot *slot = &span->slots[i];
        struct life *life = open_life(span->number, i);
        if (slot->birth == SLOT_FREE)
            continue;
        uint64_t birth = heap_ns(heap, slot->birth);
        if (!life || life->birth != birth ||
            life->bytes != span_wanted(span, i))
            lives[life_count++] = (struct life){birth,
                                                heap->events,
                                                UINT64_MAX,
                                                span_wanted(span, i),
                                                0,
                                                span->number,
                                                i,
                                                span->heap,
                                                span->class_index,
                                                false};
    }
}

static void close_lives(const struct heap *heap) {
    for (size_t i = 0; i < life_count; i++) {
        struct life *life = &lives[i];
        if (life->to != UINT64_MAX || life->from == heap->events)
            continue;
        const struct span *span = spans_find(&heap->spans, life->span);
        if (span && span->place == SPAN_IN_HEAP &&
            span_has(span, life->block) &&
            heap_ns(heap, span->slots[life->block].birth) == life->birth &&
            span_wanted(span, life->block) == life->bytes)
            continue;
        life->to = heap->events;
        life->died = heap_ns(heap, heap->time);
    }
}

static void look_at_all(const char *path) {
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;
    struct replay replay;
    struct failure failure;
    const struct trace_event *events;
    size_t count;
    cr_assert(trace_file_open(&file, path, &failure));
    trace_tables_load(&tables, &file);
    trace_order_open(&order, &file);
    replay_start(&replay, &tables, order.first_time, order.last_time);
    life_count = event_count = 0;
    while ((events = trace_order_next(&order, &count)))
        for (size_t i = 0; i < count; i++) {
            replay_events(&replay, &events[i], 1);
            close_lives(&replay.heap);
            spans_each(&replay.heap.spans, look, &replay.heap);
            times[++event_count] = heap_ns(&replay.heap, replay.heap.time);
            cr_assert(lt(sz, life_count, 19000));
        }
    end_ns = times[event_count];
    replay_free(&replay);
    trace_order_close(&order);
    trace_tables_free(&tables);
    trace_file_close(&file);
}

static void compare_series(const struct answer *a, const struct wish *w) {
    static int64_t used[20001];
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < life_count; i++) {
        struct life *life = &lives[i];
        bool ended = life->to != UINT64_MAX;
        uint64_t died = ended ? life->died : end_ns;
        if (!passes(w, life->bytes, life->heap, life->class, life->birth,
                    died - life->birth))
            continue;
        for (uint64_t k = life->from; k <= event_count && k < life->to; k++)
            used[k] += (int64_t)life->bytes;
    }
    size_t k = 0;
    int64_t now = 0, most = 0, checked = 0;
    for (size_t i = 0; i < a->point_count; i++) {
        int64_t highest = now, lowest = now;
        for (; k < event_count && times[k + 1] < a->points[i].time_ns; k++) {
            now = used[k + 1];
            highest = now > highest ? now : highest;
            lowest = now < lowest ? now : lowest;
            checked++;
        }
        if (i + 1 == a->point_count)
            break; // the last step ends with the last event
        cr_expect(eq(i64, (int64_t)a->points[i].used_bytes, now), "%s",
                  w->text);
        cr_expect(eq(i64, (int64_t)a->points[i].used_max, highest), "%s",
                  w->text);
        cr_expect(eq(i64, (int64_t)a->points[i].used_min, lowest));
    }
    cr_expect(gt(i64, checked, 100));
    for (size_t i = 0; i <= event_count; i++)
        most = used[i] > most ? used[i] : most;
    cr_expect(eq(i64, (int64_t)a->peak_used_bytes, most), "%s", w->text);
}

Test(filter, over_time_is_what_a_look_behind_each_event_gives, .timeout = 300) {
    for (uint64_t seed = 21; seed <= 26; seed++) {
        srand((unsigned)seed);
        play(seed, false);
        const char *path = trace_builder_save(&b);
        look_at_all(path);
        for (int i = 0; i < 4; i++) {
            struct failure failure = {.text = ""};
            struct wish w = make_wish(end_ns, i % 2);
            struct block_filter *filter = filter_new(w.text, &failure);
            cr_assert(ne(ptr, filter, NULL), "%s: %s", w.text, failure.text);
            struct answer *a = ask(path, filter, i < 2 ? 0 : event_count / 2);
            compare_series(a, &w);
            answer_free(a);
            filter_free(filter);
        }
        trace_builder_free(&b);
    }
}

// ---- by thread and by tag ----

Test(filter, knows_who_had_the_heap_and_under_which_tag) {
    struct failure failure = {.text = ""};
    trace_builder_start(&b);
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    trace_builder_text(&b, 1, "first");
    trace_builder_text(&b, 2, "second");
    trace_builder_text(&b, 3, "Audio");
    BUILD(&b, 1, 90, THREAD_START, 7, 1);
    BUILD(&b, 2, 90, THREAD_START, 8, 2);
    BUILD(&b, 1, 91, HEAP_CREATE, 1);
    BUILD(&b, 1, 92, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 95, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 100, ALLOC, stack, 100, 0, 0);
    BUILD(&b, 1, 110, TAG, 3, 1);
    BUILD(&b, 1, 120, ALLOC, stack, 20, 0, 1);
    BUILD(&b, 1, 130, TAG, 0, 0);
    BUILD(&b, 1, 140, HEAP_ORPHAN, 1);
    BUILD(&b, 2, 150, HEAP_ADOPT, 1);
    BUILD(&b, 2, 160, ALLOC, stack, 3, 0, 2);
    BUILD(&b, 2, 301, MARK, 1);
    trace_builder_end(&b, 0);
    const char *path = trace_builder_save(&b);
    static const struct {
        const char *text;
        uint64_t used, most;
    } cases[] = {{"thread = first", 120, 120},
                 {"thread = second", 3, 3},
                 {"thread_id = 8", 3, 3},
                 {"tag = Audio", 20, 20},
                 {"tag = none and thread = first", 100, 100},
                 {"tag != Audio", 103, 103}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct block_filter *filter = filter_new(cases[i].text, &failure);
        cr_assert(ne(ptr, filter, NULL), "%s", failure.text);
        struct answer *a = ask(path, filter, 0);
        cr_expect(eq(u64, a->now.part_bytes[PART_USED], cases[i].used), "%s",
                  cases[i].text);
        cr_expect(eq(u64, a->peak_used_bytes, cases[i].most), "%s",
                  cases[i].text);
        answer_free(a);
        filter_free(filter);
    }
    trace_builder_free(&b);
}
