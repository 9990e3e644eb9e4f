// mapping.h - what the system says of the mapping that an address lies in.
#ifndef TESTS_CORE_MAPPING_H
#define TESTS_CORE_MAPPING_H

#include <stddef.h>

// Whether one of the lines that a file of this process (/proc/self/maps,
// /proc/self/smaps) has of the mapping of `address` contains `text`.
int mapping_says(const char *file, const void *address, const char *text);

// KiB of a mapping's memory, by the name that /proc/self/smaps gives them
// ("Rss", "AnonHugePages"); 0: nothing is said.
size_t mapping_kib(const void *address, const char *name);

#endif
