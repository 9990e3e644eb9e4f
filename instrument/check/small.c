// small.c - malloc and free of small blocks, as there are most: the short way.
//
//   | guard, 16 bytes | at most 256 of the program's | guard, 16 to 31 bytes |
//
// Nothing is told here. Whatever is another kind of block, or not as it should
// be, goes the long way of block.c from the start, with nothing done yet. What
// is called comes last, so that nothing has to be kept meanwhile.
#include "core/base/bits.h"
#include "instrument/capture/tags.h"
#include "instrument/check/block.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/start.h"
#include "instrument/check/sweep.h"
#include "instrument/check/text.h"
#include "instrument/check/thread.h"
#include "instrument/check/whole.h"
#include "instrument/options/checking.h"

#define STACK(thread) rp_check_thread_stack(thread, rp_walk_caller())

// ---- made ----

__attribute__((cold, noinline)) static void *sweep(
    void *pointer, struct rp_check_thread *thread) {
    rp_sweep_own(thread);
    return pointer;
}

__attribute__((always_inline)) static inline void *made(
    uint8_t *pointer, uint64_t word, uint32_t bytes,
    struct rp_check_block *block, struct rp_check_thread *thread,
    uint32_t stack) {
    const rp_guard_line fresh = rp_guard_line_of(RP_FILL_NEW);
    const rp_guard_line guard = rp_guard_line_of(RP_FILL_GUARD);

    size_t size = rp_word_size(word);

    // By two, which reaches into what is behind it, but not further.
    for (size_t i = 0; i < size; i += 2 * sizeof fresh) {
        rp_guard_store(pointer + i, fresh);
        rp_guard_store(pointer + i + sizeof fresh, fresh);
    }
    rp_guard_store(pointer - RP_GUARD_LEAST, guard);
    rp_guard_store(pointer + size, guard);
    rp_guard_store(pointer + bytes - RP_GUARD_AROUND, guard);
    block->front = RP_GUARD_LEAST;
    block->made_by = stack;
    block->made_in = (uint16_t)thread->number;
    block->made_at = rp_text_time(clock_counter());
    // release [live]: who frees it sees all of it
    store_release(&block->word, word);
    return RP_UNLIKELY(thread->until_sweep-- == 0) ? sweep(pointer, thread)
                                                   : pointer;
}

// The same with a stack, which takes a call before all else.
__attribute__((noinline)) static void *made_by_stack(
    uint8_t *pointer, uint64_t word, uint32_t bytes,
    struct rp_check_block *block, struct rp_check_thread *thread) {
    return made(pointer, word, bytes, block, thread, STACK(thread));
}

void *rp_check_made_again(void *start, size_t size, enum rp_family family,
                          uint32_t span, uint32_t bytes, uint32_t heap) {
    struct rp_check_thread *thread = rp_check_thread_own;
    uint8_t *pointer = (uint8_t *)start + RP_GUARD_LEAST;

    if (RP_UNLIKELY(!rp_check_is_short() || thread == NULL ||
                    size > RP_GUARD_SHORT || rp_tags_pushed.count != 0))
        return rp_checked_made_anew(start, size, family);
    struct rp_check_block *block = rp_table_place_again(
        (uintptr_t)start, span, bytes, heap, thread->number);
    if (RP_UNLIKELY(block == NULL || bytes - size >= 3 * RP_GUARD_LEAST))
        return rp_checked_made_anew(start, size, family);
    if (RP_UNLIKELY(rp_checking_has(RP_CHECK_SPANS)) &&
        // relaxed: mine
        rp_word_is_taken(load_relaxed(&block->word)))
        return rp_checked_made_anew(start, size, family);
    uint64_t word =
        rp_word_of(&(struct rp_request){.size = size, .family = family},
                   RP_GUARD_LEAST, RP_BLOCK_LIVE);
    return RP_UNLIKELY(rp_check_thread_of_blocks)
               ? made_by_stack(pointer, word, bytes, block, thread)
               : made(pointer, word, bytes, block, thread, 0);
}

// ---- given back ----

// Whether what is said at the free is plainly what was said before.
static inline bool is_match(const struct rp_return *how, uint64_t word) {
    return how->family == rp_word_family(word) && how->alignment == 0 &&
           (how->size == RP_UNSAID || how->size == rp_word_size(word));
}

__attribute__((always_inline)) static inline void *give(
    void *pointer, const struct rp_return *how, struct rp_check_thread *thread,
    uint32_t stack) {
    struct rp_check_found found = rp_table_find_plain(pointer);

    if (RP_UNLIKELY(found.block == NULL || found.pointer != (uintptr_t)pointer))
        return rp_block_give(pointer, how);
    struct rp_check_block *block = found.block;
    uint64_t word = load_acquire(&block->word); // acquire [live]: all of it
    size_t size = rp_word_size(word);
    if (RP_UNLIKELY(rp_word_state(word) != RP_BLOCK_LIVE ||
                    size > RP_GUARD_SHORT || !rp_whole_is_usual(&found, size)))
        return rp_block_give(pointer, how);
    if (rp_checking_has(RP_CHECK_MATCH) && RP_UNLIKELY(!is_match(how, word)))
        return rp_block_give(pointer, how);
    if (RP_UNLIKELY(!rp_guard_is_none(rp_whole_usual_differs(&found, size))) ||
        // acq_rel [live]: as above
        RP_UNLIKELY(
            !cas_strong_acq_rel(&block->word, &word, rp_word_held(word))))
        return rp_block_give(pointer, how);
    block->freed_by = stack;
    block->freed_in = (uint16_t)thread->number;
    block->freed_at = rp_text_time(clock_counter());
    rp_guard_fill_short(pointer, size, RP_FILL_FREED);
    void *other = rp_quarantine_put(pointer, found.span->bytes);
    if (RP_UNLIKELY(other != NULL))
        return rp_block_let_go(other, rp_block_too_many);
    return rp_quarantine_has_too_much() ? rp_check_rest() : NULL;
}

// As made_by_stack.
__attribute__((noinline)) static void *give_by_stack(
    void *pointer, const struct rp_return *how,
    struct rp_check_thread *thread) {
    return give(pointer, how, thread, STACK(thread));
}

void *rp_check_give(void *pointer, const struct rp_return *how) {
    struct rp_check_thread *thread = rp_check_thread_own;

    if (RP_UNLIKELY(!rp_check_is_short() || thread == NULL))
        return rp_block_give(pointer, how);
    return RP_UNLIKELY(rp_check_thread_of_blocks)
               ? give_by_stack(pointer, how, thread)
               : give(pointer, how, thread, 0);
}
