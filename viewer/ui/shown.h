// shown.h - what every screen shows: one answer, at one moment, in one unit.
//
// Screens read it and change nothing of it, so that they all show the same.
#ifndef RPSCOPE_UI_SHOWN_H
#define RPSCOPE_UI_SHOWN_H

#include "viewer/answer/answer.h"
#include "viewer/base/number.h"

struct shown {
    struct answer *answer; // NULL while it is read
    // answer_frames, or what a test puts in its place.
    const struct frame *(*frames)(struct answer *answer, size_t stack,
                                  size_t *count);
    enum answer_at at; // the moment
    enum unit unit;    // of bytes, as the user chose it
};

static inline struct number shown_bytes(const struct shown *shown,
                                        uint64_t bytes) {
    return number_bytes(bytes, shown->unit, shown->answer->now.held_bytes);
}

#endif
