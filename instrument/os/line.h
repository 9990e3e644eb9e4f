// line.h - a line of text put together without stdio.
//
// The drainer's thread has no locale, and the first event may come before the
// C library is set up: neither may call snprintf.
#ifndef RP_INSTRUMENT_OS_LINE_H
#define RP_INSTRUMENT_OS_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Always ends in NUL; what does not fit is cut off.
struct rp_line {
    char *text;
    size_t room; // with the NUL
    size_t used;
};

static inline struct rp_line rp_line_start(char *text, size_t room) {
    text[0] = 0;
    return (struct rp_line){text, room, 0};
}

static inline void rp_line_bytes(struct rp_line *line, const char *text,
                                 size_t bytes) {
    if (bytes > line->room - 1 - line->used)
        bytes = line->room - 1 - line->used;
    memcpy(line->text + line->used, text, bytes);
    line->used += bytes;
    line->text[line->used] = 0;
}

static inline void rp_line_text(struct rp_line *line, const char *text) {
    rp_line_bytes(line, text, strlen(text));
}

static inline void rp_line_number(struct rp_line *line, uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;

    do
        digits[--first] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    rp_line_bytes(line, digits + first, sizeof digits - first);
}

// The number of a trace: always 16 digits, without a NUL.
static inline void rp_line_digits(char digits[16], uint64_t id) {
    for (unsigned i = 0; i < 16; i++)
        digits[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
}

static inline void rp_line_id(struct rp_line *line, uint64_t id) {
    char digits[16];

    rp_line_digits(digits, id);
    rp_line_bytes(line, digits, sizeof digits);
}

#endif
