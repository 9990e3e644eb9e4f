// idle.c - fulfils idle.h.
#include "core/thread/idle.h"

#include "core/heap/cache.h"
#include "core/heap/collect.h"
#include "core/heap/notify.h"
#include "core/heap/retire.h"
#include "core/thread/registry.h"

enum { EMPTY_TRIES = 8 }; // idle heaps to look at for one without blocks

void rp_idle_give_up(struct heap *heap) {
    for (;;) {
        rp_registry_give(heap);
        // Who pushed before we gave the heap found it taken, and left the
        // collecting to us. Either our look sees that push, or that thread's
        // push comes after our look and then sees that the heap is idle.
        if (notify_is_empty_for_good(heap) || !rp_registry_try_take(heap))
            return;
        rp_heap_collect(heap);
        rp_cache_trim(heap, IDLE_SPANS);
    }
}

void rp_idle_collect(struct heap *heap, uint32_t class_index) {
    if (!rp_registry_try_take(heap))
        return;
    rp_heap_collect(heap);
    if (class_index < CLASS_COUNT)
        rp_heap_retire_class(heap, class_index);
    rp_cache_trim(heap, 0);
    rp_idle_give_up(heap);
}

void rp_idle_retire_all(void) {
    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        struct heap *heap = rp_registry_heap(i);
        if (heap == NULL || !rp_registry_try_take(heap))
            continue;
        rp_heap_retire_pages(heap);
        rp_idle_give_up(heap);
    }
}

struct heap *rp_idle_take_empty(void) {
    struct heap *heap = NULL;
    struct heap *others[EMPTY_TRIES];
    unsigned count = 0;

    while (count < EMPTY_TRIES && (heap = rp_registry_take_idle()) != NULL &&
           !rp_heap_is_empty(heap)) {
        others[count++] = heap;
        heap = NULL;
    }
    while (count > 0)
        rp_idle_give_up(others[--count]);
    return heap != NULL ? heap : rp_registry_create();
}
