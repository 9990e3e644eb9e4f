// data_causes.c - data that need not be there, or not so large: what blocks are
// larger than asked for, and what grows.
#include "viewer/answer/data_causes.h"

#include "viewer/answer/cause_list.h"
#include "viewer/answer/state.h"
#include "viewer/base/number.h"
#include "viewer/metric/collected.h"
#include "viewer/metric/own_heap.h"

enum {
    NEVER_FREED = 100, // fewer than one in so many
    NEAR_SIZE = 80,    // per cent of what is asked for that a smaller size has
    LUCKY_SPANS = 2,   // not lost by alignment in a program of some MiB
};

// ---- less data ----

static const char *say_back(struct answer *a,
                            const struct answer_cause *cause) {
    return cause->back_most_bytes == cause->back_bytes
               ? state_text(a->state, "%s go back",
                            number_iec(cause->back_bytes).text)
               : state_text(a->state,
                            "between %s and %s go back, as it needs one "
                            "segment more or not",
                            number_iec(cause->back_bytes).text,
                            number_iec(cause->back_most_bytes).text);
}

struct range {
    uint64_t least, most;
};

// What is mapped less when so many bytes of spans were never needed. Segments
// are mapped as a whole, of sizes that follow from what there is: where all
// that are there do, so would the others. An embedder's memory may lie so that
// a segment loses no span. Else it is known but for one segment.
static struct range mapped_less(const struct answer *a, uint64_t bytes) {
    const struct answer_state *state = a->state;
    uint64_t span = a->span_bytes, lost = a->from_embedder;
    uint64_t luck = lost * LUCKY_SPANS;
    uint64_t used = (state->mapped - state->unused) / span;
    uint64_t rest = minus(used, bytes / span);
    struct own_heap_mapped then = own_heap_shared(rest, lost);
    uint64_t least = rest + lost * then.segments;
    uint64_t most =
        least + own_heap_next(rest + then.segments, state->way.huge);
    if (own_heap_shared(used, lost).spans * span == state->mapped) {
        least = own_heap_shared(minus(rest, luck), lost).spans;
        most = own_heap_shared(rest + luck, lost).spans;
    }
    return (struct range){minus(state->mapped, most * span),
                          minus(state->mapped, least * span)};
}

// ---- sizes ----

// The largest block at or below so many bytes that takes no more than it is.
static uint64_t smaller_size(const struct answer *a, double wanted) {
    const struct trace_tables *tables = &a->state->tables;
    uint64_t best = 0;
    for (size_t i = 0; i < tables->class_count; i++) {
        uint64_t bytes = tables->classes[i].block_bytes;
        if ((double)bytes <= wanted && bytes > best)
            best = bytes;
    }
    uint64_t whole = (uint64_t)wanted / a->span_bytes * a->span_bytes;
    return whole > best ? whole : best;
}

static void add_rounding(struct answer *a) {
    uint32_t site = ANSWER_NONE;
    uint64_t most = 0;
    for (size_t i = 0; i < a->site_count; i++) {
        uint64_t lost = a->sites[i].counts.rounding_bytes + a->state->ends[i];
        if (lost > most) {
            most = lost;
            site = (uint32_t)i;
        }
    }
    if (site == ANSWER_NONE)
        return;
    const struct answer_counts *c = &a->sites[site].counts;
    double wanted = (double)c->live_bytes / (double)c->live_blocks;
    double taken = wanted + (double)most / (double)c->live_blocks;
    uint64_t size = smaller_size(a, wanted);
    bool near = (double)size * 100 >= wanted * NEAR_SIZE;
    uint64_t less =
        near ? (uint64_t)((taken - (double)size) * (double)c->live_blocks)
             : most;
    if (less < CAUSE_LEAST)
        return; // then what is mapped differs by what is never used, at most
    struct range back = mapped_less(a, less);
    struct answer_cause *cause = causes_add(a, "rounding",
                                            a->keepers[KEEPER_SIZES].bytes +
                                                a->keepers[KEEPER_ENDS].bytes,
                                            0, back.least);
    if (!cause)
        return;
    cause->back_most_bytes = back.most;
    cause->sites[cause->site_count++] = cause->site = site;
    cause->resident_bytes = minus(less, a->state->ends[site]);
    cause->who = answer_site_name(a, site);
    cause->says = state_text(
        a->state,
        "%s: %s live blocks of %.0f bytes in the mean take %.0f each; %s of "
        "what they take was not asked for.",
        cause->who, number_count(c->live_blocks).text, wanted, taken,
        number_iec(most).text);
    cause->cure =
        near ? state_text(a->state,
                          "Ask for %llu bytes at the most: %s, and %s less are "
                          "in memory.",
                          (unsigned long long)size, say_back(a, cause),
                          number_iec(cause->resident_bytes).text)
             : state_text(a->state,
                          "Put several into one block, or ask for sizes that "
                          "there is a class for (rpscope query classes): up "
                          "to %s less are held.",
                          number_iec(back.most).text);
}

// ---- data ----

// No waste, but data that should not be there. Whether it should, nobody knows
// but the program.
static struct answer_cause *add_grown(struct answer *a, bool never) {
    const struct growing *growing = &a->state->growing;
    const struct answer_counts *c = &a->sites[growing->site].counts;
    const struct alone *alone = &a->state->alone[growing->site];
    uint64_t all = c->live_bytes + c->rounding_bytes;
    uint64_t collected =
        collected_held(&a->state->now->heap, &a->state->way, 0);
    struct answer_cause *cause =
        causes_add(a, never ? "leak" : "growth", all, 0,
                   never ? alone->held + alone->unused
                         : minus(collected, growing->held_most));
    if (cause && !never)
        cause->back_most_bytes = minus(collected, growing->held);
    return cause;
}

// No waste, but data that should not be there. Whether it should, nobody knows
// but the program.
static void add_growing(struct answer *a) {
    const struct growing *growing = &a->state->growing;
    if (growing->site == ANSWER_NONE)
        return;
    const struct answer_counts *c = &a->sites[growing->site].counts;
    bool never = c->frees < c->allocations / NEVER_FREED;
    struct answer_cause *cause = add_grown(a, never);
    if (!cause)
        return;
    cause->resident_bytes =
        never ? a->state->alone[growing->site].held : growing->bytes;
    cause->certain = false;
    cause->sites[cause->site_count++] = cause->site = growing->site;
    cause->who = answer_site_name(a, growing->site);
    cause->says = state_text(
        a->state,
        "%s: its live blocks grow, by %s since %s, to %s; %s of the %s it has "
        "allocated were freed. %s.",
        cause->who, number_iec(growing->bytes).text,
        number_time(growing->since_ns).text,
        number_iec(c->live_bytes + c->rounding_bytes).text,
        number_percent((double)c->frees, (double)c->allocations).text,
        number_count(c->allocations).text,
        never ? "That is likely a leak" : "More comes than goes");
    cause->cure =
        never ? state_text(a->state, "Free them when they are done with: %s.",
                           say_back(a, cause))
              : state_text(a->state,
                           "Give it a limit: when it stays at what it had at "
                           "%s, %s.",
                           number_time(growing->since_ns).text,
                           say_back(a, cause));
}

void data_causes_add(struct answer *a) {
    add_rounding(a);
    add_growing(a);
}
