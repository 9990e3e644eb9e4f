// number.h - numbers as people read them.
//
// Every number on a screen or in the report passes here, so that the same
// value looks the same everywhere: 3 significant digits (4 where a unit
// begins), IEC units, and never a zero for what is not zero.
#ifndef RPSCOPE_BASE_NUMBER_H
#define RPSCOPE_BASE_NUMBER_H

#include <stdint.h>

enum { NUMBER_BYTES = 24 }; // room for any of the texts below

struct number {
    char text[NUMBER_BYTES];
};

// What `u` cycles through.
enum unit {
    UNIT_IEC,     // 12.4 MiB
    UNIT_BYTES,   // 13,002,342
    UNIT_PERCENT, // of a whole
    UNIT_COUNT
};

// 160 B, 2.00 KiB, 12.4 MiB, 1016 MiB.
struct number number_iec(uint64_t bytes);
// With a sign: -1.20 MiB.
struct number number_iec_signed(int64_t bytes);
// In the wanted unit; `whole` is what 100 % means.
struct number number_bytes(uint64_t bytes, enum unit unit, uint64_t whole);
// 13,002,342: every digit.
struct number number_exact(uint64_t count);
// 842, 14.9 k, 500 M, 2.10 G; exact below 10,000.
struct number number_count(uint64_t count);
// 12.4 %, <0.1 %, 100 %; "-" when whole is 0.
struct number number_percent(double part, double whole);
// 2.74, 61.2, 1,890; "-" when bottom is 0.
struct number number_ratio(double top, double bottom);
// 41.3 s, 12.1 ms, 3 min 20 s, 2 h 05 min.
struct number number_time(uint64_t ns);
// 9 (SIGKILL); the number alone where it has no name.
struct number number_signal(int signal);

#endif
