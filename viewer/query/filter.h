// filter.h - which blocks count, as people write it: conditions on the table of
// blocks (condition.h).
#ifndef RPSCOPE_QUERY_FILTER_H
#define RPSCOPE_QUERY_FILTER_H

#include "viewer/answer/block_filter.h"
#include "viewer/base/fail.h"

enum { FILTER_BYTES = 1024 }; // of a text that is made here

// To be given to filter_free when no answer of it is left. NULL with a
// sentence when the text is no conditions.
struct block_filter *filter_new(const char *text, struct failure *failure);
void filter_free(const struct block_filter *filter); // NULL is ignored

// The conditions that the blocks of a call site meet, and of no other, as far
// as they can be written; `out` of FILTER_BYTES.
void filter_of_site(const struct site *site, char *out);

#endif
