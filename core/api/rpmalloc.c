// rpmalloc.c - the public functions.
#define RPMALLOC_TAGS 1 // for those who call them
#include "core/rpmalloc.h"

#include "core/api/entry.h"
#include "core/api/resize.h"
#include "core/heap/budget.h"
#include "core/heap/cache.h"
#include "core/heap/retire.h"
#include "core/hook.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/memory/surplus.h"
#include "core/os/os.h"
#include "core/span/header.h"
#include "core/span/huge_unit.h"
#include "core/span/purge.h"
#include "core/thread/registry.h"

#include <stdint.h>

// Of the config. Who takes it from NONE to BEING_WRITTEN writes it.
enum config_state { CONFIG_NONE, CONFIG_BEING_WRITTEN, CONFIG_READY };
static _Atomic(int) config_state;

// ---- the program, and each thread ----

// What a size in the config stands for.
static size_t size_or(size_t configured, size_t ordinary) {
    if (configured == RPMALLOC_NOTHING)
        return 0;
    return configured != 0 ? configured : ordinary;
}

// Who wants nothing to be kept has no huge pages, which keep what is near, but
// when that is asked for, too; and there are none in small segments.
static enum huge_unit_use huge_units_of(const struct rpmalloc_config *config,
                                        const struct segment_settings *segments,
                                        const struct surplus_settings *kept) {
    if (segments->most_spans < UNIT_SPANS ||
        config->huge_pages == RPMALLOC_HUGE_PAGES_NEVER)
        return HUGE_UNIT_NEVER;
    if (config->huge_pages != RPMALLOC_HUGE_PAGES_DEFAULT)
        return HUGE_UNIT_ALWAYS;
    return kept->keep_bytes == 0 ? HUGE_UNIT_NEVER : HUGE_UNIT_DEFAULT;
}

// Not strcmp: a signal handler knows our work by the code (malloc/signal.c).
static int is_word(const char *text, const char *word) {
    while (*text != 0 && *text == *word)
        ++text, ++word;
    return *text == *word;
}

// When the library is loaded: what a config leaves open.
static __attribute__((constructor)) void look_at_environment(void) {
    const char *wish = rp_os_environment("RPSCOPE_HUGE_PAGES");

    if (wish == NULL)
        return;
    if (is_word(wish, "always"))
        rp_huge_unit_wished = HUGE_UNIT_ALWAYS;
    else if (is_word(wish, "never"))
        rp_huge_unit_wished = HUGE_UNIT_NEVER;
}

static void configure(const struct rpmalloc_config *config) {
    struct segment_settings settings = SEGMENT_DEFAULTS;
    struct surplus_settings surplus = SURPLUS_DEFAULTS;
    size_t most = config->segment_bytes >> SPAN_SHIFT;

    if (most != 0 && most < settings.most_spans)
        settings.most_spans = (uint32_t)most;
    if (config->global_cache_bytes != 0) {
        surplus.keep_bytes = size_or(config->global_cache_bytes, 0);
        surplus.keep_part = 0;
        surplus.window_bytes = 0;
        surplus.window_of_embedder = 0;
    }
    rp_purge_is_forced = config->purge == RPMALLOC_PURGE_NEVER;
    rp_segment_settings = settings;
    rp_surplus_settings = surplus;
    rp_huge_unit_configured = huge_units_of(config, &settings, &surplus);
    rp_memory_configure(config);
    rp_cache_limit = size_or(config->thread_cache_bytes,
                             (size_t)CACHE_SPANS << SPAN_SHIFT) >>
                     SPAN_SHIFT;
    rp_budget_most =
        config->thread_cache_bytes == 0 ? BUDGET_SPANS : SIZE_MAX / 2;
}

int rpmalloc_initialize(void) {
    return rpmalloc_initialize_config(NULL);
}

// Whether the configuration stands: it did, or it does now. 0: another thread
// writes one at this moment.
static int config_settle(const struct rpmalloc_config *config) {
    int state = CONFIG_NONE;

    if (config == NULL) // nothing to be written
        return cas_strong_acq_rel(&config_state, &state, CONFIG_READY) ||
               state == CONFIG_READY;
    // acquire [config]: the configuration.
    if (!cas_strong_acq_rel(&config_state, &state, CONFIG_BEING_WRITTEN))
        return state == CONFIG_READY;
    // What is mapped must go back to where it came from.
    if (rp_memory_mapped() == 0)
        configure(config);
    // release [config]: the configuration.
    store_release(&config_state, CONFIG_READY);
    return 1;
}

static int refuse(enum rp_os_error error) {
    rp_os_set_errno(rp_os_errno_of(error));
    return -1;
}

int rpmalloc_initialize_config(const struct rpmalloc_config *config) {
    if (!rp_memory_config_is_whole(config))
        return refuse(RP_OS_BAD_ARGUMENT);
    if (!config_settle(config))
        return refuse(RP_OS_TRY_AGAIN);
    return rp_thread_attach() != NULL ? 0 : refuse(RP_OS_OUT_OF_MEMORY);
}

