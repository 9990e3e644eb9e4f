// hook.c - core's hooks of blocks: each writes one event. All others are in
// hook_state.c.
//
// These are the hot path.
#include "core/hook.h"

#include "instrument/capture/capture.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/inherited.h"
#include "instrument/capture/modules.h"

// ---- blocks ----

// Whether the stack of an allocation is at hand: none is wanted, or it is the
// last one again.
static inline bool knows_stack(struct rp_producer *producer,
                               struct rp_frame from, uint64_t *stack) {
    struct rp_walk *walk = producer->thread->walk;

    *stack = 0;
    if (!producer->has_stacks)
        return true;
    if (walk == NULL || !rp_walk_is_repeated(walk, &from))
        return false;
    *stack = walk->repeated.node;
    return true;
}

// After a capture that asks for it: a look at what is loaded.
__attribute__((cold, noinline)) static void look_at_modules(
    struct rp_producer *producer, uint64_t stack) {
    rp_modules_check(producer->thread->recorder, producer,
                     stack & RP_CAPTURE_FRESH ? (uint32_t)stack : 0,
                     stack >= RP_CAPTURE_LOADER);
}

// The stack of whom the hook was called by, when it is not at hand.
static inline uint32_t capture_other(struct rp_producer *producer, size_t bytes,
                                     struct rp_frame from) {
    struct rp_thread *thread = producer->thread;
    uint64_t stack = rp_capture_stack(thread->recorder->capture, thread,
                                      from.address, from.sp, from.bp, bytes);

    if (RP_UNLIKELY(stack >= RP_CAPTURE_FRESH))
        look_at_modules(producer, stack);
    return (uint32_t)stack;
}

static inline uint64_t capture(struct rp_producer *producer, size_t bytes,
                               struct rp_frame from) {
    uint64_t stack;

    return knows_stack(producer, from, &stack)
               ? stack
               : capture_other(producer, bytes, from);
}

void rp_on_alloc(uint32_t span, uint32_t block, size_t wanted,
                 enum rp_alloc_kind kind, size_t alignment) {
    struct rp_producer *producer = rp_enter_block(true, span, block);

    if (producer == NULL)
        return;
    uint64_t stack = capture(producer, wanted, rp_walk_caller());
    switch (kind) {
    case RP_ALLOC_MALLOC:
        rp_emit_more(producer, TRACE_EVENT_ALLOC, span, block, wanted, stack,
                     0);
        break;
    case RP_ALLOC_CALLOC:
        rp_emit_more(producer, TRACE_EVENT_CALLOC, span, block, wanted, stack,
                     0);
        break;
    case RP_ALLOC_ALIGNED:
        stack |= (uint64_t)lowest_bit(alignment | (size_t)1 << 63) << 32;
        rp_emit_more(producer, TRACE_EVENT_ALIGNED, span, block, wanted, stack,
                     0);
        break;
    case RP_ALLOC_REALLOC:
        rp_emit_more(producer, TRACE_EVENT_REALLOC, span, block, wanted, stack,
                     0);
        break;
    }
    rp_producer_leave(producer);
}

// Who frees, before the free itself, in slots that there is room for at once:
// neither is lost without the other.
static inline void tell_freer(struct rp_producer *producer,
                              struct rp_frame from) {
    struct rp_thread *thread = producer->thread;

    if (--thread->until_free > 0)
        return;
    thread->until_free = thread->free_every;
    uint64_t stack = capture(producer, RP_CAPTURE_ALWAYS, from);
    if (stack != 0 && rp_producer_room(producer, 2))
        rp_emit(producer, TRACE_EVENT_FREED_BY, (uint32_t)stack, 0);
}

// Ends the producer's turn.
static inline void put_free(struct rp_producer *producer, uint32_t span,
                            uint32_t block, int deferred) {
    if (RP_UNLIKELY(deferred))
        rp_emit(producer, TRACE_EVENT_FREE_DEFERRED, span, block);
    else // any thread frees a large block, without asking its owner
        rp_emit_all(producer, true, TRACE_EVENT_FREE, span, block, 0, 0, 0);
    rp_producer_leave(producer);
}

// A free when frees have stacks. Called by others last of all, so that its
// caller is theirs.
__attribute__((cold, noinline)) static void free_by_stack(uint32_t span,
                                                          uint32_t block,
                                                          int deferred) {
    struct rp_frame from = rp_walk_caller();
    struct rp_producer *producer = rp_enter_block(false, span, block);

    if (producer == NULL)
        return;
    tell_freer(producer, from);
    put_free(producer, span, block, deferred);
}

