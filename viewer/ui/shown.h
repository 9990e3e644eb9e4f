// shown.h - what every screen shows: one answer, at one moment, in one unit.
//
// Screens read it and change nothing of it, so that they all show the same.
#ifndef RPSCOPE_UI_SHOWN_H
#define RPSCOPE_UI_SHOWN_H

#include "viewer/answer/span_map.h"
#include "viewer/base/number.h"

struct block_filter;
struct group_row;

// A moment of the recording.
struct shown_moment {
    enum answer_at at;
    uint64_t ns;    // AT_TIME
    uint64_t event; // AT_EVENT
};

struct shown {
    struct answer *answer; // NULL while it is read
    // answer_frames, or what a test puts in its place.
    const struct frame *(*frames)(struct answer *answer, size_t stack,
                                  size_t *count);
    // span_blocks, span_tenants, span_look_at: the same.
    const struct answer_block *(*blocks)(struct answer *answer, size_t span,
                                         size_t *count);
    const struct answer_tenant *(*tenants)(struct answer *answer, size_t first,
                                           size_t count, size_t *tenants);
    const struct answer_span *(*look_at_span)(struct answer *answer,
                                              size_t span);
    // groups_of: the same.
    const struct group_row *(*groups)(struct answer *answer, size_t by,
                                      size_t *count);
    // What blocks have in common that are told of in the place of call sites:
    // the number of a word (answer/groups.h); 0: the call site.
    size_t group_by;
    struct shown_moment moment;
    bool wrappers; // call sites may be named by what allocates for others
    // Of what has an axis of time: a part of the recording. 0, 0: all of it.
    uint64_t from_ns, to_ns;
    // The other end of a range that ends at the moment.
    bool has_since;
    uint64_t since_ns;
    // Which blocks are to count; those of the answer are answer->filter. NULL:
    // all.
    const struct block_filter *filter;
    // Whose history is wanted; the answer has it when its history_of is this.
    struct subject history;
    // Of the scrubber, as it was drawn last; 0: it was not.
    int columns, scrubber_y;
    enum unit unit; // of bytes, as the user chose it
};

static inline uint64_t shown_end(const struct shown *shown) {
    return shown->to_ns ? shown->to_ns : shown->answer->duration_ns;
}

static inline struct number shown_bytes(const struct shown *shown,
                                        uint64_t bytes) {
    return number_bytes(bytes, shown->unit, shown->answer->now.held_bytes);
}

#endif
