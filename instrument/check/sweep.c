// sweep.c - see sweep.h.
#include "instrument/check/sweep.h"

#include "instrument/check/misuse.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/whole.h"
#include "instrument/options/checking.h"

enum { PERIOD = 1 << 16 }; // blocks

__attribute__((cold, noinline)) static void tell(struct rp_check_span *span,
                                                 struct rp_check_block *block,
                                                 const char *call) {
    uintptr_t start = rp_table_start(span, block);
    struct rp_check_found found = {span, block, start, start + block->front};

    rp_misuse_guards(&found, call, 0, false);
}

// Looks at the span's live blocks; returns how many.
static uint32_t sweep(struct rp_check_span *span, const char *call) {
    struct rp_check_block *block = span->blocks, *end = block + span->count;
    uintptr_t start = span->first;
    uint32_t live = 0;

    for (; block < end; block++, start += span->bytes) {
        // acquire [live]: all of it
        uint64_t word = load_acquire(&block->word);
        if (rp_word_state(word) != RP_BLOCK_LIVE)
            continue;
        struct rp_check_found found = {span, block, start,
                                       start + block->front};
        if (RP_UNLIKELY(!rp_whole_around(&found, rp_word_size(word))))
            tell(span, block, call);
        live++;
    }
    return live;
}

__attribute__((cold, noinline)) static void tell_held(void *pointer,
                                                      const char *call) {
    struct rp_check_found found = rp_table_find(pointer);

    rp_misuse_freed(&found, call, 0);
}

// Looks at what is in the quarantine.
static void sweep_held(const char *call) {
    bool has_guards = rp_checking_has(RP_CHECK_GUARDS);
    uint32_t places = rp_quarantine_places();

    for (uint32_t i = 0; i < places; i++) {
        void *pointer = rp_quarantine_look(i);
        if (pointer == NULL)
            continue;
        struct rp_check_found found = rp_table_find_known(pointer);
        // relaxed: a look
        size_t size = rp_word_size(load_relaxed(&found.block->word));
        if (RP_UNLIKELY(!rp_whole_freed(&found, size, has_guards)))
            tell_held(pointer, call);
    }
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
    if (rp_checking_has(RP_CHECK_GUARDS))
        for (struct rp_check_span *span = rp_table_spans(); span != NULL;
             span = span->next)
            if (span->is_used)
                sweep(span, call);
    sweep_held(call);
}
