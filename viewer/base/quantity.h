// quantity.h - numbers with a unit, as people write them: 4KiB, 1.5M, 300ms.
#ifndef RPSCOPE_BASE_QUANTITY_H
#define RPSCOPE_BASE_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

// Reads bytes: 4096, 4K, 4KiB, 1.5MiB (K, M, G and T are 1024 of the one
// before; KB, which may mean either, is none). A part of a byte is rounded.
// Returns false, and leaves `bytes`, when it is none or above 2^53.
bool quantity_bytes(const char *text, uint64_t *bytes);

// Reads a time: 12.4s, 300ms, 5us, 80ns, 2min, 1h. Returns false, and leaves
// `ns`, when it is none or above 10^18 ns.
bool quantity_ns(const char *text, uint64_t *ns);

// Reads a number without a unit: 12, 1.5, 1e6. Returns false, and leaves
// `number`, when it is none, negative, or above 2^53.
bool quantity_number(const char *text, double *number);

#endif
