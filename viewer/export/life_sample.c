// life_sample.c - some of a recording's blocks for all of them.
#include "viewer/export/life_sample.h"

#include <stdlib.h>

#include "viewer/base/memory.h"

enum { FIRST_THRESHOLD = 16 };

// A mixer of 64 bits: each bit of the result hangs on all of them.
static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

// 0 .. 1, the same for both ends of a life.
static double chance_of(const struct life *life) {
    uint64_t place = (uint64_t)life->span << 32 | life->block;
    return (double)(mix(mix(place) ^ mix(life->birth + life->bytes)) >> 11) *
           0x1p-53;
}

static bool is_kept(const struct life_sample *sample, const struct life *life) {
    return life->bytes >= sample->threshold ||
           chance_of(life) * (double)sample->threshold < (double)life->bytes;
}

static void thin_out(struct life_sample *sample) {
    size_t kept = 0;
    sample->threshold =
        sample->threshold ? 2 * sample->threshold : (uint64_t)FIRST_THRESHOLD;
    for (size_t i = 0; i < sample->count; i++)
        if (is_kept(sample, &sample->list[i]))
            sample->list[kept++] = sample->list[i];
    sample->count = kept;
}

void life_sample_add(struct life_sample *sample, const struct life *life) {
    sample->seen++;
    if (life->bytes == 0 || !is_kept(sample, life))
        return;
    while (sample->count == sample->most)
        thin_out(sample);
    if (!is_kept(sample, life))
        return;
    sample->list = memory_grow(sample->list, sample->count, &sample->capacity,
                               sizeof *sample->list);
    sample->list[sample->count++] = *life;
}

uint64_t life_sample_weight(const struct life_sample *sample,
                            const struct life *life) {
    return life->bytes > sample->threshold ? life->bytes : sample->threshold;
}

void life_sample_free(struct life_sample *sample) {
    free(sample->list);
    sample->list = NULL;
}