void rp_on_free(uint32_t span, uint32_t block, int deferred) {
    struct rp_producer *producer = rp_enter_block(false, span, block);

    if (producer == NULL)
        return;
    if (RP_UNLIKELY(producer->thread->free_every != 0)) {
        rp_producer_leave(producer);
        free_by_stack(span, block, deferred);
        return;
    }
    put_free(producer, span, block, deferred);
}

// ---- the two that there are most of ----

// What found no slots in a row has gone the long way; the next ones do.
static inline void leave_in_line(struct rp_producer *producer) {
    if (RP_UNLIKELY(producer->side.head >= producer->side.contiguous) &&
        producer->side.head >= producer->coarse)
        rp_producer_line_up(producer);
    rp_producer_leave(producer);
}

// Called by others last of all, so that its caller is theirs.
__attribute__((noinline)) static void *malloc_by_stack(size_t wanted,
                                                       uint32_t span,
                                                       uint32_t block,
                                                       void *pointer) {
    struct rp_frame from = rp_walk_caller();
    struct rp_producer *producer = rp_enter_block(true, span, block);

    if (producer == NULL)
        return pointer;
    rp_emit_more(producer, TRACE_EVENT_ALLOC, span, block, wanted,
                 capture(producer, wanted, from), 0);
    leave_in_line(producer);
    return pointer;
}

// The same, which may be checked: no malloc that is told faster is.
__attribute__((noinline)) static void *malloc_otherwise(size_t wanted,
                                                        uint32_t span,
                                                        uint32_t block,
                                                        void *pointer) {
    return rp_may_be_checked() ? rp_checked_instead(wanted, pointer)
                               : malloc_by_stack(wanted, span, block, pointer);
}

__attribute__((noinline)) static void free_otherwise(uint32_t span,
                                                     uint32_t block) {
    struct rp_producer *producer = rp_enter_block(false, span, block);

    if (producer == NULL)
        return;
    if (RP_UNLIKELY(producer->thread->free_every != 0)) {
        rp_producer_leave(producer);
        free_by_stack(span, block, false);
        return;
    }
    rp_emit(producer, TRACE_EVENT_FREE, span, block);
    leave_in_line(producer);
}

// ---- the same by the coarse clock ----
//
// Its rows are known to others as none, so that they come here last of all.

// The first slot of an event in a row, all but the rest of it.
static struct rp_slot *put_coarse(struct rp_producer *producer, unsigned type,
                                  uint32_t span, uint32_t block) {
    struct rp_slot *slot =
        rp_ring_producer_row(&producer->side, producer->side.head);

    rp_record_begin(slot, type, span, block);
    slot->word[0] = load_relaxed(rp_clock_word); // relaxed: see os/clock.c
    return slot;
}

__attribute__((noinline)) static void *malloc_coarse(
    size_t wanted, uint32_t span, uint32_t block, void *pointer,
    struct rp_producer *producer) {
    uint64_t end = producer->side.head + 2, stack;

    if (RP_UNLIKELY(end > producer->coarse) ||
        !knows_stack(producer, rp_walk_caller(), &stack)) {
        rp_producer_leave(producer);
        return malloc_otherwise(wanted, span, block, pointer);
    }
    struct rp_slot *slots =
        put_coarse(producer, TRACE_EVENT_ALLOC, span, block);
    slots[1] = (struct rp_slot){{wanted, stack}};
    rp_ring_producer_publish_to(&producer->side, end);
    rp_producer_leave(producer);
    return pointer;
}

__attribute__((noinline)) static void free_coarse(
    uint32_t span, uint32_t block, struct rp_producer *producer) {
    uint64_t end = producer->side.head + 1;

    if (end > producer->coarse) {
        rp_producer_leave(producer);
        free_otherwise(span, block);
        return;
    }
    put_coarse(producer, TRACE_EVENT_FREE, span, block);
    rp_ring_producer_publish_to(&producer->side, end);
    rp_producer_leave(producer);
}

// ---- and by the exact one ----

// The arguments of a call stay in the registers that they came in, where the
// compiler would move them to others first.
#if defined(__x86_64__)
#define STAY(first, second, third, fourth)                                     \
    __asm__("" : "+D"(first), "+S"(second), "+d"(third), "+c"(fourth))
#else
#define STAY(first, second, third, fourth) ((void)0)
#endif

