// filtered.h - an answer of the blocks that its filter lets pass, in the place
// of one of all blocks.
//
// A span's free bytes are shared out evenly between all of its live blocks, as
// ever: those of the filter have their part of it. What they hold is what they
// asked for, its rounding, and that part.
#ifndef RPSCOPE_ANSWER_FILTERED_H
#define RPSCOPE_ANSWER_FILTERED_H

#include "viewer/answer/answer.h"
#include "viewer/metric/pins.h"

// What lives of a stack.
struct filtered_stack {
    uint64_t blocks, bytes, taken; // taken: with rounding
};

// Of each stack (stack_count of them) what lives of it, and what it pins; and
// what each of `site_count` sites does. For sites.c, before sites are sorted.
// The pins are given to pins_free.
void filtered_stacks(struct answer *answer, struct filtered_stack *live,
                     struct pins *by_stack, size_t stack_count,
                     struct pins *by_site, size_t site_count);

// Whether a site can have a block that passes, for what is known of its blocks
// since the start: false when nothing is.
bool filtered_keeps_site(const struct answer *answer, const struct site *site);

// Spans, classes, heaps, tags and totals. When all else is filled.
void filtered_fill(struct answer *answer);

#endif
