// sequence.c - see sequence.h.
#include "tests/sequences/sequence.h"

#include "tests/core/random.h"
#include "tests/sequences/live.h"
#include "tests/sequences/source.h"

#include <errno.h>
#include <string.h>

struct sequence sequence;

// ---- the bytes ----

unsigned input_byte(void) {
    return sequence.at < sequence.end ? *sequence.at++ : 0;
}

unsigned input_pair(void) {
    unsigned low = input_byte();

    return low | input_byte() << 8;
}

size_t input_size(void) {
    enum { ENOUGH = 16 << 20 };
    unsigned kind = input_byte(), value = input_pair();
    size_t near = (kind >> 4) % 4;

    if (live_bytes > ENOUGH)
        return value % 8192;
    switch (kind % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
        return value % 1025;
    case 4:
    case 5:
    case 6:
        return value % 256;
    case 7:
        return value % 33 * 1024 + near;
    case 8:
    case 9:
    case 10:
        return value % 32769;
    case 11: // pages
        return (1 + value % 32) * 4096 - near;
    case 12:
        return (size_t)value * 8;
    case 13: // spans
        return (1 + value % 50) * 65536 - near;
    case 14:
        return (size_t)value * 64;
    default:
        return (size_t)value * 128;
    }
}

size_t input_alignment(void) {
    unsigned value = input_byte();

    return (size_t)1 << (value % 8 == 7 ? value / 8 % 22 : value % 13);
}

int input_live(void) {
    return live_nth(input_pair());
}

int input_empty(void) {
    return live_empty(input_pair());
}

// ---- the calls ----

static void (*const calls[])(void) = {
    call_malloc,       call_malloc,
    call_malloc,       call_many,
    call_many,         call_many,
    call_many,         call_calloc,
    call_calloc,       call_aligned,
    call_aligned,      call_posix_memalign,
    call_realloc,      call_realloc,
    call_realloc,      call_aligned_realloc,
    call_free,         call_free,
    call_free,         call_free_many,
    call_free_many,    call_free_many,
    call_rewrite,      call_wrong,
    call_should_move,  call_heap_acquire,
    call_heap_make,    call_heap_make,
    call_heap_many,    call_heap_many,
    call_heap_realloc, call_heap_realloc,
    call_heap_free,    call_heap_free_all,
    call_heap_release, call_other_actor,
    call_other_actor,  call_send,
    call_send_many,    call_send_many,
    call_take_in,      call_take_in,
    call_collect,      call_collect_all,
    call_reset,        call_initialize,
    call_end_thread,   call_visit,
    call_look,
};

static void begin_with_heap(void *context) {
    (void)context;
    rpmalloc_thread_initialize();
}

static void make_call(void *context) {
    (void)context;
    calls[input_byte() % (sizeof calls / sizeof *calls)]();
}

static struct rpmalloc_config input_config(void) {
    static const size_t kept[] = {0, 0, 0, RPMALLOC_NOTHING, 1 << 20};
    static const size_t most[] = {0, 0, 0, 2, 5, 20};
    struct rpmalloc_config config = {0};
    unsigned what = input_pair(), how = input_pair();
    enum source_kind kind = what % 2 == 0
                                ? SOURCE_SYSTEM
                                : (enum source_kind)(what / 2 % SOURCE_KINDS);

    config.thread_cache_bytes = kept[what / 8 % 5];
    config.global_cache_bytes = kept[what / 64 % 5];
    config.segment_bytes = what / 512 % 4 == 0 ? 256 << 10 : 0;
    config.purge = what / 2048 % 8 == 0 ? RPMALLOC_PURGE_NEVER : 0;
    config.huge_pages = (int)(what / 16384 % 4 % 3);
    config.name = "sequence";
    size_t calls_most = kind != SOURCE_SYSTEM ? most[how % 6] : 0;
    source_begin(kind, how / 8 % 256 * 16 % 4096, calls_most, &config);
    sequence.may_fail = calls_most != 0;
    sequence.is_paged = kind == SOURCE_SYSTEM;
    return config;
}

// The visits of each actor, innermost first.
static void end_visits(void *context) {
    (void)context;
    while (sequence.of[sequence.actor].visits > 0)
        rpmalloc_signal_end(&sequence.of[sequence.actor]
                                 .aside[--sequence.of[sequence.actor].visits]);
}

// After all calls: some programs free what they have, others do not.
static void end(int frees) {
    actors_wait();
    for (unsigned i = 0; i < ACTORS; ++i) {
        sequence.actor = i;
        if (sequence.of[i].visits > 0)
            actor_do(i, end_visits, NULL);
    }
    call_look();
    live_check_all();
    for (unsigned i = 0; frees && i < LIVE_PLACES; ++i)
        if (live_blocks[i].bytes != NULL)
            free_kept(live_taken(i).bytes);
    call_look();
}

static void finalize(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_finalize();
    rpmalloc_global_statistics(&now);
    LIVE_EXPECT(now.mapped == 0 && now.segments == 0 && now.bookkeeping == 0,
                "after finalize there is memory");
    LIVE_EXPECT(!rpmalloc_is_thread_initialized(),
                "after finalize the thread has a heap");
    source_end();
    truth_end();
    live_forget();
    sent_forget();
}

void sequence_run(const uint8_t *data, size_t size) {
    memset(&sequence, 0, sizeof sequence);
    sequence.at = data;
    sequence.end = data + size;
    live_step = 0;
    truth_begin();
    struct rpmalloc_config config = input_config();
    int frees = input_byte() % 2;
    errno = 0;
    if (rpmalloc_initialize_config(&config) != 0) {
        LIVE_EXPECT(sequence.may_fail && errno == ENOMEM,
                    "initialize failed without a reason");
        finalize();
        return;
    }
    sequence.of[0].is_started = 1;
    while (sequence.at < sequence.end) {
        ++live_step;
        unsigned actor = sequence.actor;
        if (!sequence.of[actor].is_started)
            actor_do(actor, begin_with_heap, NULL);
        sequence.of[actor].is_started = 1;
        actor_do(actor, make_call, NULL);
    }
    end(frees);
    finalize();
}

size_t sequence_draw(unsigned long long seed, uint8_t bytes[SEQUENCE_MOST]) {
    enum { LEAST = 50 };
    uint64_t random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    size_t size = LEAST + random_below(&random, SEQUENCE_MOST - LEAST);

    for (size_t i = 0; i < size; ++i)
        bytes[i] = (uint8_t)(random_next(&random) >> 40);
    return size;
}

void sequence_run_seeds(unsigned long long first, unsigned long long count) {
    uint8_t bytes[SEQUENCE_MOST];

    for (live_seed = first; live_seed < first + count; ++live_seed)
        sequence_run(bytes, sequence_draw(live_seed, bytes));
}
