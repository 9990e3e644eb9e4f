// between_rows.h - what happened between two moments, while it is counted: two
// heaps, and rows by call site and by size class.
#ifndef RPSCOPE_ANSWER_BETWEEN_ROWS_H
#define RPSCOPE_ANSWER_BETWEEN_ROWS_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

enum { BETWEEN_CLASSES = 256 };

struct between_rows {
    struct answer *answer;
    struct replay *earlier, *later;
    // By index in the stacks of each: the site; behind the last one, sites that
    // the answer does not know yet.
    uint32_t *site_of_earlier, *site_of_later;
    struct answer_between *sites; // by site, and those behind the last one
    size_t site_count;
    struct answer_between_class classes[BETWEEN_CLASSES];
};

static inline struct answer_between *between_site(struct between_rows *b,
                                                  const struct replay *of,
                                                  uint32_t node) {
    const uint32_t *sites =
        of == b->later ? b->site_of_later : b->site_of_earlier;
    return &b->sites[sites[stacks_find(&of->metrics.stacks, node)]];
}

// Births, deaths, survivors and growth of all blocks (between_all.c), or of
// those that the answer's filter lets pass (between_passing.c). False when
// options->progress has ended that.
void between_all(struct between_rows *rows);
bool between_passing(struct between_rows *rows,
                     const struct analyse_options *options);
// What sites pinned before, after and in the mean (between_pins.c).
void between_pins(struct between_rows *rows);

#endif
