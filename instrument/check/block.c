// block.c - see block.h.
#include "instrument/check/block.h"

#include "core/base/bits.h"
#include "instrument/check/guard.h"
#include "instrument/check/misuse.h"
#include "instrument/check/pages.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/sweep.h"
#include "instrument/check/text.h"
#include "instrument/check/thread.h"
#include "instrument/options/checking.h"

#include <string.h>

static uint16_t number_of(const struct rp_check_thread *thread) {
    return thread != NULL ? (uint16_t)thread->number : 0;
}

static uint32_t stack_of(struct rp_check_thread *thread, struct rp_frame from) {
    return thread != NULL ? rp_check_thread_block_stack(thread, from) : 0;
}

// ---- made ----

// Bytes before the program's pointer, and behind its block, at least.
static size_t guard_bytes(void) {
    return rp_checking_has(RP_CHECK_GUARDS) ? RP_GUARD_LEAST : 0;
}

size_t rp_block_plan(const struct rp_request *request, void **ready,
                     struct rp_frame from) {
    size_t around = 2 * guard_bytes(), bytes;
    struct rp_check_thread *thread = rp_check_thread_mine();
    if (thread != NULL && thread->no_alloc > 0 &&
        rp_checking_has(RP_CHECK_NO_ALLOC))
        rp_misuse_no_alloc(request, rp_check_thread_stack(thread, from));
    if (rp_checking_has(RP_CHECK_PAGES)) {
        if (thread != NULL && rp_pages_is_turn(thread, request->size, from))
            *ready = rp_pages_make(request, thread, stack_of(thread, from));
        if (*ready != NULL)
            return 0;
    }

    if (rp_checking_samples())
        return 0;
    if (request->alignment > RP_GUARD_LEAST)
        around += request->alignment - RP_GUARD_LEAST;
    if (__builtin_add_overflow(request->size, around, &bytes))
        return SIZE_MAX; // as large as nothing can be
    return bytes != 0 ? bytes : 1;
}

static void fill_new(uint8_t *pointer, size_t size, size_t rear, bool is_zero) {
    if (rp_checking_has(RP_CHECK_GUARDS)) {
        rp_guard_fill(pointer - RP_GUARD_LEAST, RP_GUARD_LEAST, RP_FILL_GUARD);
        rp_guard_fill(pointer + size,
                      rear < RP_GUARD_MOST ? rear : RP_GUARD_MOST,
                      RP_FILL_GUARD);
    }
    if (!is_zero && rp_checking_has(RP_CHECK_POISON))
        memset(pointer, RP_FILL_NEW, size < RP_FILL_MOST ? size : RP_FILL_MOST);
}

void *rp_block_made(const struct rp_request *request,
                    const struct rp_place_of_block *place,
                    struct rp_frame from) {
    struct rp_check_thread *thread = rp_check_thread_mine();
    size_t alignment = request->alignment > RP_GUARD_LEAST ? request->alignment
                                                           : RP_GUARD_LEAST;
    uint8_t *start = place->block;
    uint8_t *pointer =
        (uint8_t *)round_up((uintptr_t)start + guard_bytes(), alignment);
    uint32_t front = (uint32_t)(pointer - start);
    struct rp_check_block *block =
        rp_table_place(place, front, number_of(thread));

    if (block == NULL)
        return NULL;
    // A list that was written into may have a block twice.
    if (rp_checking_has(RP_CHECK_SPANS) &&
        (rp_word_state(load_relaxed(&block->word)) == RP_BLOCK_LIVE || // mine
         rp_word_state(load_relaxed(&block->word)) == RP_BLOCK_HELD)) {
        struct rp_check_found found = rp_table_find(pointer);
        rp_misuse_span(&found, "an allocation",
                       thread != NULL ? rp_check_thread_stack(thread, from)
                                      : 0);
    }
    fill_new(pointer, request->size, place->bytes - front - request->size,
             request->kind == RP_ALLOC_CALLOC);
    block->made_by = rp_check_thread_tagged(stack_of(thread, from));
    block->made_in = number_of(thread);
    block->made_at =
        rp_text_now(); // release [live]: who frees it sees all of it
    store_release(&block->word, rp_word_of(request, alignment, RP_BLOCK_LIVE));
    if (thread != NULL)
        rp_sweep_count(thread);
    return pointer;
}

// ---- given back ----

// Takes what was kept for a while out of the hands of the checks.
static void *let_go(void *pointer, const char *call) {
    struct rp_check_found found = rp_table_find(pointer);
    uint64_t word = load_relaxed(&found.block->word); // relaxed: mine

    rp_misuse_freed(&found, call, 0);
    rp_quarantine_gone(found.span->bytes);
    // relaxed: nobody but who frees it looks
    store_relaxed(&found.block->word, rp_word_in(word, RP_BLOCK_FREED));
    return (void *)found.start;
}

void *rp_block_rest(void) {
    void *oldest = rp_quarantine_take_oldest();

    return oldest != NULL ? let_go(oldest, "the end of its quarantine") : NULL;
}

