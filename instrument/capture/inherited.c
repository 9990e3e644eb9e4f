// inherited.c - see inherited.h.
#include "instrument/capture/inherited.h"

#include "core/base/bits.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/tags.h"

struct inherited {
    bool skips; // one block, which is about to be told as allocated
    uint32_t span, block;
};

static void tell_inherited(const struct rp_past *past, void *context) {
    const struct inherited *inherited = context;
    uint64_t in_use = past->in_use, deferred = past->deferred;

    if (inherited->skips && inherited->span == past->span &&
        inherited->block - past->first < 64)
        in_use &= ~(UINT64_C(1) << (inherited->block - past->first));
    struct rp_producer *producer = rp_enter();
    if (producer == NULL)
        return;
    if (in_use != 0)
        rp_emit_more(producer, TRACE_EVENT_INHERITED, past->span, past->first,
                     in_use, 0, 0);
    for (deferred &= in_use; deferred != 0; deferred &= deferred - 1)
        rp_emit(producer, TRACE_EVENT_FREE_DEFERRED, past->span,
                past->first + lowest_bit(deferred));
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
