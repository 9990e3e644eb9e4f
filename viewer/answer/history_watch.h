// history_watch.h - sees what happens to one span, block or segment, change by
// change, and who holds it.
//
// A span is held by its live blocks; while it has none, by what it is in then:
// freed blocks that its heap has not taken back, the heap that keeps it empty,
// a cache. It is nobody's in its segment. A block is held by who lives in its
// place, one life after the other. A segment is held by spans that are not
// unused.
//
// A state that is told anew (a snapshot) says what lives, not what happened: a
// block that it still has goes on, one that it has not went unseen, and one
// that is new in it is found.
#ifndef RPSCOPE_ANSWER_HISTORY_WATCH_H
#define RPSCOPE_ANSWER_HISTORY_WATCH_H

#include "viewer/answer/history_hold.h"

// Of spans `first` .. `first + count`, by number.
void history_watch_start(struct history_watch *watch, struct pool *pool,
                         const struct subject *subject, uint32_t first,
                         uint32_t count, uint64_t since, size_t most);
// As analysis_see has them.
void history_watch_begin(void *watch, const struct replay *replay);
void history_watch_see(void *watch, const struct heap *heap,
                       const struct heap_change *changes, size_t count);
// No more will come.
void history_watch_end(struct history_watch *watch);

#endif