void rpmalloc_finalize(void) {
    rp_thread_detach();
    rp_segment_finalize();
    rp_purge_reset();
    rp_huge_memory_reset();
    rp_header_reset();
    rp_bookkeeping_finalize();
    rp_registry_finalize();
    rp_budget_reset();
    // After all heaps: the system may call the ends of threads here.
    rp_os_unwatch_threads();
    configure(&(struct rpmalloc_config){0});
    // release [config]: all of the above.
    store_release(&config_state, CONFIG_NONE);
}

void rpmalloc_thread_initialize(void) {
    rp_thread_attach();
}

void rpmalloc_thread_reset(void) {
    if (rp_thread_has_heap())
        rp_on_heap_reset(rp_thread_heap->number);
    rp_thread_detach();
}

void rpmalloc_thread_collect(void) {
    rp_alloc_make_room(rp_thread_has_heap() ? rp_thread_heap : &rp_no_heap);
}

void rpmalloc_collect_all(void) {
    rp_heap_retire_wish();
    if (rp_thread_has_heap())
        heap_hears_wish(rp_thread_heap);
    rpmalloc_thread_collect();
}

int rpmalloc_is_thread_initialized(void) {
    return rp_thread_has_heap();
}

void rpmalloc_signal_begin(struct rpmalloc_signal *aside) {
    rp_thread_visit_begin(aside);
}

void rpmalloc_signal_end(const struct rpmalloc_signal *aside) {
    rp_thread_visit_end(aside);
}

void rpmalloc_mark(const char *text) {
    if (text != NULL)
        rp_on_mark(text);
}

void rpmalloc_tag_push(const char *name) {
    if (name != NULL)
        rp_on_tag_push(name);
}

void rpmalloc_tag_pop(void) {
    rp_on_tag_pop();
}

void rpmalloc_record_start(void) {
    rp_on_wish(RP_WISH_START);
}

void rpmalloc_record_stop(void) {
    rp_on_wish(RP_WISH_STOP);
}

void rpmalloc_record_snapshot(void) {
    rp_on_wish(RP_WISH_SNAPSHOT);
}

// ---- blocks ----

static int alignment_is_bad(size_t alignment) {
    if (is_power_of_two(alignment))
        return 0;
    rp_os_set_errno(rp_os_errno_of(RP_OS_BAD_ARGUMENT));
    return 1;
}

void *rpmalloc(size_t size) {
    return block_malloc(size, rp_thread_heap);
}

void rpfree(void *block) {
    block_free(block);
}

void *rpcalloc(size_t count, size_t size) {
    if (rp_is_checked())
        return rp_checked_zeroed(rp_thread_heap, count, size);
    return rp_alloc_zeroed(rp_thread_heap, count, size);
}

void *rpaligned_alloc(size_t alignment, size_t size) {
    if (alignment_is_bad(alignment))
        return NULL;
    if (rp_is_checked())
        return rp_checked_alloc(rp_thread_heap,
                                &(struct rp_request){.size = size,
                                                     .alignment = alignment,
                                                     .kind = RP_ALLOC_ALIGNED});
    return rp_alloc_aligned(rp_thread_heap, alignment, size);
}

void *rpmemalign(size_t alignment, size_t size) {
    return rpaligned_alloc(alignment, size);
}

int rpposix_memalign(void **result, size_t alignment, size_t size) {
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
        return rp_os_errno_of(RP_OS_BAD_ARGUMENT);

    int saved = rp_os_errno();
    void *block = rpaligned_alloc(alignment, size);
    rp_os_set_errno(saved);
    if (block == NULL)
        return rp_os_errno_of(RP_OS_OUT_OF_MEMORY);
    *result = block;
    return 0;
}

size_t rpmalloc_usable_size(const void *block) {
    if (block == NULL)
        return 0;
    if (rp_is_checked())
        return rp_checked_usable_size(block);

    const struct span *span = span_of(block);
    rp_on_usable_size(span->number, span_block_index(span, block),
                      RP_IS_OBSERVED && span_is_foreign(span, rp_thread_heap));
    return block_usable(block);
}

void *rprealloc(void *block, size_t size) {
    void *resized =
        rp_is_checked() ? NULL : resize_small(rp_thread_heap, block, size);

    if (resized != NULL)
        return resized;
    return rpaligned_realloc(block, BLOCK_ALIGN, size, 0, 0);
}

void *rpaligned_realloc(void *block, size_t alignment, size_t size,
                        size_t old_size, unsigned flags) {
    if (alignment_is_bad(alignment))
        return NULL;

    size_t keep = old_size != 0 ? old_size : SIZE_MAX;
    if ((flags & RPMALLOC_NO_PRESERVE) != 0)
        keep = 0;
    if (rp_is_checked())
        return rp_checked_resized(rp_thread_heap, block, alignment, size, keep);
    return rp_alloc_resized(rp_thread_heap, block, alignment, size, keep);
}
