// hook_state.c - core's hooks of all but blocks: spans, memory, heaps, threads,
// and what the program says.
#include "core/hook.h"

#include "instrument/capture/control.h"
#include "instrument/capture/emit.h"
#include "instrument/capture/inherited.h"
#include "instrument/capture/setup.h"
#include "instrument/capture/tags.h"

#include <string.h>

// One event without a stack, from entering to leaving.
__attribute__((always_inline)) static inline void tell(unsigned type,
                                                       uint32_t a, uint32_t b,
                                                       uint64_t c0, uint64_t c1,
                                                       uint64_t c2) {
    struct rp_producer *producer = rp_enter_other();

    if (producer == NULL)
        return;
    rp_emit_more(producer, type, a, b, c0, c1, c2);
    rp_producer_leave(producer);
}

// ---- spans ----

static uint64_t pair(uint32_t low, uint32_t high) {
    return low | (uint64_t)high << 32;
}

void rp_on_span_acquire(uint32_t span, uint32_t count, uint32_t heap,
                        uint32_t class_index, enum rp_place from) {
    struct rp_producer *producer = rp_enter_other();

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
    struct rp_producer *producer = rp_enter_other();

    if (producer == NULL)
        return;
    if (producer->thread->ended)
        rp_enter_announce(producer);
    rp_producer_leave(producer);
}

void rp_on_thread_end(void) {
    struct rp_producer *producer = rp_enter_other();

    if (producer == NULL)
        return;
    rp_emit(producer, TRACE_EVENT_THREAD_END, rp_thread_id(producer->thread),
            0);
    if (!producer->thread->ended)
        // relaxed: a count that need not be exact
        add_relaxed(&producer->thread->recorder->left, 1);
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
    struct rp_producer *producer = rp_enter_block(false, RP_NO_HEAP, 0);
    if (producer == NULL)
        return;
    struct rp_recorder *recorder = producer->thread->recorder;
    rp_producer_leave(producer);
    rp_control_ask(recorder, kinds[wish]);
}

void rp_on_mark(const char *text) {
    struct rp_producer *producer = text != NULL ? rp_enter_other() : NULL;
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
    struct rp_producer *producer = rp_enter_other();

    if (producer == NULL) {
        rp_tags_push_unseen(name);
        return;
    }
    rp_tags_push(producer, name);
    rp_producer_leave(producer);
}

void rp_on_tag_pop(void) {
    struct rp_producer *producer = rp_enter_other();

    if (producer == NULL) {
        rp_tags_pop_unseen();
        return;
    }
    rp_tags_pop(producer);
    rp_producer_leave(producer);
}

void rp_on_heap_name(uint32_t heap, const char *name) {
    struct rp_producer *producer = rp_enter_other();
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