// ALLOC into slots in a row.
static inline void put_malloc(struct rp_producer *producer, size_t wanted,
                              uint32_t span, uint32_t block, uint64_t stack) {
    uint64_t head = producer->side.head;
    struct rp_slot *slots = rp_ring_producer_row(&producer->side, head);

    rp_record_begin(slots, TRACE_EVENT_ALLOC, span, block);
    slots[1] = (struct rp_slot){{wanted, stack}};
    rp_clock_stamp(&slots->word[0]);
    rp_ring_producer_publish_to(&producer->side, head + 2);
    rp_producer_leave(producer);
}

// It has stacks, and this one is not the last one again.
// Called by others last of all, so that its caller is theirs.
__attribute__((noinline)) static void *malloc_by_other_stack(
    size_t wanted, uint32_t span, uint32_t block, void *pointer,
    struct rp_producer *producer) {
    struct rp_frame from = rp_walk_caller();

    if (RP_UNLIKELY(!rp_ring_producer_has_row(&producer->side,
                                              producer->side.head + 2)) ||
        rp_is_checked())
        return malloc_coarse(wanted, span, block, pointer, producer);
    uint32_t stack = capture_other(producer, wanted, from);
    if (RP_LIKELY(rp_ring_producer_has_row(&producer->side,
                                           producer->side.head + 2))) {
        put_malloc(producer, wanted, span, block, stack);
        return pointer;
    }
    // A look at what is loaded has taken the last slots.
    rp_emit_more(producer, TRACE_EVENT_ALLOC, span, block, wanted, stack, 0);
    leave_in_line(producer);
    return pointer;
}

// The producer has stacks, or no slots in a row. Fast path: the same stack
// again, and slots in a row; no call.
__attribute__((noinline)) static void *malloc_repeated(
    size_t wanted, uint32_t span, uint32_t block, void *pointer,
    struct rp_producer *producer) {
    struct rp_walk *walk = producer->thread->walk;

    if (RP_UNLIKELY(walk == NULL))
        return malloc_coarse(wanted, span, block, pointer, producer);
    struct rp_frame from = rp_walk_caller();
    if (RP_UNLIKELY(!rp_walk_is_repeated(walk, &from)))
        return malloc_by_other_stack(wanted, span, block, pointer, producer);
    if (RP_LIKELY(rp_ring_producer_has_row(&producer->side,
                                           producer->side.head + 2))) {
        put_malloc(producer, wanted, span, block, walk->repeated.node);
        return pointer;
    }
    return malloc_coarse(wanted, span, block, pointer, producer);
}

// Fast path: where no stack is wanted, and slots are in a row; no call.
void *rp_on_malloc(size_t wanted, uint32_t span, uint32_t block,
                   void *pointer) {
    struct rp_producer *producer = rp_producer_mine;

    if (RP_UNLIKELY(!rp_producer_take(producer)))
        return malloc_otherwise(wanted, span, block, pointer);
    if (producer->side.head + 2 > producer->stackless)
        return malloc_repeated(wanted, span, block, pointer, producer);
    STAY(wanted, span, block, pointer);
    put_malloc(producer, wanted, span, block, 0);
    return pointer;
}

// Fast path: slots in a row; no call.
void rp_on_own_free(uint32_t span, uint32_t block) {
    struct rp_producer *producer = rp_producer_mine;

    if (RP_UNLIKELY(!rp_producer_take(producer))) {
        free_otherwise(span, block);
        return;
    }
    uint64_t head = producer->side.head;
    if (!rp_ring_producer_has_row(&producer->side, head + 1)) {
        free_coarse(span, block, producer);
        return;
    }
    struct rp_slot *slot = rp_ring_producer_row(&producer->side, head);
    rp_record_begin(slot, TRACE_EVENT_FREE, span, block);
    rp_clock_stamp(&slot->word[0]);
    rp_ring_producer_publish_to(&producer->side, head + 1);
    rp_producer_leave(producer);
}

void rp_on_resize(uint32_t span, uint32_t block, size_t wanted, int foreign) {
    struct rp_producer *producer = rp_enter_block(false, span, block);

    if (producer == NULL)
        return;
    rp_emit_all(producer, foreign, TRACE_EVENT_RESIZE, span, block, wanted,
                capture(producer, wanted, rp_walk_caller()), 0);
    rp_producer_leave(producer);
}

// Some programs ask after each malloc and before each free.
void rp_on_usable_size(uint32_t span, uint32_t block, int foreign) {
    struct rp_producer *producer = rp_enter_other();

    if (producer == NULL)
        return;
    rp_emit_all(producer, foreign, TRACE_EVENT_USABLE_SIZE, span, block, 0, 0,
                0);
    rp_producer_leave(producer);
}
