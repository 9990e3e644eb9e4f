// thread.c - a thread gets a heap and gives it back.
#include "core/thread/thread.h"

#include "core/heap/cache.h"
#include "core/heap/collect.h"
#include "core/heap/notify.h"
#include "core/heap/retire.h"
#include "core/hook.h"
#include "core/os/os.h"
#include "core/thread/foreign.h"
#include "core/thread/idle.h"
#include "core/thread/registry.h"

_Thread_local struct heap *rp_thread_heap = &rp_no_heap;
static _Thread_local uint64_t thread_ticket
    __attribute__((tls_model("initial-exec")));
static _Thread_local uint32_t frees_without_heap
    __attribute__((tls_model("initial-exec")));

int rp_thread_has_heap(void) {
    if (!rp_registry_is_current(thread_ticket))
        rp_thread_heap = &rp_no_heap;
    return rp_thread_heap != &rp_no_heap;
}

// A thread that ends may have been one of many that come no more: its heap
// keeps no empty span. A reset keeps some, for the next job.
static void thread_exit(void) {
    if (rp_thread_has_heap()) {
        rp_foreign_flush(rp_thread_heap);
        rp_heap_retire(rp_thread_heap);
    }
    rp_thread_detach();
}

struct heap *rp_thread_attach(void) {
    if (rp_thread_has_heap())
        return rp_thread_heap;

    struct heap *heap = rp_registry_take(thread_ticket);
    if (heap == NULL)
        return NULL;
    if (rp_thread_has_heap()) {
        // An embedder that was asked for memory has allocated meanwhile.
        rp_idle_give_up(heap);
        return rp_thread_heap;
    }
    rp_thread_heap = heap;
    thread_ticket = rp_registry_ticket(heap);
    rp_os_watch_thread(thread_exit);
    rp_on_thread_start();
    return heap;
}

struct heap *rp_thread_heap_for_frees(void) {
    struct heap *heap = NULL;

    if (thread_ticket == 0 && ++frees_without_heap > FREES_WITHOUT_HEAP)
        heap = rp_thread_attach();
    return heap != NULL ? heap : &rp_no_heap;
}

// Puts a heap of ours in order, to be given up.
static void heap_tidy(struct heap *heap) {
    rp_foreign_flush(heap);
    if (notify_has_any(heap))
        rp_heap_collect(heap);
    rp_cache_trim(heap, IDLE_SPANS);
}

void rp_thread_detach(void) {
    struct heap *heap = rp_thread_heap;

    if (!rp_thread_has_heap())
        return;
    heap_tidy(heap);
    rp_thread_heap = &rp_no_heap;
    rp_on_thread_end();
    rp_idle_give_up(heap);
}

void rp_thread_visit_begin(struct rpmalloc_signal *aside) {
    aside->heap = rp_thread_heap;
    aside->ticket = thread_ticket;
    struct heap *heap = rp_registry_take(0);
    rp_thread_heap = heap != NULL ? heap : &rp_no_heap;
    thread_ticket = heap != NULL ? rp_registry_ticket(heap) : 0;
}

void rp_thread_visit_end(const struct rpmalloc_signal *aside) {
    struct heap *heap = rp_thread_heap;

    if (rp_thread_has_heap()) {
        heap_tidy(heap);
        rp_idle_give_up(heap);
    }
    rp_thread_heap = aside->heap;
    thread_ticket = aside->ticket;
}
