// runtime.c - what the compiler calls for each access, with -fsanitize=thread.
#pragma GCC diagnostic ignored "-Wmissing-prototypes" // the compiler has them
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/models/weak/memory.h"
#include "tests/models/weak/orders.h"
#include "tests/models/weak/races.h"
#include "tests/models/weak/threads.h"

enum { IGNORED = 24 };

static const void *ignored[IGNORED];
static unsigned ignored_count;

void weak_ignore(const void *atomic) {
    for (unsigned i = 0; i < ignored_count; i++)
        if (ignored[i] == atomic)
            return;
    if (ignored_count == IGNORED)
        abort();
    ignored[ignored_count++] = atomic;
}

// Whether the operation is to be done as on ordinary memory.
static bool is_plain(const void *address) {
    for (unsigned i = 0; i < ignored_count; i++)
        if (ignored[i] == address)
            return true;
    return false;
}

// The stacks of the threads are their own.
static bool is_own(const void *address) {
    const char *frame = __builtin_frame_address(0);
    const char *at = address;
    return at > frame && at < frame + 4096;
}

static void plain(const void *address, unsigned bytes, bool is_write) {
    if (is_own(address))
        return;
    weak_access(weak_thread(), address, bytes,
                is_write ? WEAK_WRITE : WEAK_READ);
    if (is_write)
        weak_memory_forget(address, bytes);
}

// The names are the compiler's.
#define PLAIN(bytes)                                                           \
    void __tsan_read##bytes(void *address) {                                   \
        plain(address, bytes, false);                                          \
    }                                                                          \
    void __tsan_write##bytes(void *address) {                                  \
        plain(address, bytes, true);                                           \
    }                                                                          \
    void __tsan_unaligned_read##bytes(void *address) {                         \
        plain(address, bytes, false);                                          \
    }                                                                          \
    void __tsan_unaligned_write##bytes(void *address) {                        \
        plain(address, bytes, true);                                           \
    }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *address, size_t bytes) {
    plain(address, (unsigned)bytes, false);
}

void __tsan_write_range(void *address, size_t bytes) {
    plain(address, (unsigned)bytes, true);
}

void __tsan_init(void) {}

void __tsan_atomic_signal_fence(int order) {
    (void)order;
}

static uint64_t set(uint64_t old, uint64_t operand) {
    (void)old;
    return operand;
}
static uint64_t add(uint64_t old, uint64_t operand) {
    return old + operand;
}
static uint64_t sub(uint64_t old, uint64_t operand) {
    return old - operand;
}
static uint64_t and_with(uint64_t old, uint64_t operand) {
    return old & operand;
}
static uint64_t or_with(uint64_t old, uint64_t operand) {
    return old | operand;
}

#define CODE __builtin_return_address(0)

#define UPDATE(bits, name, change)                                             \
    uint##bits##_t __tsan_atomic##bits##_##name(                               \
        volatile void *where, uint##bits##_t operand, int order) {             \
        uint##bits##_t *address = (void *)(uintptr_t)where;                    \
        unsigned bytes = bits / 8;                                             \
        if (is_plain(address)) {                                               \
            uint##bits##_t old = *address;                                     \
            *address = (uint##bits##_t)change(old, operand);                   \
            return old;                                                        \
        }                                                                      \
        unsigned halves = weak_order(CODE, order);                             \
        weak_thread_stop(address, false);                                      \
        return (uint##bits##_t)weak_update(weak_thread(), address, bytes,      \
                                           change, operand, halves);           \
    }

#define EXCHANGE_IF(bits, name)                                                \
    int __tsan_atomic##bits##_##name(volatile void *where, void *expected,     \
                                     uint##bits##_t value, int order,          \
                                     int failure) {                            \
        uint##bits##_t *address = (void *)(uintptr_t)where, *old = expected;   \
        uint64_t read = *old;                                                  \
        unsigned halves = weak_order(CODE, order);                             \
        /* What it reads is acquired or not, whether it succeeds or fails. */  \
        unsigned failed = failure == memory_order_relaxed ? 0 : halves & 1;    \
        weak_thread_stop(address, false);                                      \
        bool done = weak_exchange_if(weak_thread(), address, bits / 8, &read,  \
                                     value, halves, failed);                   \
        *old = (uint##bits##_t)read;                                           \
        return done;                                                           \
    }

#define ATOMIC(bits)                                                           \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile void *where,      \
                                              int order) {                     \
        const uint##bits##_t *address = (const void *)(uintptr_t)where;        \
        if (is_plain(address))                                                 \
            return *address;                                                   \
        unsigned halves = weak_order(CODE, order);                             \
        weak_thread_stop(address, true);                                       \
        return (uint##bits##_t)weak_load(weak_thread(), address, bits / 8,     \
                                         halves);                              \
    }                                                                          \
    void __tsan_atomic##bits##_store(volatile void *where,                     \
                                     uint##bits##_t value, int order) {        \
        uint##bits##_t *address = (void *)(uintptr_t)where;                    \
        if (is_plain(address)) {                                               \
            *address = value;                                                  \
            return;                                                            \
        }                                                                      \
        unsigned halves = weak_order(CODE, order);                             \
        weak_thread_stop(address, false);                                      \
        weak_store(weak_thread(), address, bits / 8, value, halves);           \
    }                                                                          \
    UPDATE(bits, exchange, set)                                                \
    UPDATE(bits, fetch_add, add)                                               \
    UPDATE(bits, fetch_sub, sub)                                               \
    UPDATE(bits, fetch_and, and_with)                                          \
    UPDATE(bits, fetch_or, or_with)                                            \
    EXCHANGE_IF(bits, compare_exchange_strong)                                 \
    EXCHANGE_IF(bits, compare_exchange_weak)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
