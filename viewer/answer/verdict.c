// verdict.c - the sentences that say what is going on.
#include "viewer/answer/verdict.h"

#include "viewer/answer/cause_list.h"
#include "viewer/answer/state.h"
#include "viewer/answer/texts.h"
#include "viewer/base/number.h"

enum {
    FREED_NEARLY_ALL = 4,    // less than a 4th of the most is still used
    COST_OF_START = 2 << 20, // bytes not used that tell nothing yet
    HUGE_PART = 16,          // of what is held, that is worth a word
    LIKELY_PART = 4,         // of what is used: data that should not be there
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

static const struct answer_keeper *largest_keeper(const struct answer *a) {
    const struct answer_keeper *largest = &a->keepers[0];
    for (int i = 1; i < KEEPERS; i++)
        if (a->keepers[i].bytes > largest->bytes)
            largest = &a->keepers[i];
    return largest;
}

static size_t classes_in_use(const struct answer *a) {
    size_t count = 0;
    for (size_t i = 0; i < a->class_count; i++)
        count += a->classes[i].live_blocks > 0 && a->classes[i].block_bytes > 0;
    return count;
}

static void say_moment(struct answer *a) {
    uint64_t used = a->now.part_bytes[PART_USED], held = a->now.held_bytes;
    struct number ratio = number_ratio((double)held, (double)used);
    say(a, a->at == AT_WORST
               ? state_text(a->state,
                            "At its worst, at %s, the program uses %s but "
                            "holds %s: %s bytes held per byte used.",
                            number_time(a->now.time_ns).text,
                            number_iec(used).text, number_iec(held).text,
                            ratio.text)
               : state_text(a->state,
                            "The program uses %s but holds %s: %s bytes held "
                            "per byte used.",
                            number_iec(used).text, number_iec(held).text,
                            ratio.text));
}

// The program has freed nearly all, and it was never bad.
static void say_peak(struct answer *a) {
    const struct moment *peak = &a->peak_used;
    uint64_t used = peak->part_bytes[PART_USED];
    if (a->now.part_bytes[PART_USED] >= a->peak_used_bytes / FREED_NEARLY_ALL ||
        a->peak_used_bytes <= COST_OF_START)
        return;
    say(a, state_text(
               a->state,
               "At most it used %s, at %s, and then held %s: %s bytes held per "
               "byte used; --at peak-used shows that moment.",
               number_iec(used).text, number_time(peak->time_ns).text,
               number_iec(peak->held_bytes).text,
               number_ratio((double)peak->held_bytes, (double)used).text));
}

// Data that should not be there: it is no waste, and matters as much.
static bool first_is_likely(const struct answer *a) {
    return a->cause_count > 0 && !a->causes[0].certain &&
           a->causes[0].back_bytes > a->now.part_bytes[PART_USED] / LIKELY_PART;
}

static void say_cause(struct answer *a) {
    const struct answer_cause *cause = a->causes;
    if (a->cause_count == 0) {
        if (largest_keeper(a) == &a->keepers[KEEPER_BLOCKS])
            say(a, state_text(
                       a->state,
                       "No call site is to blame: %zu size classes are in use, "
                       "and each needs at least one span of %s for itself.",
                       classes_in_use(a), number_iec(a->span_bytes).text));
        return;
    }
    a->verdict_site = cause->site;
    a->verdict_code = cause->code;
    say(a, cause->says);
    say(a, cause->cure);
    if (cause->also)
        say(a, cause->also);
}

// Of what is held, and is no block's.
static void say_huge(struct answer *a) {
    if (a->huge_page_bytes < CAUSE_LEAST ||
        a->huge_page_bytes < a->now.held_bytes / HUGE_PART)
        return;
    say(a, state_text(
               a->state,
               a->huge_pages_seen
                   ? "%s that nobody has used are resident only because of "
                     "huge pages; with RPSCOPE_HUGE_PAGES=never they are not."
                   : "Up to %s that nobody has used may be resident only "
                     "because of huge pages: rpscope record --residency 1s "
                     "tells, and RPSCOPE_HUGE_PAGES=never has it otherwise.",
               number_iec(a->huge_page_bytes).text));
}

static void say_all(struct answer *a) {
    uint64_t used = a->now.part_bytes[PART_USED], held = a->now.held_bytes;

    a->verdict_site = ANSWER_NONE;
    a->verdict_code = NULL;
    a->verdict_part = PART_USED;
    if (a->peak_held_bytes == 0) {
        say(a, "The program has held no memory of this allocator.");
        return;
    }
    say_moment(a);
    if (first_is_likely(a)) {
        say_cause(a);
        return;
    }
    if (held < used || (used > 0 && a->ratio_now < 1.25)) {
        say(a, "That is little waste.");
        say_peak(a);
        return;
    }
    a->verdict_part = largest_part(&a->now);
    const struct answer_keeper *keeper = largest_keeper(a);
    say(a,
        state_text(
            a->state, "%s of the excess is %s.",
            number_percent((double)keeper->bytes, (double)(held - used)).text,
            keeper->name));
    if (held - used >= COST_OF_START) {
        say_cause(a);
        return;
    }
    say(a, state_text(a->state,
                      "But the excess is only %s, about what the allocator "
                      "needs to start: this tells little.",
                      number_iec(held - used).text));
    say_peak(a);
}

void verdict_fill(struct answer *a) {
    say_all(a);
    say_huge(a);
}
