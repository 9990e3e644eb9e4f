// tags.c - see tags.h.
#include "instrument/capture/tags.h"

#include "instrument/capture/emit.h"
#include "instrument/shm/intern.h"

#include <string.h>

_Thread_local struct rp_tags rp_tags_pushed;

void rp_tags_push_unseen(const char *name) {
    if (rp_tags_pushed.count < RP_TAGS_MOST)
        rp_tags_pushed.names[rp_tags_pushed.count] = name;
    rp_tags_pushed.count++;
}

void rp_tags_pop_unseen(void) {
    rp_tags_pushed.count -= rp_tags_pushed.count > 0;
}

// The number of the innermost one that is kept; 0: there is none.
static uint32_t current(struct rp_producer *producer) {
    const char *name = rp_tags_current();
    bool fresh;

    if (name == NULL)
        return 0;
    return rp_intern_text(producer->thread->recorder->texts, name, strlen(name),
                          &fresh);
}

static void tell(struct rp_producer *producer) {
    uint32_t count =
        rp_tags_pushed.count < 0xffffff ? rp_tags_pushed.count : 0xffffff;

    producer->tag = producer->thread->tag;
    rp_emit(producer, TRACE_EVENT_TAG, producer->tag, count);
}

void rp_tags_push(struct rp_producer *producer, const char *name) {
    rp_tags_push_unseen(name);
    producer->thread->tag = current(producer);
    tell(producer);
}

void rp_tags_pop(struct rp_producer *producer) {
    struct rp_shared *shared = producer->thread->recorder->shared;

    if (rp_tags_pushed.count == 0) {
        add_relaxed(&shared->tag_pops_refused, 1); // relaxed: a count
        return;
    }
    rp_tags_pop_unseen();
    producer->thread->tag = current(producer);
    tell(producer);
}

void rp_tags_tell(struct rp_producer *producer) {
    producer->thread->tag = current(producer);
    if (producer->tag != producer->thread->tag)
        tell(producer);
}
