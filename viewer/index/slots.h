// slots.h - the slots of spans in a store: written when they have changed, and
// read when somebody needs them.
//
// Some spans are one piece of the store, so that they compress well; a span
// says where it is in it (span.saved). Mostly few slots of a span have changed
// since it was written last: then only these are, and the place where the rest
// stands. With its slots go its shares: how many live blocks each stack has in
// it.
#ifndef RPSCOPE_INDEX_SLOTS_H
#define RPSCOPE_INDEX_SLOTS_H

#include "viewer/index/store.h"
#include "viewer/metric/replay.h"

enum {
    SLOTS_LINKS = 15,  // writings of changes between two of all slots
    SLOTS_MOST = 4096, // of a span
};

// Writes those of all spans whose slots are written nowhere. *raw is how many
// bytes that were. False when the store has no room, or a span has more slots
// than can be.
bool slots_write(struct replay *replay, struct store *store, uint64_t *raw);

// Where slots of the packed spans of a replay are had from; of its pool, and
// given back with its spans.
struct slots_source *slots_reader(struct replay *replay, struct store *store);

#endif
