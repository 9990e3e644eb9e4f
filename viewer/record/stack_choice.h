// stack_choice.h - which call stacks rpscope record is asked to keep.
#ifndef RPSCOPE_RECORD_STACK_CHOICE_H
#define RPSCOPE_RECORD_STACK_CHOICE_H

#include <stdbool.h>

// Whether `value` is a list of words, with commas between, that the recorder
// takes: full, a number of frames, fp, sample:BYTES, check:N, check:none.
bool stack_choice_good(const char *value);

// The same in words.
#define STACK_CHOICE_EXPECTED                                                  \
    "a list of 1..1024 frames, fp, sample:BYTES, check:N"

#endif
