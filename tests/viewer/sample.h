// sample.h - an answer made by hand, with a pin, a leak and odd names.
#ifndef RPSCOPE_TESTS_SAMPLE_H
#define RPSCOPE_TESTS_SAMPLE_H

#include "viewer/answer/span_map.h"
#include "viewer/ui/shown.h"

// Static data: not to be freed.
struct answer *sample_answer(void);
// The same with a damaged trace and no findings.
struct answer *sample_damaged(void);
// The same with marks and snapshots.
struct answer *sample_marked(void);
// A program that did nothing.
struct answer *sample_empty(void);

// Gives the answer a history, of its span 1.
void sample_history(struct answer *answer);
// Gives it a range, from 9 s to its end; and a filter beside it.
void sample_range(struct answer *answer);
void sample_filtered(struct answer *answer);

// Stands for answer_frames, span_blocks, span_tenants, span_look_at, groups_of.
const struct frame *sample_frames(struct answer *answer, size_t stack,
                                  size_t *count);
const struct answer_block *sample_blocks(struct answer *answer, size_t span,
                                         size_t *count);
const struct answer_tenant *sample_tenants(struct answer *answer, size_t first,
                                           size_t count, size_t *tenants);
const struct answer_span *sample_look_at(struct answer *answer, size_t span);
const struct group_row *sample_groups(struct answer *answer, size_t by,
                                      size_t *count);
// Puts all of them there.
static inline void sample_shown(struct shown *shown) {
    shown->frames = sample_frames;
    shown->blocks = sample_blocks;
    shown->tenants = sample_tenants;
    shown->look_at_span = sample_look_at;
    shown->groups = sample_groups;
}

#endif
