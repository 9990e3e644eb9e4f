// inherited.c - see inherited.h.
#include "instrument/capture/inherited.h"

#include "instrument/capture/emit.h"
#include "instrument/capture/tags.h"

struct inherited {
    bool skips; // one block, which is about to be told as allocated
    uint32_t span, block;
};

static void tell_inherited(uint32_t span, uint32_t block, size_t bytes,
                           int deferred, void *context) {
    const struct inherited *inherited = context;

    if (inherited->skips && inherited->span == span &&
        inherited->block == block)
        return;
    struct rp_producer *producer = rp_enter();
    if (producer == NULL)
        return;
    rp_emit_more(producer, TRACE_EVENT_ALLOC, span, block, bytes, 0, 0);
    if (deferred)
        rp_emit(producer, TRACE_EVENT_FREE_DEFERRED, span, block);
    rp_producer_leave(producer);
}

__attribute__((cold, noinline)) struct rp_producer *rp_enter_inherited(
    bool skips, uint32_t span, uint32_t block) {
    struct inherited inherited = {skips, span, block};
    struct rp_producer *producer = rp_enter_slow();

    if (producer == NULL)
        return NULL;
    rp_producer_leave(producer); // core tells its state through the other hooks
    rp_replay(tell_inherited, &inherited);
    producer = rp_enter();
    if (producer != NULL)
        rp_tags_tell(producer);
    return producer;
}
