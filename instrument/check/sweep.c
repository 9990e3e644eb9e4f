// sweep.c - see sweep.h.
#include "instrument/check/sweep.h"

#include "instrument/check/misuse.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/table.h"
#include "instrument/options/checking.h"

enum { PERIOD = 1 << 16 }; // blocks

// Looks at the span's live blocks; returns how many.
static uint32_t sweep(struct rp_check_span *span, const char *call) {
    uint32_t live = 0;

    for (uint32_t i = 0; i < span->count; i++) {
        struct rp_check_block *block = &span->blocks[i];
        // acquire [live]: all of it
        if (rp_word_state(load_acquire(&block->word)) != RP_BLOCK_LIVE)
            continue;
        uintptr_t start = rp_table_start(span, block);
        struct rp_check_found found = {span, block, start,
                                       start + block->front};
        rp_misuse_guards(&found, call, 0, false);
        live++;
    }
    return live;
}

void rp_sweep_own(struct rp_check_thread *thread) {
    uint32_t live = 0;

    if (rp_checking_has(RP_CHECK_GUARDS))
        for (struct rp_check_span *span = rp_table_spans(); span != NULL;
             span = span->next)
            if (span->is_used && !span->is_single &&
                span->owner == (thread->number & UINT16_MAX))
                live += sweep(span, "a look at all blocks");
    thread->until_sweep = live > PERIOD ? live : PERIOD;
}

void rp_sweep_all(const char *call) {
    void *pointer;

    if (rp_checking_has(RP_CHECK_GUARDS))
        for (struct rp_check_span *span = rp_table_spans(); span != NULL;
             span = span->next)
            if (span->is_used)
                sweep(span, call);
    for (uint32_t i = 0; rp_quarantine_look(i, &pointer); i++) {
        if (pointer == NULL)
            continue;
        struct rp_check_found found = rp_table_find(pointer);
        rp_misuse_freed(&found, call, 0);
    }
}
