// column.c - numbers in as many bits as most of them need.
#include "viewer/index/column.h"

#include "viewer/base/varint.h"

enum { WIDTHS = 65, ALL = 64 };

// ---- writing ----

static unsigned bits_of(uint64_t number) {
    return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

// The width with which they take the least; *high: how many need more.
static unsigned best_width(const uint64_t *numbers, uint32_t count,
                           uint32_t *high) {
    uint32_t of_bits[WIDTHS] = {0}, above = 0;
    for (uint32_t i = 0; i < count; i++)
        of_bits[bits_of(numbers[i])]++;
    unsigned best = ALL;
    uint64_t least = (uint64_t)count * ALL * 7, list = 0; // sevenths of bits
    *high = 0;
    for (unsigned width = ALL; width-- > 0;) {
        // What is in the list has a bit more, which are eight in a varint of
        // seven; a new one has a byte that says where it is, and one begun.
        above += of_bits[width + 1];
        list += (uint64_t)above * 8 + (uint64_t)of_bits[width + 1] * 16 * 7;
        uint64_t cost = (uint64_t)count * width * 7 + list;
        if (width <= COLUMN_WIDE && cost <= least) {
            least = cost;
            best = width;
            *high = above;
        }
    }
    return best;
}

static uint8_t *put_high(uint8_t *at, const uint64_t *numbers, uint32_t count,
                         unsigned width, uint32_t high) {
    at = varint_put(at, high);
    for (uint32_t i = 0, before = 0; i < count; i++) {
        if (numbers[i] >> width == 0)
            continue;
        at = varint_put(at, i - before);
        at = varint_put(at, numbers[i] >> width);
        before = i;
    }
    return at;
}

static uint8_t *put_bits(uint8_t *at, const uint64_t *numbers, uint32_t count,
                         unsigned width) {
    uint64_t mask = (UINT64_C(1) << width) - 1, word = 0;
    unsigned filled = 0; // less than a byte of the word
    for (uint32_t i = 0; i < count; i++) {
        word |= (numbers[i] & mask) << filled;
        for (filled += width; filled >= 8; filled -= 8, word >>= 8)
            *at++ = (uint8_t)word;
    }
    if (filled > 0)
        *at++ = (uint8_t)word;
    return at;
}

uint8_t *column_put(uint8_t *at, const uint64_t *numbers, uint32_t count) {
    uint32_t high;
    unsigned width = best_width(numbers, count, &high);
    *at++ = (uint8_t)(width | (high > 0) * COLUMN_HIGH);
    if (width == ALL) {
        memcpy(at, numbers, count * sizeof *numbers);
        return at + count * sizeof *numbers;
    }
    at = put_bits(at, numbers, count, width);
    return high > 0 ? put_high(at, numbers, count, width, high) : at;
}

// ---- reading ----

static bool take_high(struct bytes *bytes, uint64_t *numbers, uint32_t count,
                      unsigned width) {
    uint64_t high, gap, bits, at = 0;
    if (!bytes_varint(bytes, &high) || high > count)
        return false;
    for (uint64_t i = 0; i < high; i++) {
        if (!bytes_varint(bytes, &gap) || !bytes_varint(bytes, &bits) ||
            gap >= count - at || (width > 0 && bits >> (ALL - width)))
            return false;
        at += gap;
        numbers[at] |= bits << width;
    }
    return true;
}

static void take_bits(const uint8_t *from, uint64_t *numbers, uint32_t count,
                      unsigned width) {
    uint64_t mask = (UINT64_C(1) << width) - 1, word;
    size_t bit = 0;
    for (uint32_t i = 0; i < count; i++, bit += width) {
        memcpy(&word, from + bit / 8, sizeof word);
        numbers[i] = word >> bit % 8 & mask;
    }
}

bool column_take(struct bytes *bytes, uint64_t *numbers, uint32_t count) {
    const uint8_t *head, *from;
    if (!bytes_run(bytes, 1, &head))
        return false;
    unsigned width = *head & (COLUMN_HIGH - 1);
    size_t size = ((size_t)count * width + 7) / 8;
    if ((width > COLUMN_WIDE && width != ALL) || !bytes_run(bytes, size, &from))
        return false;
    if (width == ALL)
        memcpy(numbers, from, size);
    else if (width == 0)
        memset(numbers, 0, count * sizeof *numbers);
    else
        take_bits(from, numbers, count, width);
    if (!(*head & COLUMN_HIGH))
        return true;
    return width < ALL && take_high(bytes, numbers, count, width);
}
