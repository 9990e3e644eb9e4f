// tags.h - the tags that a thread has pushed, and what its rings know of them.
//
// A block has the tag that the trace's ring has at its allocation: so a push
// and a pop are one small event each, and an allocation pays nothing. The names
// lie in memory of the thread that a fork does not wipe: the child's blocks go
// on with the tag that it was forked under.
#ifndef RP_INSTRUMENT_CAPTURE_TAGS_H
#define RP_INSTRUMENT_CAPTURE_TAGS_H

#include "instrument/capture/producer.h"

enum { RP_TAGS_MOST = 64 }; // names; what is pushed beyond is counted

// Those of the calling thread.
extern _Thread_local struct rp_tags {
    uint32_t count;
    const char *names[RP_TAGS_MOST];
} rp_tags_pushed
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

// Through a producer that the caller has taken, as its first one or a nested
// one.
void rp_tags_push(struct rp_producer *producer, const char *name);
void rp_tags_pop(struct rp_producer *producer);
// The same for a thread that is not recorded: what it pushes may come to count.
void rp_tags_push_unseen(const char *name);
void rp_tags_pop_unseen(void);

// The innermost name that the calling thread has pushed and that counts; NULL:
// none. It stays as it is until its pop.
static inline const char *rp_tags_current(void) {
    uint32_t count = rp_tags_pushed.count;

    if (RP_LIKELY(count == 0))
        return NULL;
    return rp_tags_pushed
        .names[count < RP_TAGS_MOST ? count - 1 : RP_TAGS_MOST - 1];
}

// Tells the tag of the thread, when its ring does not know it.
void rp_tags_tell(struct rp_producer *producer);

#endif
