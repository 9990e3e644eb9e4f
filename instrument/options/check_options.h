// check_options.h - which heap bugs are looked for, and what becomes of one.
#ifndef RP_INSTRUMENT_OPTIONS_CHECK_OPTIONS_H
#define RP_INSTRUMENT_OPTIONS_CHECK_OPTIONS_H

#include "instrument/options/options.h"
#include "instrument/options/page_choice.h"

#include <stddef.h>

// A bit each; their names stand in check_options.c.
enum rp_check_kind {
    RP_CHECK_FREE = 1,      // what is freed is a block, and was not freed yet
    RP_CHECK_GUARDS = 2,    // nobody writes before or behind a block
    RP_CHECK_POISON = 4,    // nor into one that was freed
    RP_CHECK_MATCH = 8,     // it is freed as it was made: new, size, alignment
    RP_CHECK_PAGES = 16,    // some blocks have pages of their own
    RP_CHECK_LEAKS = 32,    // what nothing leads to any more
    RP_CHECK_NO_ALLOC = 64, // where the program says so
    RP_CHECK_SPANS = 128,   // the allocator's own headers are whole
    RP_CHECK_REACHABLE = 256, // with leaks: what still is reachable, too
};

enum rp_on_error { RP_ON_ERROR_ABORT, RP_ON_ERROR_CONTINUE, RP_ON_ERROR_EXIT };

enum {
    RP_QUARANTINE_BYTES = 16 << 20, // of freed blocks that are kept
};

struct rp_check_options {
    uint32_t kinds; // enum rp_check_kind; 0: nothing is checked
    enum rp_on_error on_error;
    int exit_code;       // with RP_ON_ERROR_EXIT
    uint64_t quarantine; // bytes; 0: none
    struct rp_page_choice pages;
    char names[RP_PATH_BYTES]; // the program that names frames; empty: none
};

// A value of RPSCOPE_CHECK: "none", "all", or words with commas between; false:
// it is none.
bool rp_check_options_kinds(const char *text, struct rp_check_options *options);
#define RP_CHECK_KINDS                                                         \
    "none, all, or, with commas, free, guards, poison, match, leaks, "         \
    "leaks:reachable, no-alloc, spans, or pages, which may have :N, :begin, "  \
    ":size=A-B, "                                                              \
    ":tag=NAME and :site=FUNCTION"

// A value of RPSCOPE_ON_ERROR.
bool rp_check_options_on_error(const char *text,
                               struct rp_check_options *options);
#define RP_CHECK_ON_ERROR "abort, continue or exit=N, with N from 1 to 125"

// A value of RPSCOPE_QUARANTINE.
bool rp_check_options_quarantine(const char *text,
                                 struct rp_check_options *options);
#define RP_CHECK_QUARANTINE "none, or bytes from 64K up, with K, M or G"

// The words for these kinds, with commas between.
void rp_check_options_tell(uint32_t kinds, char *text, size_t room);

// Reads the environment, as rp_options_read does.
const char *rp_check_options_read(struct rp_check_options *options);

#endif
