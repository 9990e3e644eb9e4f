// hook.c - core's hooks: each writes one event.
//
// The hooks of blocks are the hot path. A recording of a forked child begins
// with one of them, never with another event: then core is in the middle of
// nothing and can be asked for its state.
#include "core/hook.h"

#include "instrument/capture/capture.h"
#include "instrument/capture/control.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/enter.h"
#include "instrument/capture/modules.h"
#include "instrument/capture/setup.h"
#include "instrument/capture/tags.h"

#include <string.h>

// ---- the state that a forked child has inherited ----

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

// The producer for an event of a block. skips: the block counts as live
// already.
__attribute__((cold, noinline)) static struct rp_producer *enter_inherited(
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

static inline bool is_first(void) {
    return RP_UNLIKELY(rp_producer_is_fresh(rp_producer_mine));
}

static inline struct rp_producer *enter_block(bool skips, uint32_t span,
                                              uint32_t block) {
    if (is_first() && rp_enter_inherits())
        return enter_inherited(skips, span, block);
    return rp_enter();
}

// The producer for any other event; NULL too when a child has yet to begin.
static inline struct rp_producer *enter_other(void) {
    if (is_first() && rp_enter_inherits())
        return NULL;
    return rp_enter();
}

// One event without a stack, from entering to leaving.
__attribute__((always_inline)) static inline void tell(unsigned type,
                                                       uint32_t a, uint32_t b,
                                                       uint64_t c0, uint64_t c1,
                                                       uint64_t c2) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL)
        return;
    rp_emit_more(producer, type, a, b, c0, c1, c2);
    rp_producer_leave(producer);
}

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

// The stack of whom the hook was called by, and now and then a look at what is
// loaded.
static inline uint64_t capture(struct rp_producer *producer, size_t bytes,
                               struct rp_frame from) {
    struct rp_thread *thread = producer->thread;
    struct rp_recorder *recorder = thread->recorder;
    uint64_t stack;

    if (knows_stack(producer, from, &stack))
        return stack;
    stack = rp_capture_stack(recorder->capture, thread, from.address, from.sp,
                             from.bp, bytes);
    if (RP_UNLIKELY(stack >= RP_CAPTURE_FRESH)) {
        rp_modules_check(recorder, producer,
                         stack & RP_CAPTURE_FRESH ? (uint32_t)stack : 0,
                         stack >= RP_CAPTURE_LOADER);
        stack = (uint32_t)stack;
    }
    return stack;
}

void rp_on_alloc(uint32_t span, uint32_t block, size_t wanted,
                 enum rp_alloc_kind kind, size_t alignment) {
    struct rp_producer *producer = enter_block(true, span, block);

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
    struct rp_producer *producer = enter_block(false, span, block);

    if (producer == NULL)
        return;
    tell_freer(producer, from);
    put_free(producer, span, block, deferred);
}

void rp_on_free(uint32_t span, uint32_t block, int deferred) {
    struct rp_producer *producer = enter_block(false, span, block);

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

    if (rp_is_checked()) // which no malloc that is told faster is
        return rp_checked_instead(wanted, pointer);
    struct rp_producer *producer = enter_block(true, span, block);
    if (producer == NULL)
        return pointer;
    rp_emit_more(producer, TRACE_EVENT_ALLOC, span, block, wanted,
                 capture(producer, wanted, from), 0);
    leave_in_line(producer);
    return pointer;
}

__attribute__((noinline)) static void free_otherwise(uint32_t span,
                                                     uint32_t block) {
    struct rp_producer *producer = enter_block(false, span, block);

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
        return malloc_by_stack(wanted, span, block, pointer);
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

// The producer has stacks, or no slots in a row. Fast path: the same stack
// again, and slots in a row; no call.
__attribute__((noinline)) static void *malloc_repeated(
    size_t wanted, uint32_t span, uint32_t block, void *pointer,
    struct rp_producer *producer) {
    struct rp_walk *walk = producer->thread->walk;

    if (RP_UNLIKELY(walk == NULL))
        return malloc_coarse(wanted, span, block, pointer, producer);
    struct rp_frame from = rp_walk_caller();
    if (RP_LIKELY(rp_walk_is_repeated(walk, &from)) &&
        rp_ring_producer_has_row(&producer->side, producer->side.head + 2)) {
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
        return malloc_by_stack(wanted, span, block, pointer);
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
    struct rp_producer *producer = enter_block(false, span, block);

    if (producer == NULL)
        return;
    rp_emit_all(producer, foreign, TRACE_EVENT_RESIZE, span, block, wanted,
                capture(producer, wanted, rp_walk_caller()), 0);
    rp_producer_leave(producer);
}

// Some programs ask after each malloc and before each free.
void rp_on_usable_size(uint32_t span, uint32_t block, int foreign) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL)
        return;
    rp_emit_all(producer, foreign, TRACE_EVENT_USABLE_SIZE, span, block, 0, 0,
                0);
    rp_producer_leave(producer);
}

// ---- spans ----

static uint64_t pair(uint32_t low, uint32_t high) {
    return low | (uint64_t)high << 32;
}

void rp_on_span_acquire(uint32_t span, uint32_t count, uint32_t heap,
                        uint32_t class_index, enum rp_place from) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL)
        return;
    rp_clock_refresh();
    rp_emit_more(producer, TRACE_EVENT_SPAN_ACQUIRE, span, class_index,
                 pair(count, heap), from, 0);
    rp_producer_leave(producer);
}

void rp_on_span_state(uint32_t span, enum rp_span_state state) {
    tell(TRACE_EVENT_SPAN_STATE, span, state, 0, 0, 0);
}

