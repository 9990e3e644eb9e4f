// verdict.c - the sentences that say what is going on.
//
// The rule is fixed, so that report, screens and CI say the same: below 1.25
// bytes held per byte used there is little waste; else the largest part of the
// difference is named, with whoever can do something about it.
#include "viewer/analysis_state.h"
#include "viewer/number.h"

static void say(struct analysis *a, const char *text) {
    analysis_say(&a->verdict, &a->verdict_count, "%s", text);
}

static enum analysis_part largest_part(const struct analysis *a) {
    enum analysis_part largest = PART_ROUNDING;
    for (enum analysis_part part = PART_ROUNDING; part < ANALYSIS_PARTS; part++)
        if (a->now.part_bytes[part] > a->now.part_bytes[largest])
            largest = part;
    return largest;
}

static uint32_t most_rounding(const struct analysis *a) {
    uint32_t site = ANALYSIS_NONE;
    uint64_t most = 0;
    for (size_t i = 0; i < a->site_count; i++)
        if (a->sites[i].counts.rounding_bytes > most) {
            most = a->sites[i].counts.rounding_bytes;
            site = (uint32_t)i;
        }
    return site;
}

// Sites that together have at least two thirds of the shares.
static size_t main_pins(const struct analysis *a) {
    uint64_t sum = 0;
    for (size_t i = 0; i < a->pin_count; i++) {
        sum += a->sites[a->pins[i]].counts.share_bytes;
        if (sum * 3 >= a->free_block_bytes * 2)
            return i + 1;
    }
    return a->pin_count;
}

static const struct analysis_heap *heap_with_most(const struct analysis *a,
                                                  enum analysis_part part) {
    const struct analysis_heap *best = NULL;
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

static const char *heap_name(struct analysis *a,
                             const struct analysis_heap *heap) {
    return analysis_text(
        a, "heap %u%s%s%s", heap->number, heap->thread ? " (thread " : "",
        heap->thread ? heap->thread : "", heap->thread ? ")" : "");
}

// What to look at, for the part that is to blame.
static void say_lever(struct analysis *a, enum analysis_part part) {
    uint64_t bytes = a->now.part_bytes[part];
    switch (part) {
    case PART_SPAN_FREE:
        if (a->pin_count == 0)
            return;
        a->verdict_site = a->pins[0];
        const struct analysis_counts *c = &a->sites[a->verdict_site].counts;
        say(a, analysis_text(
                   a,
                   "Biggest lever: %s. Its %s of live data (%s blocks) keep %s "
                   "of free memory; alone, %s.",
                   analysis_site_name(a, a->verdict_site),
                   number_iec(c->live_bytes).text,
                   number_count(c->live_blocks).text,
                   number_iec(c->share_bytes).text,
                   number_iec(c->alone_bytes).text));
        return;
    case PART_ROUNDING:
        a->verdict_site = most_rounding(a);
        if (a->verdict_site == ANALYSIS_NONE)
            return;
        say(a, analysis_text(
                   a, "Biggest lever: %s, whose blocks lose %s to rounding.",
                   analysis_site_name(a, a->verdict_site),
                   number_iec(a->sites[a->verdict_site].counts.rounding_bytes)
                       .text));
        return;
    case PART_DEFERRED:
    case PART_THREAD_CACHE: {
        const struct analysis_heap *heap = heap_with_most(a, part);
        if (!heap)
            return;
        const char *name = heap_name(a, heap);
        say(a, part == PART_DEFERRED
                   ? analysis_text(a,
                                   "Most of it waits for %s: its thread takes "
                                   "blocks back when it next allocates.",
                                   name)
                   : analysis_text(a,
                                   "Most of it is in %s; "
                                   "rpmalloc_thread_collect() gives it back.",
                                   name));
        return;
    }
    case PART_GLOBAL_CACHE:
    case PART_SEGMENT:
        say(a, analysis_text(a,
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

void analysis_fill_verdict(struct analysis *a) {
    uint64_t used = a->now.part_bytes[PART_USED], held = a->now.held_bytes;
    uint64_t excess = held > used ? held - used : 0;

    a->verdict_site = ANALYSIS_NONE;
    a->verdict_part = largest_part(a);
    if (held == 0) {
        say(a, "The program holds no memory of this allocator.");
        return;
    }
    if (used == 0) {
        say(a, analysis_text(a,
                             "The program uses nothing any more and still "
                             "holds %s.",
                             number_iec(held).text));
    } else {
        say(a,
            analysis_text(a,
                          "The program uses %s but holds %s: %s bytes held per "
                          "byte used.",
                          number_iec(used).text, number_iec(held).text,
                          number_ratio((double)held, (double)used).text));
        if (a->ratio_now < 1.25) {
            a->verdict_part = PART_USED;
            say(a, "That is little waste.");
            return;
        }
    }
    size_t sites = a->verdict_part == PART_SPAN_FREE ? main_pins(a) : 0;
    say(a,
        analysis_text(a, "%s of the excess is %s%s%s%s.",
                      number_percent((double)a->now.part_bytes[a->verdict_part],
                                     (double)excess)
                          .text,
                      analysis_part_name(a->verdict_part),
                      sites ? ", kept mostly by " : "",
                      sites ? number_exact(sites).text : "",
                      sites == 1  ? " call site"
                      : sites > 1 ? " call sites"
                                  : ""));
    say_lever(a, a->verdict_part);
}
