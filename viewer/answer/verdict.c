// verdict.c - the sentences that say what is going on.
#include "viewer/answer/verdict.h"

#include "viewer/answer/state.h"
#include "viewer/answer/texts.h"
#include "viewer/base/number.h"

enum {
    FREED_NEARLY_ALL = 4,   // less than a 4th of the most is still used
    COST_OF_START = 2 << 20 // bytes not used that tell nothing yet
};

static void say(struct answer *a, const char *text) {
    texts_add(&a->state->pool, &a->verdict, &a->verdict_count, "%s", text);
}

static enum part largest_part(const struct moment *moment) {
    enum part largest = PART_ROUNDING;
    for (enum part part = PART_ROUNDING; part < PARTS; part++)
        if (moment->part_bytes[part] > moment->part_bytes[largest])
            largest = part;
    return largest;
}

// True when little of the free bytes in spans would come back if the live
// blocks were packed densely: then nobody's blocks are to blame.
static bool is_dense(const struct answer *a) {
    uint64_t spans = 0;
    for (size_t i = 0; i < a->class_count; i++)
        spans += a->classes[i].compactable_spans;
    return spans * a->span_bytes < a->now.part_bytes[PART_SPAN_FREE] / 4;
}

static size_t classes_in_use(const struct answer *a) {
    size_t count = 0;
    for (size_t i = 0; i < a->class_count; i++)
        count += a->classes[i].live_blocks > 0 && a->classes[i].block_bytes > 0;
    return count;
}

static uint32_t most_rounding(const struct answer *a) {
    uint32_t site = ANSWER_NONE;
    uint64_t most = 0;
    for (size_t i = 0; i < a->site_count; i++)
        if (a->sites[i].counts.rounding_bytes > most) {
            most = a->sites[i].counts.rounding_bytes;
            site = (uint32_t)i;
        }
    return site;
}

// Sites that together have at least two thirds of the shares.
static size_t main_pins(const struct answer *a) {
    uint64_t sum = 0;
    for (size_t i = 0; i < a->pin_count; i++) {
        sum += a->sites[a->pins[i]].counts.share_bytes;
        if (sum * 3 >= a->free_block_bytes * 2)
            return i + 1;
    }
    return a->pin_count;
}

static const struct answer_heap *heap_with_most(const struct answer *a,
                                                enum part part) {
    const struct answer_heap *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < a->heap_count; i++) {
        uint64_t bytes = part == PART_DEFERRED ? a->heaps[i].deferred_bytes
                                               : a->heaps[i].cache_bytes;
        if (bytes > most) {
            most = bytes;
            best = &a->heaps[i];
        }
    }
    return best;
}

static const char *heap_name(struct answer *a, const struct answer_heap *heap) {
    return state_text(a->state, "heap %u%s%s%s", heap->number,
                      heap->thread ? " (thread " : "",
                      heap->thread ? heap->thread : "",
                      heap->thread ? ")" : "");
}

// What to look at, for the part that is to blame.
static void say_lever(struct answer *a, enum part part) {
    uint64_t bytes = a->now.part_bytes[part];
    switch (part) {
    case PART_SPAN_FREE:
        if (a->pin_count == 0)
            return;
        if (is_dense(a)) {
            say(a, state_text(
                       a->state,
                       "No call site is to blame: %zu size classes are in use, "
                       "and each needs at least one span of %s for itself.",
                       classes_in_use(a), number_iec(a->span_bytes).text));
            return;
        }
        a->verdict_site = a->pins[0];
        const struct answer_counts *c = &a->sites[a->verdict_site].counts;
        say(a, state_text(
                   a->state,
                   "Biggest lever: %s. Its %s of live data (%s blocks) keep %s "
                   "of free memory; alone, %s.",
                   answer_site_name(a, a->verdict_site),
                   number_iec(c->live_bytes).text,
                   number_count(c->live_blocks).text,
                   number_iec(c->share_bytes).text,
                   number_iec(c->alone_bytes).text));
        return;
    case PART_ROUNDING:
        a->verdict_site = most_rounding(a);
        if (a->verdict_site == ANSWER_NONE)
            return;
        say(a, state_text(
                   a->state,
                   "Biggest lever: %s, whose blocks lose %s to rounding.",
                   answer_site_name(a, a->verdict_site),
                   number_iec(a->sites[a->verdict_site].counts.rounding_bytes)
                       .text));
        return;
    case PART_DEFERRED:
    case PART_THREAD_CACHE: {
        const struct answer_heap *heap = heap_with_most(a, part);
        if (!heap)
            return;
        const char *name = heap_name(a, heap);
        say(a, part == PART_DEFERRED
                   ? state_text(a->state,
                                "Most of it waits for %s: its thread takes "
                                "blocks back when it next allocates.",
                                name)
                   : state_text(a->state,
                                "Most of it is in %s; "
                                "rpmalloc_thread_collect() gives it back.",
                                name));
        return;
    }
    case PART_GLOBAL_CACHE:
    case PART_SEGMENT:
        say(a, state_text(a->state,
                          "%s of it is memory from the system that the next "
                          "allocations will use first.",
                          number_iec(bytes).text));
        return;
    case PART_EMPTY:
        say(a, "It is reused by the same thread for blocks of the same size.");
        return;
    case PART_OVERHEAD:
        say(a, "It is the price of the allocator's own book-keeping.");
        return;
    default:
        return;
    }
}

