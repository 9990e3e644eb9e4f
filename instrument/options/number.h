// number.h - numbers, sizes and times, as a user writes them.
#ifndef RP_INSTRUMENT_OPTIONS_NUMBER_H
#define RP_INSTRUMENT_OPTIONS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

// A number that is all of the text and at most `most`. base: 10, or 16.
bool rp_number_whole(const char *text, unsigned base, uint64_t most,
                     uint64_t *number);

// The number of bytes that starts a text: decimal, with K, M or G or without.
// *end: what follows it. false: there is none, or it has more than 40 bits.
bool rp_number_bytes(const char *text, uint64_t *bytes, const char **end);

// A time: a number of seconds, or with s, m (minutes) or ms; from 1 ms to a
// day.
bool rp_number_time(const char *text, uint64_t *ns);

#endif
