// check_registry.c - heaps that threads give up, take back and adopt, and the
// blocks that come for one meanwhile.
#include "core/thread/registry.h"

#include "core/heap/cache.h"
#include "core/heap/collect.h"
#include "core/heap/notify.h"
#include "core/heap/retire.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/memory.h"
#include "core/os/os.h"
#include "core/thread/idle.h"
#include "tests/models/weak/program.h"

enum { HEAPS = 4 };

static unsigned work[HEAPS]; // of whoever has the heap, and of nobody else
static uint64_t ticket;
static struct span span;
static unsigned collected;

// What a heap does to be collected; its spans are others' (check_deferred.c).
void rp_heap_collect(struct heap *heap) {
    work[heap->number]++;
    for (struct span *s = notify_take(heap); s; s = s->notify_next)
        collected++;
}
void rp_cache_trim(struct heap *heap, size_t spans) {
    (void)spans;
    work[heap->number]++;
}
void rp_heap_retire_class(struct heap *heap, uint32_t class_index) {
    (void)class_index;
    work[heap->number]++;
}
void rp_heap_retire_pages(struct heap *heap) {
    work[heap->number]++;
}
int rp_heap_is_empty(const struct heap *heap) {
    return work[heap->number] != 0;
}

// Memory comes from the system anew in each execution.
enum { REGIONS = 3, REGION_BYTES = 128 << 10 };
static _Alignas(4096) char regions[REGIONS][REGION_BYTES];
static unsigned mapped;
void *rp_memory_map(size_t bytes, size_t alignment) {
    (void)alignment;
    WEAK_EXPECT(mapped < REGIONS && bytes == REGION_BYTES);
    __builtin_memset(regions[mapped], 0, bytes);
    return regions[mapped++];
}
void rp_memory_unmap(void *memory, size_t bytes) {
    (void)memory, (void)bytes;
}
int rp_memory_is_paged(void) {
    return 1;
}
size_t rp_os_page_bytes(void) {
    return 4096;
}
_Atomic(uint32_t) rp_heap_retire_wishes;

static void begin(void) {
    rp_bookkeeping_finalize();
    rp_registry_finalize();
    mapped = collected = 0;
    __builtin_memset(work, 0, sizeof work);
    ticket = 0;
}

// What only the one who has the heap may do.
static void use(struct heap *heap) {
    work[heap->number]++;
}

static void use_one(void) {
    struct heap *heap = rp_registry_take(0);

    use(heap);
    rp_registry_give(heap);
}

// ---- heaps of threads that end, and of threads that begin ----

static void begin_with_one_idle(void) {
    begin();
    use_one();
}
static void all_are_idle_once(void) {
    unsigned count = 0;

    while (rp_registry_take_idle())
        count++;
    WEAK_EXPECT(count == rp_registry_count());
}

// ---- a thread that gives its heap up and takes it back ----

static void begin_with_ticket(void) {
    begin();
    struct heap *heap = rp_registry_create();
    ticket = rp_registry_ticket(heap);
    rp_registry_give(heap);
}
static void take_back(void) {
    struct heap *heap = rp_registry_take(ticket);

    use(heap);
    rp_registry_give(heap);
}

// ---- two that are given, one after the other ----

static struct heap *first, *second;

static void begin_with_two(void) {
    begin();
    first = rp_registry_create();
    second = rp_registry_create();
}
static void give_both(void) {
    rp_registry_give(first);
    rp_registry_give(second);
}

// ---- two that make the first heaps; and one that looks for heaps ----

static void begin_with_none(void) {
    begin();
    first = second = NULL;
}
static void make_first(void) {
    first = rp_registry_create();
}
static void make_second(void) {
    second = rp_registry_create();
    use(second);
    rp_registry_give(second);
}
static void both_are_known(void) {
    WEAK_EXPECT(first != second && rp_registry_count() == 2);
    WEAK_EXPECT(rp_registry_heap(first->number) == first);
    WEAK_EXPECT(rp_registry_heap(second->number) == second);
}
static void take_all(void) {
    for (uint32_t i = 0; i < rp_registry_count(); i++) {
        struct heap *heap = rp_registry_heap(i);
        if (heap && rp_registry_try_take(heap)) { // it may be missing yet
            use(heap);
            rp_registry_give(heap);
        }
    }
}

// ---- a block comes for a heap that is given up ----

static struct heap *leaver;
static void begin_with_owner(void) {
    begin();
    leaver = rp_registry_create();
}
static void give_up(void) {
    use(leaver);
    rp_idle_give_up(leaver);
}
static void bring(void) {
    notify_push(leaver, &span);
    rp_idle_collect(leaver, CLASS_COUNT);
}
static void it_was_collected(void) {
    WEAK_EXPECT(collected == 1);
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"adopting",
         begin_with_one_idle,
         {use_one, use_one},
         all_are_idle_once},
        {"taking_back",
         begin_with_ticket,
         {take_back, use_one},
         all_are_idle_once},
        {"giving_two", begin_with_two, {give_both, use_one}, all_are_idle_once},
        {"making", begin_with_none, {make_first, make_second}, both_are_known},
        {"looking",
         begin_with_one_idle,
         {make_second, take_all},
         all_are_idle_once},
        {"giving_up", begin_with_owner, {give_up, bring}, it_was_collected},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
