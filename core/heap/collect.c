// collect.c - fulfils collect.h.
#include "core/heap/collect.h"

#include "core/heap/large_list.h"
#include "core/heap/medium.h"
#include "core/heap/notify.h"
#include "core/heap/span.h"
#include "core/hook.h"
#include "core/os/check.h"
#include "core/span/deferred.h"

static void span_collect(struct heap *heap, struct span *span) {
    uint32_t head = deferred_take(span);
    uint32_t count = deferred_count(head);
    struct block *first = deferred_first(span, head);

    if (deferred_place(head) == DEFERRED_LEAVING)
        return;
    if ((span_flags(span) & (SPAN_LARGE | SPAN_HUGE)) != 0) {
        rp_on_deferred_collect(span->number, heap->number, count);
        rp_large_list_free(heap, span);
        return;
    }

    CHECK(count > 0 && count <= span_used(span));
    rp_on_deferred_collect(span->number, heap->number, count);
    if (deferred_place(head) == DEFERRED_GONE) {
        // As before the first block was carved.
        span->carved = 0;
        rp_sparse_tell_back(span);
    } else if (span->free != NULL) {
        struct block *last = first;
        while (last->next != NULL)
            last = last->next;
        last->next = span->free;
    }
    span->free = first;
    uint32_t used = span_used(span) - count;
    span->floor = span->floor < used ? span->floor : used;
    span->used = used - span->floor;
    medium_back(heap, span->class_index, count);
    rp_heap_span_settle(heap, span);
}

void rp_heap_collect(struct heap *heap) {
    struct span *span = notify_take(heap);

    notify_seen(heap);
    while (span != NULL) {
        // Before the span's stack is empty, for then it may be pushed again.
        struct span *next = span->notify_next;
        span_collect(heap, span);
        span = next;
    }
}
