// registry.c - the numbers of heaps and the stack of idle ones.
#include "core/thread/registry.h"

#include "core/heap/retire.h"
#include "core/hook.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/directory.h"
#include "core/os/check.h"

enum { OWNED = 1, LISTED = 2 };

uint32_t rp_registry_most = DIRECTORY_ENTRIES;

// The first heap is static: a program with one thread asks for no bookkeeping.
static struct heap first_heap;
static struct directory directory; // of the others
static _Atomic(uint32_t) heap_count;
static _Atomic(uint32_t) epoch; // finalizes so far
static _Atomic(uint64_t) idle;  // tag * 2^32 + heap number + 1

uint32_t rp_registry_count(void) {
    return load_relaxed(&heap_count); // relaxed: a heap may be missing yet
}

struct heap *rp_registry_heap(uint32_t number) {
    return number == 0 ? &first_heap : directory_get(&directory, number);
}

// A number that is below the limit; 0: there is none left.
static int number_take(uint32_t *number) {
    *number = load_relaxed(&heap_count); // relaxed: a guess, the CAS checks

    while (*number < rp_registry_most)
        if (cas_relaxed(&heap_count, number, *number + 1)) // relaxed: it alone
            return 1;
    return 0;
}

struct heap *rp_registry_create(void) {
    // relaxed: the number alone is needed.
    uint32_t number = load_relaxed(&heap_count);
    struct heap *heap = &first_heap;

    // The first heap goes to whoever raises the count from 0.
    // relaxed: the number alone is needed.
    if (number != 0 || !cas_strong_relaxed(&heap_count, &number, 1)) {
        heap = number < rp_registry_most ? rp_bookkeeping_alloc(sizeof *heap)
                                         : NULL;
        if (heap == NULL || !number_take(&number))
            return NULL;
    }
    heap->number = number;
    heap->pages = (struct page_map_hint)PAGE_MAP_NO_HINT;
    heap_hears_wish(heap);              // none of the past
    store_relaxed(&heap->state, OWNED); // relaxed: nobody knows it yet
    if (number != 0 && rp_directory_fill(&directory, number, heap) == NULL)
        return NULL;
    rp_on_heap_create(number);
    return heap;
}

static void idle_push(struct heap *heap) {
    uint64_t head = load_relaxed(&idle); // relaxed: a guess, the CAS checks

    do {
        // relaxed: a popper that reads a stale value fails its CAS.
        store_relaxed(&heap->idle_next, (uint32_t)head);
        // release [idle]: idle_next
    } while (!cas_acq_rel(&idle, &head,
                          (head & ~(uint64_t)UINT32_MAX) | (heap->number + 1)));
}

static struct heap *idle_pop(void) {
    // acquire [idle]: idle_next
    uint64_t head = load_acquire(&idle);

    for (;;) {
        struct heap *heap =
            (uint32_t)head != 0 ? rp_registry_heap((uint32_t)head - 1) : NULL;
        if (heap == NULL)
            return NULL;
        // relaxed: acquired with the head; stale only if the CAS fails.
        uint64_t next = load_relaxed(&heap->idle_next);
        uint64_t tag = (head >> 32) + 1;
        // acquire [idle]: idle_next of the next head
        if (cas_acq_rel(&idle, &head, tag << 32 | next))
            return heap;
    }
}

int rp_registry_try_take(struct heap *heap) {
    uint32_t state = LISTED;

    // acquire [heap state]: all that the former owner did.
    return cas_strong_acq_rel(&heap->state, &state, OWNED | LISTED);
}

struct heap *rp_registry_take_idle(void) {
    struct heap *heap;

    while ((heap = idle_pop()) != NULL) {
        uint32_t state = load_relaxed(&heap->state); // relaxed: a guess
        uint32_t wanted;
        do {
            CHECK((state & LISTED) != 0);
            wanted = OWNED; // an idle one is ours, a stale one its owner's
            // acquire [heap state]: all that the former owner did.
        } while (!cas_acq_rel(&heap->state, &state, wanted));
        if ((state & OWNED) == 0) {
            rp_on_heap_adopt(heap->number);
            return heap;
        }
    }
    return NULL;
}

uint64_t rp_registry_ticket(const struct heap *heap) {
    uint64_t now = load_relaxed(&epoch); // relaxed: finalize is not concurrent

    return now << 32 | (heap->number + 1);
}

int rp_registry_is_current(uint64_t ticket) {
    return ticket >> 32 == load_relaxed(&epoch); // relaxed: as above
}

// The idle heap that the ticket stands for, ours now, or NULL.
static struct heap *ticket_redeem(uint64_t ticket) {
    if ((uint32_t)ticket == 0 || !rp_registry_is_current(ticket))
        return NULL;
    struct heap *heap = rp_registry_heap((uint32_t)ticket - 1);
    return heap != NULL && rp_registry_try_take(heap) ? heap : NULL;
}

struct heap *rp_registry_take(uint64_t ticket) {
    struct heap *last = ticket_redeem(ticket);

    if (last != NULL) {
        rp_on_heap_adopt(last->number);
        return last;
    }

    struct heap *heap = rp_registry_take_idle();
    return heap != NULL ? heap : rp_registry_create();
}

void rp_registry_give(struct heap *heap) {
    uint32_t state = load_relaxed(&heap->state); // relaxed: a guess

    rp_on_heap_orphan(heap->number);
    // release [heap state]: all that we did with the heap.
    while (!cas_acq_rel(&heap->state, &state, LISTED))
        continue;
    CHECK((state & OWNED) != 0);
    if ((state & LISTED) == 0)
        idle_push(heap);
}

void rp_registry_finalize(void) {
    __builtin_memset(&first_heap, 0, sizeof first_heap);
    rp_directory_reset(&directory);
    // relaxed, all three: we are alone.
    store_relaxed(&heap_count, 0);
    store_relaxed(&idle, 0);
    add_relaxed(&epoch, 1);
}
