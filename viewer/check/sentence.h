// sentence.h - what a rule has found, in words.
#ifndef RPSCOPE_CHECK_SENTENCE_H
#define RPSCOPE_CHECK_SENTENCE_H

#include "viewer/check/measure.h"

enum { SENTENCE_BYTES = 4096 };

// "12.1 MiB at session_new (session.c:88), 3 of 40 rows", without the verdict.
void sentence_found(const struct outcome *outcome, char *out, size_t size);

// The call site that the value is of; NULL: it is of none.
const struct site *sentence_site(const struct outcome *outcome);

#endif
