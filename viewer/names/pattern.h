// pattern.h - names that are meant by one text: * ? [ab] and \.
//
// As fnmatch has it, but the same in every locale, and without the path.
#ifndef RPSCOPE_NAMES_PATTERN_H
#define RPSCOPE_NAMES_PATTERN_H

#include <stdbool.h>

// What is wrong with it, as the end of a sentence; NULL: nothing.
const char *pattern_fault(const char *pattern);

// Whether the whole of `text` fits. The pattern has no fault.
bool pattern_fits(const char *pattern, const char *text);

#endif