static void say_part(struct answer *a, const struct moment *moment,
                     const char *when) {
    uint64_t excess = moment->held_bytes - moment->part_bytes[PART_USED];
    bool pins =
        moment == &a->now && a->verdict_part == PART_SPAN_FREE && !is_dense(a);
    size_t sites = pins ? main_pins(a) : 0;
    const char *kept =
        sites ? state_text(a->state, ", kept mostly by %zu call site%s", sites,
                           sites == 1 ? "" : "s")
              : "";
    say(a,
        state_text(a->state, "%s%s of the excess is %s%s.", when,
                   number_percent((double)moment->part_bytes[a->verdict_part],
                                  (double)excess)
                       .text,
                   answer_part_name(a->verdict_part), kept));
}

// The program has freed nearly all: what matters is the time before.
static void judge_peak(struct answer *a) {
    const struct moment *peak = &a->peak_used;
    uint64_t used = peak->part_bytes[PART_USED];
    say(a,
        state_text(a->state,
                   "The program ends with %s in use and %s held. At most "
                   "it used %s, at %s, and then held %s: %s bytes held "
                   "per byte used.",
                   number_iec(a->now.part_bytes[PART_USED]).text,
                   number_iec(a->now.held_bytes).text, number_iec(used).text,
                   number_time(peak->time_ns).text,
                   number_iec(peak->held_bytes).text,
                   number_ratio((double)peak->held_bytes, (double)used).text));
    if (a->ratio_at_peak_used < 1.25) {
        a->verdict_part = PART_USED;
        say(a, "That is little waste.");
    } else {
        a->verdict_part = largest_part(peak);
        say_part(a, peak, "At that time, ");
    }
    say(a, "The numbers now are those of the end; --at peak-used shows that "
           "moment.");
}

void verdict_fill(struct answer *a) {
    uint64_t used = a->now.part_bytes[PART_USED], held = a->now.held_bytes;

    a->verdict_site = ANSWER_NONE;
    if (a->peak_held_bytes == 0) {
        a->verdict_part = PART_USED;
        say(a, "The program has held no memory of this allocator.");
        return;
    }
    a->verdict_part = largest_part(&a->now);
    if (used < a->peak_used_bytes / FREED_NEARLY_ALL &&
        a->peak_used_bytes > COST_OF_START &&
        (a->verdict_part != PART_SPAN_FREE || is_dense(a))) {
        judge_peak(a);
        return;
    }
    say(a,
        state_text(a->state,
                   "The program uses %s but holds %s: %s bytes held per byte "
                   "used.",
                   number_iec(used).text, number_iec(held).text,
                   number_ratio((double)held, (double)used).text));
    if (held < used || (used > 0 && a->ratio_now < 1.25)) {
        a->verdict_part = PART_USED;
        say(a, "That is little waste.");
        return;
    }
    say_part(a, &a->now, "");
    if (held - used < COST_OF_START)
        say(a, state_text(a->state,
                          "But the excess is only %s, about what the allocator "
                          "needs to start: this tells little.",
                          number_iec(held - used).text));
    else
        say_lever(a, a->verdict_part);
}
