// atomic.h - every atomic operation of the project, with its order in its name.
//
// Thin names over <stdatomic.h>. seq_cst has no name here: nothing needs it.
// A cas_ is weak, it may fail without reason and is meant for loops; on
// failure it loads the present value into *expected with the order relaxed
// (acquire, where the name has acq). A cas_strong_ fails only for a reason.
#ifndef RP_CORE_BASE_ATOMIC_H
#define RP_CORE_BASE_ATOMIC_H

#include <stdatomic.h>

#define load_relaxed(p) atomic_load_explicit(p, memory_order_relaxed)
#define load_acquire(p) atomic_load_explicit(p, memory_order_acquire)

#define store_relaxed(p, v) atomic_store_explicit(p, v, memory_order_relaxed)
#define store_release(p, v) atomic_store_explicit(p, v, memory_order_release)

#define swap_relaxed(p, v) atomic_exchange_explicit(p, v, memory_order_relaxed)
#define swap_acquire(p, v) atomic_exchange_explicit(p, v, memory_order_acquire)
#define swap_release(p, v) atomic_exchange_explicit(p, v, memory_order_release)
#define swap_acq_rel(p, v) atomic_exchange_explicit(p, v, memory_order_acq_rel)

#define cas_relaxed(p, expected, v)                                            \
    atomic_compare_exchange_weak_explicit(                                     \
        p, expected, v, memory_order_relaxed, memory_order_relaxed)
#define cas_acquire(p, expected, v)                                            \
    atomic_compare_exchange_weak_explicit(                                     \
        p, expected, v, memory_order_acquire, memory_order_acquire)
#define cas_release(p, expected, v)                                            \
    atomic_compare_exchange_weak_explicit(                                     \
        p, expected, v, memory_order_release, memory_order_relaxed)
#define cas_acq_rel(p, expected, v)                                            \
    atomic_compare_exchange_weak_explicit(                                     \
        p, expected, v, memory_order_acq_rel, memory_order_acquire)
#define cas_strong_relaxed(p, expected, v)                                     \
    atomic_compare_exchange_strong_explicit(                                   \
        p, expected, v, memory_order_relaxed, memory_order_relaxed)
#define cas_strong_acq_rel(p, expected, v)                                     \
    atomic_compare_exchange_strong_explicit(                                   \
        p, expected, v, memory_order_acq_rel, memory_order_acquire)

#define add_relaxed(p, v) atomic_fetch_add_explicit(p, v, memory_order_relaxed)
#define add_acq_rel(p, v) atomic_fetch_add_explicit(p, v, memory_order_acq_rel)
#define sub_relaxed(p, v) atomic_fetch_sub_explicit(p, v, memory_order_relaxed)

#define and_relaxed(p, v) atomic_fetch_and_explicit(p, v, memory_order_relaxed)
#define and_acq_rel(p, v) atomic_fetch_and_explicit(p, v, memory_order_acq_rel)
#define or_relaxed(p, v) atomic_fetch_or_explicit(p, v, memory_order_relaxed)
#define or_release(p, v) atomic_fetch_or_explicit(p, v, memory_order_release)
#define or_acq_rel(p, v) atomic_fetch_or_explicit(p, v, memory_order_acq_rel)

// Whether a flag is set, by a relaxed load. Compilers keep an atomic load apart
// from the comparison; with it, the branch takes two instructions.
static inline int is_set_relaxed(const _Atomic _Bool *flag) {
#if defined(__x86_64__)
    int is_set;

    __asm__("cmpb $0, %1" : "=@ccne"(is_set) : "m"(*flag));
    return is_set;
#else
    return load_relaxed(flag); // relaxed: as its name says
#endif
}

// Between a thread and the signal handlers that run on it.
#define fence_signal() atomic_signal_fence(memory_order_acq_rel)

#endif
