// sampler.c - see sampler.h.
#include "instrument/stack/sampler.h"

#include "instrument/os/system.h"

enum { FRACTION_BITS = 32 };

// -log2((random + 1) / 2^64), with 32 bits behind the point.
static uint64_t minus_log2(uint64_t random) {
    uint64_t mantissa = random + 1; // 2^64 wraps to 0
    uint64_t fraction = 0;

    if (mantissa == 0)
        return 0;
    unsigned power = highest_bit(mantissa);
    // 1 <= x < 2, with 62 bits behind the point.
    unsigned __int128 x = power > 62 ? mantissa >> 1 : mantissa << (62 - power);
    for (unsigned i = 0; i < FRACTION_BITS; i++) {
        x = x * x >> 62; // log2 doubles
        fraction <<= 1;
        if (x >> 63 != 0) {
            x >>= 1;
            fraction |= 1;
        }
    }
    return ((uint64_t)(64 - power) << FRACTION_BITS) - fraction;
}

uint64_t rp_sampler_distance(uint64_t random, uint64_t mean) {
    const uint64_t ln2 = 0xb17217f8; // with 32 bits behind the point
    uint64_t bits = minus_log2(random);

    return (uint64_t)((unsigned __int128)bits * ln2 * mean >> 64);
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1du;
}

bool rp_sampler_next(struct rp_sampler *sampler, uint64_t mean) {
    int64_t over = -sampler->left; // bytes beyond the last point
    bool is_first = sampler->random == 0;

    if (is_first)
        sampler->random = rp_system_random();
    sampler->left =
        (int64_t)rp_sampler_distance(next_random(&sampler->random), mean);
    if (!is_first)
        return true;
    // The line begins with this allocation.
    sampler->left -= over;
    return sampler->left < 0 && rp_sampler_next(sampler, mean);
}
