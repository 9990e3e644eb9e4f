// life_sample.c - some of a recording's blocks for all of them.
#include "viewer/export/life_sample.h"

#include <stdlib.h>
#include <string.h>

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

// ---- what lives at the end ----

static uint64_t place_of(const struct life *life) {
    return (uint64_t)life->span << 32 | life->block;
}

// Where the place stands, or may be put; places are told by one more than
// they are, since 0 is empty.
static size_t slot_of(const uint64_t *slots, size_t mask, uint64_t place) {
    size_t at = (size_t)mix(place) & mask;
    while (slots[at] && slots[at] != place + 1)
        at = (at + 1) & mask;
    return at;
}

// Leaves out what comes and does not go.
static void drop_staying(struct life_sample *sample) {
    size_t slot_count = 1 << 4, kept = sample->count;
    while (slot_count < 2 * sample->count)
        slot_count *= 2;
    uint64_t *slots = memory_zeroed(slot_count, sizeof *slots);
    bool *goes = memory_zeroed(slot_count, sizeof *goes);
    // Backwards: what comes is followed by what happens at its place next.
    for (size_t i = sample->count; i-- > 0;) {
        struct life life = sample->list[i];
        size_t at = slot_of(slots, slot_count - 1, place_of(&life));
        if (!life.comes || (slots[at] && goes[at]))
            sample->list[--kept] = life;
        slots[at] = place_of(&life) + 1;
        goes[at] = !life.comes;
    }
    sample->count -= kept;
    memmove(sample->list, &sample->list[kept],
            sample->count * sizeof *sample->list);
    free(slots);
    free(goes);
}

static int compare_ns(const void *left, const void *right) {
    const struct life *a = left, *b = right;
    if (a->ns != b->ns)
        return a->ns < b->ns ? -1 : 1;
    return (place_of(a) > place_of(b)) - (place_of(a) < place_of(b));
}

static void weigh(struct life_sample *sample) {
    for (size_t i = 0; i < sample->count; i++)
        sample->list[i].bytes = life_sample_weight(sample, &sample->list[i]);
    sample->is_weighed = true;
}

// Both, in the order of time.
static void merge(struct life_sample *sample, const struct life_sample *other) {
    size_t total = sample->count + other->count, a = 0, b = 0;
    struct life *list = memory_zeroed(total, sizeof *list);
    for (size_t i = 0; i < total; i++) {
        bool first =
            b == other->count ||
            (a < sample->count && sample->list[a].ns <= other->list[b].ns);
        list[i] = first ? sample->list[a++] : other->list[b++];
        list[i].comes |= list[i].stays;
    }
    free(sample->list);
    sample->list = list;
    sample->count = sample->capacity = total;
}

void life_sample_join(struct life_sample *sample, struct life_sample *staying) {
    if (sample->threshold == 0)
        return;
    drop_staying(sample);
    while (sample->count + staying->count > sample->most)
        thin_out(sample);
    weigh(sample);
    weigh(staying);
    if (staying->count > 0)
        qsort(staying->list, staying->count, sizeof *staying->list, compare_ns);
    merge(sample, staying);
}

uint64_t life_sample_weight(const struct life_sample *sample,
                            const struct life *life) {
    if (sample->is_weighed)
        return life->bytes;
    return life->bytes > sample->threshold ? life->bytes : sample->threshold;
}

void life_sample_free(struct life_sample *sample) {
    free(sample->list);
    sample->list = NULL;
}
