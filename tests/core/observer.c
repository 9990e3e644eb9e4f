// observer.c - see observer.h.
#include "tests/core/observer.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "tests/core/model.h"

#include <string.h>

struct observed observed[OBSERVED_MAX];
static _Atomic(size_t) calls; // may go past OBSERVED_MAX

void observer_clear(void) {
    store_relaxed(&calls, 0);
}

size_t observer_total(void) {
    size_t total = load_relaxed(&calls);
    return total < OBSERVED_MAX ? total : OBSERVED_MAX;
}

size_t observer_count(const char *hook) {
    size_t count = 0;
    for (size_t i = 0; i < observer_total(); i++)
        count += strcmp(observed[i].hook, hook) == 0;
    return count;
}

const struct observed *observer_last(const char *hook) {
    for (size_t i = observer_total(); i-- > 0;)
        if (strcmp(observed[i].hook, hook) == 0)
            return &observed[i];
    return NULL;
}

static void tell(const char *hook, struct observed call) {
    call.hook = hook;
    // relaxed: the number alone decides who writes where.
    size_t at = load_relaxed(&calls) < OBSERVED_MAX ? add_relaxed(&calls, 1)
                                                    : OBSERVED_MAX;
    if (at < OBSERVED_MAX)
        observed[at] = call;
}

#define TELL(hook, ...) tell(hook, (struct observed){.values = {__VA_ARGS__}})

struct rp_hearing rp_hearing;
_Atomic(_Bool) rp_check_flag;

// ---- checks: no more than the least of them ----

struct header {
    void *block;
    size_t size;
};

void observer_check(void) {
    store_relaxed(&rp_check_flag, 1); // relaxed: there is one thread
}

int rp_check_settle(void) {
    return 1;
}
_Atomic size_t rp_check_around = RP_UNSAID;
size_t rp_check_plan_anew(const struct rp_request *request, void **ready) {
    size_t bytes;

    (void)ready;
    return __builtin_add_overflow(request->size,
                                  sizeof(struct header) + request->alignment,
                                  &bytes)
               ? SIZE_MAX
               : bytes;
}
int rp_check_has(const void *pointer) {
    (void)pointer;
    return 1;
}
void *rp_check_made(const struct rp_request *request,
                    const struct rp_place_of_block *place) {
    size_t alignment = request->alignment > 16 ? request->alignment : 16;
    uintptr_t pointer =
        round_up((uintptr_t)place->block + sizeof(struct header), alignment);

    ((struct header *)pointer)[-1] =
        (struct header){place->block, request->size};
    return (void *)pointer;
}
void *rp_check_made_again(void *block, size_t size, enum rp_family family,
                          uint32_t span, uint32_t bytes, uint32_t heap) {
    (void)span, (void)bytes, (void)heap;
    return rp_checked_made_anew(block, size, family);
}
void *rp_check_give(void *pointer, const struct rp_return *how) {
    (void)how;
    return ((struct header *)pointer)[-1].block;
}
void *rp_check_rest(void) {
    return NULL;
}
size_t rp_check_size(const void *pointer, const char *call) {
    (void)call;
    return ((const struct header *)pointer)[-1].size;
}
int rp_check_fault(const void *address, const void *context) {
    (void)address, (void)context;
    return 0;
}
int rp_checks_spans(void) {
    return 0;
}
int rp_check_span(const struct rp_place_of_block *place) {
    (void)place;
    return 1;
}
void rp_check_no_alloc(int more) {
    (void)more;
}
const char *rp_check_ask(const char *checks) {
    (void)checks;
    return NULL;
}
int rp_check_leaks(void) {
    return 0;
}
void rp_check_heap_end(uint32_t heap) {
    TELL("heap_end", heap);
}
void *rp_check_heap_rest(uint32_t heap) {
    (void)heap;
    return NULL;
}

// ---- events ----

