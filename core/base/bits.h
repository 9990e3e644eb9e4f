// bits.h - small arithmetic on words.
#ifndef RP_CORE_BASE_BITS_H
#define RP_CORE_BASE_BITS_H

#include <stddef.h>
#include <stdint.h>

#define RP_LIKELY(x) __builtin_expect(!!(x), 1)
#define RP_UNLIKELY(x) __builtin_expect(!!(x), 0)

// What the compiler knows of a variable beyond its value, it does not keep.
#define RP_FORGET(variable) __asm__("" : "+r"(variable))

// alignment: a power of two. May wrap to a small value near SIZE_MAX.
static inline size_t round_up(size_t value, size_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}
static inline size_t round_down(size_t value, size_t alignment) {
    return value & ~(alignment - 1);
}
static inline int is_power_of_two(size_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

// value: not 0.
static inline unsigned lowest_bit(uint64_t value) {
    return (unsigned)__builtin_ctzll(value);
}
static inline unsigned highest_bit(uint64_t value) {
    return 63u ^ (unsigned)__builtin_clzll(value);
}
static inline unsigned count_bits(uint64_t value) {
    return (unsigned)__builtin_popcountll(value);
}

// count bits from bit `first` on; count: 1..64, first + count: at most 64.
static inline uint64_t bit_run(unsigned first, unsigned count) {
    return (~UINT64_C(0) >> (64 - count)) << first;
}

// The place of the lowest `count` ones in a row in `word`, or -1.
// count: 1..64. Each step doubles the length that a surviving bit stands for.
static inline int find_bit_run(uint64_t word, unsigned count) {
    unsigned have = 1;

    while (have < count && word != 0) {
        unsigned step = have < count - have ? have : count - have;
        word &= word >> step;
        have += step;
    }
    return word != 0 ? (int)lowest_bit(word) : -1;
}

#endif
