// number.c - see number.h.
#include "instrument/options/number.h"

#include <stddef.h>
#include <string.h>

// A number in decimal or hexadecimal that is all of `text` up to *end.
static bool parse_number(const char *text, unsigned base, uint64_t *number,
                         const char **end) {
    const char *at = text;

    for (*number = 0;; at++) {
        unsigned digit;
        if (*at >= '0' && *at <= '9')
            digit = (unsigned)(*at - '0');
        else if (*at >= 'a' && *at <= 'f')
            digit = (unsigned)(*at - 'a' + 10);
        else
            break;
        if (digit >= base || *number > (UINT64_MAX - digit) / base)
            break;
        *number = *number * base + digit;
    }
    *end = at;
    return at != text;
}

bool rp_number_whole(const char *text, unsigned base, uint64_t most,
                     uint64_t *number) {
    const char *end;

    return parse_number(text, base, number, &end) && *end == 0 &&
           *number <= most;
}

bool rp_number_bytes(const char *text, uint64_t *bytes, const char **end) {
    static const char suffixes[] = "KMG";
    const uint64_t most = UINT64_C(1) << 40;

    if (!parse_number(text, 10, bytes, end) || *bytes > most)
        return false;
    const char *suffix = **end != 0 ? strchr(suffixes, **end) : NULL;
    if (suffix != NULL) {
        *bytes <<= 10 * (suffix - suffixes + 1);
        ++*end;
    }
    return *bytes <= most;
}

bool rp_number_time(const char *text, uint64_t *ns) {
    static const struct {
        const char *suffix;
        uint64_t ns;
    } units[] = {{"", 1000000000},
                 {"s", 1000000000},
                 {"ms", 1000000},
                 {"m", 60000000000}};
    const uint64_t day = UINT64_C(86400000000000);
    uint64_t number;
    const char *end;

    if (!parse_number(text, 10, &number, &end) || number == 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].suffix) == 0) {
            *ns = number * units[i].ns;
            return number <= day / units[i].ns;
        }
    }
    return false;
}