void rp_on_alloc(uint32_t span, uint32_t block, size_t wanted,
                 enum rp_alloc_kind kind, size_t alignment) {
    model_alloc(span, block);
    TELL("alloc", span, block, wanted, kind, alignment);
}
void rp_on_free(uint32_t span, uint32_t block, int deferred) {
    model_free(span, block, deferred);
    TELL("free", span, block, (uint64_t)deferred);
}
void *rp_on_malloc(size_t wanted, uint32_t span, uint32_t block,
                   void *pointer) {
    if (rp_is_checked())
        return rp_checked_instead(wanted, pointer);
    rp_on_alloc(span, block, wanted, RP_ALLOC_MALLOC, 0);
    return pointer;
}
void rp_on_own_free(uint32_t span, uint32_t block) {
    rp_on_free(span, block, 0);
}
void rp_on_resize(uint32_t span, uint32_t block, size_t wanted, int foreign) {
    model_touch(span, block);
    TELL("resize", span, block, wanted, (uint64_t)foreign);
}
void rp_on_usable_size(uint32_t span, uint32_t block, int foreign) {
    model_touch(span, block);
    TELL("usable_size", span, block, (uint64_t)foreign);
}
void rp_on_span_acquire(uint32_t span, uint32_t count, uint32_t heap,
                        uint32_t class_index, enum rp_place from) {
    model_span_acquire(span, count, heap, class_index);
    TELL("span_acquire", span, count, heap, class_index, from);
}
void rp_on_span_state(uint32_t span, enum rp_span_state state) {
    TELL("span_state", span, state);
}
void rp_on_span_release(uint32_t span, uint32_t count, uint32_t heap,
                        enum rp_place to) {
    model_span_release(span, count);
    TELL("span_release", span, count, heap, to);
}
void rp_on_span_transfer(uint32_t span, uint32_t count, uint32_t heap,
                         enum rp_place from, enum rp_place to) {
    model_span_transfer(span, count);
    TELL("span_transfer", span, count, heap, from, to);
}
void rp_on_deferred_push(uint32_t span, uint32_t count) {
    TELL("deferred_push", span, count);
}
void rp_on_deferred_collect(uint32_t span, uint32_t heap, uint32_t count) {
    model_deferred_collect(span, heap, count);
    TELL("deferred_collect", span, heap, count);
}
void rp_on_segment_map(uint32_t segment, const void *address, size_t bytes,
                       const void *first_span, uint32_t spans) {
    model_segment_map(segment, bytes, spans);
    TELL("segment_map", segment, (uintptr_t)address, bytes,
         (uintptr_t)first_span, spans);
}
void rp_on_segment_unmap(uint32_t segment) {
    model_segment_unmap(segment);
    TELL("segment_unmap", segment);
}
void rp_on_span_decommit(uint32_t span, size_t offset, size_t bytes) {
    model_pages(span, offset, bytes, 1);
    TELL("span_decommit", span, offset, bytes);
}
void rp_on_span_commit(uint32_t span, size_t offset, size_t bytes) {
    model_pages(span, offset, bytes, 0);
    TELL("span_commit", span, offset, bytes);
}
void rp_on_huge_map(uint32_t span, const void *address, size_t bytes) {
    model_huge_map(span, bytes);
    TELL("huge_map", span, (uintptr_t)address, bytes);
}
void rp_on_huge_unmap(uint32_t span) {
    model_huge_unmap(span);
    TELL("huge_unmap", span);
}
void rp_on_bookkeeping_map(const void *address, size_t bytes) {
    model_bookkeeping(bytes, 1);
    TELL("bookkeeping_map", (uintptr_t)address, bytes);
}
void rp_on_bookkeeping_unmap(const void *address, size_t bytes) {
    model_bookkeeping(bytes, 0);
    TELL("bookkeeping_unmap", (uintptr_t)address, bytes);
}
void rp_on_heap_create(uint32_t heap) {
    TELL("heap_create", heap);
}
void rp_on_heap_adopt(uint32_t heap) {
    TELL("heap_adopt", heap);
}
void rp_on_heap_reset(uint32_t heap) {
    TELL("heap_reset", heap);
}
void rp_on_heap_orphan(uint32_t heap) {
    TELL("heap_orphan", heap);
}
void rp_on_thread_start(void) {
    TELL("thread_start", 0);
}
void rp_on_thread_end(void) {
    TELL("thread_end", 0);
}
void rp_on_wish(enum rp_wish wish) {
    (void)wish;
}

void rp_on_introduce(const char *who) {
    (void)who; // before any test
}

void rp_on_mark(const char *text) {
    TELL("mark", (uintptr_t)text);
}

void rp_on_tag_push(const char *name) {
    TELL("tag_push", (uintptr_t)name);
}
void rp_on_tag_pop(void) {
    TELL("tag_pop", 0);
}
void rp_on_heap_name(uint32_t heap, const char *name) {
    (void)name;
    TELL("heap_name", heap);
}