void rp_on_span_release(uint32_t span, uint32_t count, uint32_t heap,
                        enum rp_place to) {
    tell(TRACE_EVENT_SPAN_RELEASE, span, to, pair(count, heap), 0, 0);
}

void rp_on_span_transfer(uint32_t span, uint32_t count, uint32_t heap,
                         enum rp_place from, enum rp_place to) {
    tell(TRACE_EVENT_SPAN_TRANSFER, span, from, pair(count, heap), to, 0);
}

void rp_on_deferred_push(uint32_t span, uint32_t count) {
    tell(TRACE_EVENT_DEFERRED_PUSH, span, count, 0, 0, 0);
}

void rp_on_deferred_collect(uint32_t span, uint32_t heap, uint32_t count) {
    tell(TRACE_EVENT_DEFERRED_COLLECT, span, count, heap, 0, 0);
}

// ---- memory ----

void rp_on_segment_map(uint32_t segment, const void *address, size_t bytes,
                       const void *first_span, uint32_t spans) {
    tell(TRACE_EVENT_SEGMENT_MAP, segment, spans, (uintptr_t)address, bytes,
         (uintptr_t)first_span);
}

void rp_on_segment_unmap(uint32_t segment) {
    tell(TRACE_EVENT_SEGMENT_UNMAP, segment, 0, 0, 0, 0);
}

void rp_on_span_decommit(uint32_t span, size_t offset, size_t bytes) {
    tell(TRACE_EVENT_SPAN_DECOMMIT, span, 0, offset, bytes, 0);
}

void rp_on_span_commit(uint32_t span, size_t offset, size_t bytes) {
    tell(TRACE_EVENT_SPAN_COMMIT, span, 0, offset, bytes, 0);
}

void rp_on_huge_map(uint32_t span, const void *address, size_t bytes) {
    tell(TRACE_EVENT_HUGE_MAP, span, 0, (uintptr_t)address, bytes, 0);
}

void rp_on_huge_unmap(uint32_t span) {
    tell(TRACE_EVENT_HUGE_UNMAP, span, 0, 0, 0, 0);
}

void rp_on_bookkeeping_map(const void *address, size_t bytes) {
    tell(TRACE_EVENT_BOOKKEEPING_MAP, 0, 0, (uintptr_t)address, bytes, 0);
}

void rp_on_bookkeeping_unmap(const void *address, size_t bytes) {
    tell(TRACE_EVENT_BOOKKEEPING_UNMAP, 0, 0, (uintptr_t)address, bytes, 0);
}

// ---- heaps and threads ----

void rp_on_heap_create(uint32_t heap) {
    tell(TRACE_EVENT_HEAP_CREATE, heap, 0, 0, 0, 0);
}

void rp_on_heap_adopt(uint32_t heap) {
    tell(TRACE_EVENT_HEAP_ADOPT, heap, 0, 0, 0, 0);
}

void rp_on_heap_reset(uint32_t heap) {
    tell(TRACE_EVENT_HEAP_RESET, heap, 0, 0, 0, 0);
}

void rp_on_heap_orphan(uint32_t heap) {
    tell(TRACE_EVENT_HEAP_ORPHAN, heap, 0, 0, 0, 0);
}

// A thread is announced with its first event, so here only when it has ended
// in between.
void rp_on_thread_start(void) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL)
        return;
    if (producer->thread->ended)
        rp_enter_announce(producer);
    rp_producer_leave(producer);
}

void rp_on_thread_end(void) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL)
        return;
    rp_emit(producer, TRACE_EVENT_THREAD_END, rp_thread_id(producer->thread),
            0);
    producer->thread->ended = true;
    rp_producer_leave(producer);
}

void rp_on_wish(enum rp_wish wish) {
    static const enum rp_command_kind kinds[] = {
        [RP_WISH_START] = RP_COMMAND_START,
        [RP_WISH_STOP] = RP_COMMAND_STOP,
        [RP_WISH_SNAPSHOT] = RP_COMMAND_MOMENT,
    };

    if (wish == RP_WISH_START)
        rp_setup_ask();
    // As before a block: core is in the middle of nothing.
    struct rp_producer *producer = enter_block(false, RP_NO_HEAP, 0);
    if (producer == NULL)
        return;
    struct rp_recorder *recorder = producer->thread->recorder;
    rp_producer_leave(producer);
    rp_control_ask(recorder, kinds[wish]);
}

void rp_on_mark(const char *text) {
    struct rp_producer *producer = text != NULL ? enter_other() : NULL;
    bool fresh;

    if (producer == NULL)
        return;
    rp_clock_refresh();
    uint32_t number = rp_intern_text(producer->thread->recorder->texts, text,
                                     strlen(text), &fresh);
    rp_emit(producer, TRACE_EVENT_MARK, number, 0);
    rp_producer_leave(producer);
}

void rp_on_tag_push(const char *name) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL) {
        rp_tags_push_unseen(name);
        return;
    }
    rp_tags_push(producer, name);
    rp_producer_leave(producer);
}

void rp_on_tag_pop(void) {
    struct rp_producer *producer = enter_other();

    if (producer == NULL) {
        rp_tags_pop_unseen();
        return;
    }
    rp_tags_pop(producer);
    rp_producer_leave(producer);
}

void rp_on_heap_name(uint32_t heap, const char *name) {
    struct rp_producer *producer = enter_other();
    uint32_t number = 0;
    bool fresh;

    if (producer == NULL)
        return;
    if (name != NULL)
        number = rp_intern_text(producer->thread->recorder->texts, name,
                                strlen(name), &fresh);
    rp_emit_more(producer, TRACE_EVENT_HEAP_NAME, heap, 0, number, 0, 0);
    rp_producer_leave(producer);
}
