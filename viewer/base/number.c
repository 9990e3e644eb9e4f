// number.c - numbers as people read them.
#include "viewer/base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// 1.23, 12.3, 123: three significant digits, for 0 <= value < 10,000.
static void number_digits(char *out, size_t size, double value) {
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(out, size, "%.*f", decimals, value);
}

struct number number_iec(uint64_t bytes) {
    static const char *const units[] = {"B",   "KiB", "MiB", "GiB",
                                        "TiB", "PiB", "EiB"};
    struct number n;
    if (bytes < 1024) {
        snprintf(n.text, sizeof n.text, "%" PRIu64 " B", bytes);
        return n;
    }
    double value = (double)bytes;
    unsigned unit = 0;
    while (value >= 1023.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    char digits[12];
    number_digits(digits, sizeof digits, value);
    snprintf(n.text, sizeof n.text, "%s %s", digits, units[unit]);
    return n;
}

struct number number_iec_signed(int64_t bytes) {
    if (bytes >= 0)
        return number_iec((uint64_t)bytes);
    struct number n = {"-"};
    struct number size = number_iec(0 - (uint64_t)bytes);
    memcpy(n.text + 1, size.text, strlen(size.text) + 1);
    return n;
}

struct number number_exact(uint64_t count) {
    char digits[24];
    struct number n = {""};
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    // A number of 20 digits needs 6 commas: too long for `number` with its
    // comma at every place, so the commas go when it is that long.
    if (length + (length - 1) / 3 >= NUMBER_BYTES) {
        memcpy(n.text, digits, (size_t)length + 1);
        return n;
    }
    size_t out = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            n.text[out++] = ',';
        n.text[out++] = digits[i];
    }
    return n;
}

struct number number_count(uint64_t count) {
    static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
    if (count < 10000)
        return number_exact(count);
    double value = (double)count;
    unsigned unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    struct number n;
    char digits[12];
    number_digits(digits, sizeof digits, value);
    snprintf(n.text, sizeof n.text, "%s %s", digits, units[unit]);
    return n;
}

struct number number_percent(double part, double whole) {
    struct number n;
    double percent = whole > 0 ? part / whole * 100 : 0;
    if (whole <= 0)
        snprintf(n.text, sizeof n.text, "-");
    else if (part > 0 && percent < 0.1)
        snprintf(n.text, sizeof n.text, "<0.1 %%");
    else if (part <= 0)
        snprintf(n.text, sizeof n.text, "0 %%");
    else if (percent < 99.95)
        snprintf(n.text, sizeof n.text, "%.1f %%", percent);
    else
        snprintf(n.text, sizeof n.text, "%.0f %%", percent);
    return n;
}

struct number number_ratio(double top, double bottom) {
    struct number n;
    if (bottom <= 0) {
        snprintf(n.text, sizeof n.text, "-");
        return n;
    }
    double value = top / bottom;
    if (value <= 0)
        snprintf(n.text, sizeof n.text, "0");
    else if (value < 0.005)
        snprintf(n.text, sizeof n.text, "<0.01");
    else if (value >= 999.5)
        return number_count(value < 1e18 ? (uint64_t)(value + 0.5)
                                         : UINT64_C(1000000000000000000));
    else
        number_digits(n.text, sizeof n.text, value);
    return n;
}

struct number number_time(uint64_t ns) {
    static const struct {
        double ns;
        const char *unit;
    } steps[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
    struct number n;
    if (ns >= 3600000000000u) {
        uint64_t minutes = ns / 60000000000u;
        snprintf(n.text, sizeof n.text, "%" PRIu64 " h %02u min", minutes / 60,
                 (unsigned)(minutes % 60));
        return n;
    }
    if (ns >= 120000000000u) {
        uint64_t seconds = ns / 1000000000u;
        snprintf(n.text, sizeof n.text, "%" PRIu64 " min %02u s", seconds / 60,
                 (unsigned)(seconds % 60));
        return n;
    }
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        if ((double)ns < steps[i].ns)
            continue;
        char digits[12];
        number_digits(digits, sizeof digits, (double)ns / steps[i].ns);
        snprintf(n.text, sizeof n.text, "%s %s", digits, steps[i].unit);
        return n;
    }
    snprintf(n.text, sizeof n.text, "%u ns", (unsigned)ns);
    return n;
}

struct number number_signal(int signal) {
    const char *name = sigabbrev_np(signal);
    struct number n;
    if (name)
        snprintf(n.text, sizeof n.text, "%d (SIG%s)", signal, name);
    else
        snprintf(n.text, sizeof n.text, "%d", signal);
    return n;
}

struct number number_bytes(uint64_t bytes, enum unit unit, uint64_t whole) {
    switch (unit) {
    case UNIT_BYTES:
        return number_exact(bytes);
    case UNIT_PERCENT:
        return number_percent((double)bytes, (double)whole);
    default:
        return number_iec(bytes);
    }
}
