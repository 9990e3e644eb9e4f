// quantity.c - numbers with a unit, as people write them: 4KiB, 1.5M, 300ms.
#include "viewer/base/quantity.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const double most = 9007199254740992; // 2^53

struct quantity_unit {
    const char *name;
    double size;
};

// The number at the beginning, times the unit that is the rest.
static bool quantity(const char *text, const struct quantity_unit *units,
                     size_t count, double limit, double *value) {
    if (*text < '0' || *text > '9' || strncmp(text, "0x", 2) == 0)
        return false;
    char *end;
    double number = strtod(text, &end);
    for (size_t i = 0; i < count; i++)
        if (strcmp(end, units[i].name) == 0) {
            *value = number * units[i].size;
            return *value <= limit;
        }
    return false;
}

#define QUANTITY(text, units, limit, value)                                    \
    quantity(text, units, sizeof units / sizeof units[0], limit, value)

bool quantity_bytes(const char *text, uint64_t *bytes) {
    static const struct quantity_unit units[] = {
        {"", 1},       {"B", 1},        {"K", 0x1p10}, {"KiB", 0x1p10},
        {"M", 0x1p20}, {"MiB", 0x1p20}, {"G", 0x1p30}, {"GiB", 0x1p30},
        {"T", 0x1p40}, {"TiB", 0x1p40},
    };
    double value;
    if (!QUANTITY(text, units, most, &value))
        return false;
    *bytes = (uint64_t)(value + 0.5);
    return true;
}

bool quantity_ns(const char *text, uint64_t *ns) {
    static const struct quantity_unit units[] = {
        {"s", 1e9},  {"ms", 1e6},   {"us", 1e3},
        {"ns", 1.0}, {"min", 60e9}, {"h", 3600e9},
    };
    double value;
    if (!QUANTITY(text, units, 1e18, &value))
        return false;
    *ns = (uint64_t)(value + 0.5);
    return true;
}

bool quantity_number(const char *text, double *number) {
    static const struct quantity_unit units[] = {{"", 1}};
    double value;
    if (!QUANTITY(text, units, most, &value))
        return false;
    *number = value;
    return true;
}
