// finding.c - see finding.h.
#include "instrument/capture/finding.h"

#include "instrument/capture/capture.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/enter.h"
#include "instrument/capture/modules.h"

#include <string.h>

// The number of the stack in the recording's own tree; 0: it has no frames, or
// there is no room.
static uint32_t stack_of(struct rp_producer *producer,
                         const struct rp_finding_stack *stack) {
    struct rp_recorder *recorder = producer->thread->recorder;
    struct rp_tree *tree = &recorder->capture->tree;
    uint32_t node = 0;
    uint64_t hash = 0;
    bool added = false;

    for (unsigned i = stack->count; i-- > 0;) {
        hash = rp_tree_hash(hash, stack->frames[i]);
        node = rp_tree_child(tree, node, hash, stack->frames[i], &added);
        if (node == 0)
            return 0;
    }
    if (added)
        rp_modules_check(recorder, producer, node, false);
    return node;
}

void rp_finding_record(const char *text, const struct rp_finding_stack *now,
                       const struct rp_finding_stack *made,
                       const struct rp_finding_stack *freed) {
    bool fresh;

    // A child's recording does not begin with it.
    if (rp_producer_is_fresh(rp_producer_mine) && rp_enter_inherits())
        return;
    struct rp_producer *producer = rp_enter();
    if (producer == NULL)
        return;
    uint32_t number = rp_intern_text(producer->thread->recorder->texts, text,
                                     strlen(text), &fresh);
    uint64_t at_now = stack_of(producer, now),
             at_made = stack_of(producer, made),
             at_freed = stack_of(producer, freed);
    rp_emit_more(producer, TRACE_EVENT_FINDING, number, 0,
                 at_now | at_made << 32, at_freed, 0);
    rp_producer_leave(producer);
}
