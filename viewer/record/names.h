// names.h - puts the names of its functions into a trace.
//
// So that the trace tells them, and the same ones, when the program has been
// built anew, is gone, or is on another machine.
#ifndef RPSCOPE_RECORD_NAMES_H
#define RPSCOPE_RECORD_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/base/fail.h"
#include "viewer/names/names_block.h"

struct record_names {
    struct elf_files *files; // all processes of a recording share them
    bool anew;               // look for more than the trace has
    // What a run-time compiler wrote later than that is another program's.
    uint64_t until_unix_ns; // 0: the recording's end
};

// Looks up what the trace at `path` has in its stacks, and writes what it does
// not have behind its end, with progress on a terminal. False with a sentence
// when nothing can be written: it cannot be read, it has no end, somebody else
// writes it, or the disk is full. An interrupt ends it early, with what was
// found by then.
bool record_names_add(const struct record_names *how, const char *path,
                      struct names_count *count, struct failure *failure);

#endif