// The place in which the header says that the block lies, is that in which it
// was made.
bool rp_block_span(const struct rp_place_of_block *place) {
    struct rp_check_found found = rp_table_find(place->block);

    if (place->is_single || found.span == NULL || found.span->is_single)
        return true; // under another address
    if (found.start == (uintptr_t)place->block &&
        found.span->first == (uintptr_t)place->first &&
        found.span->bytes == place->bytes &&
        found.span->count == place->count && found.span->span == place->span)
        return true;
    rp_misuse_span(&found, "the end of a block", 0);
    return false;
}

// Takes the block from live to another state; false: it is not live.
static bool take(struct rp_check_block *block, enum rp_check_state state) {
    uint64_t word = load_acquire(&block->word); // acquire [live]: all of it

    do
        if (rp_word_state(word) != RP_BLOCK_LIVE)
            return false;
    while (!cas_acq_rel(&block->word, &word, // acq_rel [live]: as above
                        rp_word_in(word, state)));
    return true;
}

// The program has it no more. Returns what core is to free now.
static void *put_away(const struct rp_check_found *found, size_t size) {
    if (found->span->is_paged) {
        rp_pages_shut(found);
        return NULL;
    }
    if (!rp_quarantine_is_on() ||
        found->span->bytes > rp_checking.quarantine / 4) {
        uint64_t word = load_relaxed(&found->block->word); // relaxed: mine
        store_relaxed(&found->block->word,
                      rp_word_in(word, RP_BLOCK_FREED)); // relaxed: as above
        return (void *)found->start;
    }
    memset((void *)found->pointer, RP_FILL_FREED,
           size < RP_FILL_MOST ? size : RP_FILL_MOST);
    void *other = rp_quarantine_put((void *)found->pointer, found->span->bytes);
    return other != NULL ? let_go(other, "the end of its quarantine")
                         : rp_block_rest();
}

void *rp_block_give(void *pointer, const struct rp_return *how,
                    struct rp_frame from) {
    struct rp_check_thread *thread = rp_check_thread_mine();
    struct rp_check_found found = rp_table_find(pointer);
    uint32_t stack = stack_of(thread, from);

    if (found.block == NULL || found.pointer != (uintptr_t)pointer ||
        !take(found.block, RP_BLOCK_HELD)) {
        if (stack == 0 && thread != NULL)
            stack = rp_check_thread_stack(thread, from);
        rp_misuse_pointer(pointer, how->call, true, stack);
        return NULL;
    }
    found.block->freed_by = stack;
    found.block->freed_in = number_of(thread);
    found.block->freed_at = rp_text_now();
    if (rp_checking_has(RP_CHECK_MATCH))
        rp_misuse_match(&found, how, stack);
    if (rp_checking_has(RP_CHECK_GUARDS) || found.span->is_paged)
        rp_misuse_guards(&found, how->call, stack, false);
    return put_away(&found, rp_word_size(load_relaxed(&found.block->word)));
}

size_t rp_block_size(const void *pointer, const char *call,
                     struct rp_frame from) {
    struct rp_check_found found = rp_table_find(pointer);
    struct rp_check_thread *thread;

    if (found.block != NULL && found.pointer == (uintptr_t)pointer) {
        uint64_t word = load_acquire(&found.block->word); // acquire [live]: it
        if (rp_word_state(word) == RP_BLOCK_LIVE)
            return rp_word_size(word);
    }
    thread = rp_check_thread_mine();
    rp_misuse_pointer(pointer, call, false,
                      thread != NULL ? rp_check_thread_stack(thread, from) : 0);
    return RP_UNSAID;
}

// ---- a heap of the program's own ----

void rp_block_heap_end(uint32_t heap, struct rp_frame from) {
    struct rp_check_thread *thread = rp_check_thread_mine();
    uint32_t stack = stack_of(thread, from);

    for (struct rp_check_span *span = rp_table_spans(); span != NULL;
         span = span->next) {
        if (!span->is_used || span->heap != heap)
            continue;
        for (uint32_t i = 0; i < span->count; i++) {
            struct rp_check_block *block = &span->blocks[i];
            if (!take(block, RP_BLOCK_GONE))
                continue;
            block->freed_by = stack;
            block->freed_in = number_of(thread);
            block->freed_at = rp_text_now();
            if (rp_checking_has(RP_CHECK_GUARDS)) {
                uintptr_t start = rp_table_start(span, block);
                struct rp_check_found found = {span, block, start,
                                               start + block->front};
                rp_misuse_guards(&found, "rpmalloc_heap_free_all", stack,
                                 false);
            }
        }
    }
}

void *rp_block_heap_rest(uint32_t heap) {
    void *pointer;

    for (uint32_t i = 0; rp_quarantine_look(i, &pointer); i++)
        if (pointer != NULL && rp_table_find(pointer).span->heap == heap &&
            rp_quarantine_remove(i, pointer))
            return let_go(pointer, "rpmalloc_heap_free_all");
    return NULL;
}
