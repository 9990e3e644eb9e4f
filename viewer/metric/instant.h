// instant.h - all bytes as they are at one event.
#ifndef RPSCOPE_METRIC_INSTANT_H
#define RPSCOPE_METRIC_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/heap/moment.h"

struct instant {
    int64_t parts[PARTS];
    int64_t held;
    // Of these, taken from the system for a block that its call has not told
    // yet: neither in use nor wasted.
    int64_t under_way;
    uint64_t live_blocks;
    uint64_t event; // how many events had come
    uint64_t time;  // steps since the start
};

// Whether it can be one: its sums are far from the ends of their type.
static inline bool instant_can_be(const struct instant *instant) {
    const int64_t most = INT64_C(1) << 57;
    bool can_be = instant->held > -most && instant->held < most &&
                  instant->under_way >= 0 && instant->under_way < most;
    for (int i = 0; i < PARTS; i++)
        can_be &= instant->parts[i] > -most && instant->parts[i] < most;
    return can_be;
}

// The same for those who show it, without the time_ns.
static inline void instant_moment(const struct instant *instant,
                                  struct moment *moment) {
    int64_t sum = 0;
    *moment = (struct moment){.event = instant->event,
                              .held_bytes = (uint64_t)instant->held,
                              .live_blocks = instant->live_blocks};
    for (int i = 0; i < PARTS; i++) {
        sum += instant->parts[i];
        moment->part_bytes[i] =
            instant->parts[i] > 0 ? (uint64_t)instant->parts[i] : 0;
    }
    moment->residual_bytes = instant->held - sum;
}

#endif
