// block.c - a block from being made to being freed, as the checks see it: the
// hooks that stand between the program and its blocks (core/hook.h).
#include "core/base/bits.h"
#include "instrument/capture/tags.h"
#include "instrument/check/block.h"
#include "instrument/check/misuse.h"
#include "instrument/check/pages.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/start.h"
#include "instrument/check/sweep.h"
#include "instrument/check/text.h"
#include "instrument/check/thread.h"
#include "instrument/check/whole.h"
#include "instrument/options/checking.h"

#include <string.h>

static uint16_t number_of(const struct rp_check_thread *thread) {
    return thread != NULL ? (uint16_t)thread->number : 0;
}

// The stack of who called the hook that this is a part of, for what is told.
#define STACK(thread)                                                          \
    ((thread) != NULL ? rp_check_thread_stack(thread, rp_walk_caller()) : 0)
// The same for a block, if those have stacks.
#define BLOCK_STACK(thread)                                                    \
    (RP_UNLIKELY(rp_check_thread_of_blocks) ? STACK(thread) : 0)

// ---- made ----

// What is seldom to be done before an allocation: where none may be, and where
// a block may get pages of its own, which it returns.
__attribute__((noinline)) static void *prepare(const struct rp_request *request,
                                               struct rp_check_thread *thread) {
    if (thread == NULL)
        return NULL;
    if (thread->no_alloc > 0 && rp_checking_has(RP_CHECK_NO_ALLOC))
        rp_misuse_no_alloc(request, STACK(thread));
    return rp_checking_has(RP_CHECK_PAGES) &&
                   rp_pages_is_turn(thread, request->size, rp_walk_caller())
               ? rp_pages_make(request, thread, BLOCK_STACK(thread))
               : NULL;
}

