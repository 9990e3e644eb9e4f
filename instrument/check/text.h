// text.h - the parts of a report.
#ifndef RP_INSTRUMENT_CHECK_TEXT_H
#define RP_INSTRUMENT_CHECK_TEXT_H

#include "instrument/check/finding.h"
#include "instrument/os/clock.h"
#include "instrument/os/line.h"
#include "instrument/os/places.h"

enum { RP_TEXT_TIME_SHIFT = 18 }; // of the clock's ticks

void rp_text_hex(struct rp_line *line, uint64_t value);
// "3 bytes", "1 byte".
void rp_text_count(struct rp_line *line, uint64_t count, const char *one,
                   const char *more);
// The block: where, how large, of what.
void rp_text_block(struct rp_line *line, const struct rp_check_found *found);
// Where the damage is, and the bytes there.
void rp_text_damage(struct rp_line *line, const struct rp_finding *finding);
// What an address is that no block is at.
void rp_text_place(struct rp_line *line, const struct rp_places *places,
                   uint64_t address);
// A stack, a line a frame.
void rp_text_stack(struct rp_line *line, const struct rp_places *places,
                   uint32_t stack);
// "by thread 12 (name)"; by its number.
void rp_text_thread(struct rp_line *line, uint32_t number);
// "0.012 s before"; at: a time of rp_text_now.
void rp_text_ago(struct rp_line *line, uint32_t at);

// A time in so few bits that each block can have two.
static inline uint32_t rp_text_time(uint64_t ticks) {
    return (uint32_t)(ticks >> RP_TEXT_TIME_SHIFT);
}
static inline uint32_t rp_text_now(void) {
    return rp_text_time(rp_clock_now());
}
void rp_text_start(void); // of time

#endif