size_t rp_check_plan_anew(const struct rp_request *request, void **ready) {
    size_t around = rp_checking_has(RP_CHECK_GUARDS) ? RP_GUARD_AROUND : 0,
           bytes;

    rp_check_start();
    struct rp_check_thread *thread = rp_check_thread_mine();
    if (rp_checking_has(RP_CHECK_PAGES) || thread == NULL ||
        thread->no_alloc > 0) {
        *ready = prepare(request, thread);
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

// `bytes` from the program's pointer on are the block's. What is filled for it
// may reach a few bytes into the guard, which is filled then. What the program
// gets to see of it begins behind the `written` ones.
static inline void fill_new(uint8_t *pointer, size_t size, size_t bytes,
                            size_t written) {
    if (written < size && rp_checking_has(RP_CHECK_POISON)) {
        written = round_down(written, sizeof(rp_guard_line));
        size_t fresh = size - written;
        rp_guard_fill(pointer + written,
                      RP_LIKELY(fresh <= RP_GUARD_SHORT)
                          ? round_up(fresh, sizeof(rp_guard_line))
                          : rp_whole_filled(fresh),
                      RP_FILL_NEW);
    }
    if (!rp_checking_has(RP_CHECK_GUARDS | RP_CHECK_POISON))
        // Core's link to a free block would lead to it when that is in use.
        memset(pointer, 0, sizeof(void *));
    if (rp_checking_has(RP_CHECK_GUARDS)) {
        size_t rear = bytes - size;
        rp_guard_fill(pointer - RP_GUARD_LEAST, RP_GUARD_LEAST, RP_FILL_GUARD);
        rp_guard_fill(pointer + size,
                      rear < RP_GUARD_MOST ? rear : RP_GUARD_MOST,
                      RP_FILL_GUARD);
    }
}

// A list of core's that was written into has a block twice.
__attribute__((cold, noinline)) static void tell_twice(
    const uint8_t *pointer, struct rp_check_thread *thread) {
    struct rp_check_found found = rp_table_find(pointer);

    rp_misuse_span(&found, "an allocation", STACK(thread));
}

__attribute__((noinline)) void *rp_check_made(
    const struct rp_request *request, const struct rp_place_of_block *place) {
    rp_check_start(); // what it has made is seen from here on
    struct rp_check_thread *thread = rp_check_thread_mine();
    size_t alignment = request->alignment > RP_GUARD_LEAST ? request->alignment
                                                           : RP_GUARD_LEAST;
    uint8_t *start = place->block, *pointer = start;
    const char *tag = rp_tags_current();

    if (rp_checking_has(RP_CHECK_GUARDS))
        pointer += RP_GUARD_LEAST;
    pointer = (uint8_t *)round_up((uintptr_t)pointer, alignment);
    uint32_t front = (uint32_t)(pointer - start);
    struct rp_check_block *block =
        rp_table_place(place, front, number_of(thread));
    if (block == NULL)
        return NULL;
    if (RP_UNLIKELY(rp_checking_has(RP_CHECK_SPANS)) &&
        // relaxed: mine
        RP_UNLIKELY(rp_word_is_taken(load_relaxed(&block->word))))
        tell_twice(pointer, thread);
    fill_new(pointer, request->size, place->bytes - front,
             request->kind == RP_ALLOC_CALLOC ? request->size
                                              : request->written);
    uint32_t stack = BLOCK_STACK(thread);
    block->made_by =
        RP_LIKELY(tag == NULL) ? stack : rp_check_thread_tagged(stack, tag);
    block->made_in = number_of(thread);
    block->made_at = rp_text_now();
    // release [live]: who frees it sees all of it
    store_release(&block->word, rp_word_of(request, alignment, RP_BLOCK_LIVE));
    if (RP_LIKELY(thread != NULL))
        rp_sweep_count(thread);
    return pointer;
}

// ---- given back ----

// A block that was written into after its free, or around.
__attribute__((cold, noinline)) static void tell_held(void *pointer,
                                                      const char *call) {
    struct rp_check_found found = rp_table_find_known(pointer);

    rp_misuse_freed(&found, call, 0);
}

const char rp_block_too_many[] = "the end of its quarantine";

__attribute__((noinline)) void *rp_block_let_go(void *pointer,
                                                const char *call) {
    struct rp_check_found found = rp_table_find_known(pointer);
    uint64_t word = load_relaxed(&found.block->word); // relaxed: mine
    size_t size = rp_word_size(word);

    if (RP_UNLIKELY(
            !rp_whole_freed(&found, size, rp_checking_has(RP_CHECK_GUARDS))))
        tell_held(pointer, call);
    rp_quarantine_gone(found.span->bytes);
    // relaxed: nobody but who frees it looks
    store_relaxed(&found.block->word, rp_word_in(word, RP_BLOCK_FREED));
    return (void *)found.start;
}

void *rp_check_rest(void) {
    void *oldest = rp_quarantine_take_oldest();

    return oldest != NULL ? rp_block_let_go(oldest, rp_block_too_many) : NULL;
}

int rp_checks_spans(void) {
    return rp_checking_has(RP_CHECK_SPANS);
}

// The place in which the header says that the block lies, is that in which it
// was made.
int rp_check_span(const struct rp_place_of_block *place) {
    struct rp_check_found found = rp_table_find(place->block);

    if (place->is_single || found.span == NULL || found.span->is_single)
        return 1; // under another address
    if (found.start == (uintptr_t)place->block &&
        found.span->first == (uintptr_t)place->first &&
        found.span->bytes == place->bytes &&
        found.span->count == place->count && found.span->span == place->span)
        return 1;
    rp_misuse_span(&found, "the end of a block", 0);
    return 0;
}

// Takes the block from live to another state; false: it is not live.
static inline bool take(struct rp_check_block *block,
                        enum rp_check_state state) {
    uint64_t word = load_acquire(&block->word); // acquire [live]: all of it

    do
        if (RP_UNLIKELY(rp_word_state(word) != RP_BLOCK_LIVE))
            return false;
    while (!cas_acq_rel(&block->word, &word, // acq_rel [live]: as above
                        rp_word_in(word, state)));
    return true;
}

// The program has it no more. Returns what core is to free now.
static void *put_away(const struct rp_check_found *found, size_t size) {
    if (RP_UNLIKELY(found->span->bytes > rp_quarantine_largest)) {
        uint64_t word = load_relaxed(&found->block->word); // relaxed: mine
        store_relaxed(&found->block->word,
                      rp_word_in(word, RP_BLOCK_FREED)); // relaxed: as above
        return (void *)found->start;
    }
    rp_guard_fill((uint8_t *)found->pointer, rp_whole_filled(size),
                  RP_FILL_FREED);
    void *other = rp_quarantine_put((void *)found->pointer, found->span->bytes);
    return other != NULL ? rp_block_let_go(other, rp_block_too_many)
                         : rp_check_rest();
}

// What is no live block's: for core, as it is where only few are checked.
__attribute__((cold, noinline)) static void *refuse(
    void *pointer, const struct rp_return *how,
    struct rp_check_thread *thread) {
    if (!rp_check_has(pointer))
        return pointer;
    rp_misuse_pointer(pointer, how->call, true, STACK(thread));
    return NULL;
}

__attribute__((noinline)) void *rp_block_give(void *pointer,
                                              const struct rp_return *how) {
    if (RP_UNLIKELY(!rp_is_checked()))
        return pointer;
    struct rp_check_thread *thread = rp_check_thread_mine();
    struct rp_check_found found = rp_table_find(pointer);

    if (RP_UNLIKELY(found.block == NULL ||
                    found.pointer != (uintptr_t)pointer ||
                    !take(found.block, RP_BLOCK_HELD)))
        return refuse(pointer, how, thread);
    uint32_t stack = BLOCK_STACK(thread);
    size_t size = rp_word_size(load_relaxed(&found.block->word)); // mine
    found.block->freed_by = stack;
    found.block->freed_in = number_of(thread);
    found.block->freed_at = rp_text_now();
    if (rp_checking_has(RP_CHECK_MATCH))
        rp_misuse_match(&found, how, stack);
    if (rp_checking_has(RP_CHECK_GUARDS) || found.span->is_paged)
        if (RP_UNLIKELY(!rp_whole_around(&found, size)))
            rp_misuse_guards(&found, how->call, stack, false);
    if (RP_UNLIKELY(found.span->is_paged)) {
        rp_pages_shut(&found);
        return NULL;
    }
    return put_away(&found, size);
}

int rp_check_has(const void *pointer) {
    return !rp_checking_samples() || rp_pages_are_around(pointer);
}

__attribute__((noinline)) size_t rp_check_size(const void *pointer,
                                               const char *call) {
    struct rp_check_found found = rp_table_find(pointer);
    struct rp_check_thread *thread;

    if (found.block != NULL && found.pointer == (uintptr_t)pointer) {
        uint64_t word = load_acquire(&found.block->word); // acquire [live]: it
        if (rp_word_state(word) == RP_BLOCK_LIVE)
            return rp_word_size(word);
    }
    thread = rp_check_thread_mine();
    rp_misuse_pointer(pointer, call, false, STACK(thread));
    return RP_UNSAID;
}

// ---- a heap of the program's own ----

__attribute__((noinline)) void rp_check_heap_end(uint32_t heap) {
    struct rp_check_thread *thread = rp_check_thread_mine();
    uint32_t stack = BLOCK_STACK(thread);

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

void *rp_check_heap_rest(uint32_t heap) {
    uint32_t places = rp_quarantine_places();

    for (uint32_t i = 0; i < places; i++) {
        void *pointer = rp_quarantine_look(i);
        if (pointer != NULL && rp_table_find(pointer).span->heap == heap &&
            rp_quarantine_remove(i, pointer))
            return rp_block_let_go(pointer, "rpmalloc_heap_free_all");
    }
    return NULL;
}
