// check_choice.h - which heap bugs are looked for: options of record and run.
#ifndef RPSCOPE_RECORD_CHECK_CHOICE_H
#define RPSCOPE_RECORD_CHECK_CHOICE_H

#include <stdbool.h>

#include "instrument/options/check_options.h"
#include "viewer/base/fail.h"

bool check_choice_is_kinds(const char *value);
bool check_choice_is_on_error(const char *value);
bool check_choice_is_quarantine(const char *value);

// What a command's table of options has of them.
#define CHECK_CHOICE_CHECK                                                     \
    {                                                                          \
        .name = "check", .value = "WHAT", .check = check_choice_is_kinds,      \
        .expected = RP_CHECK_KINDS,                                            \
        .help = "look for heap bugs: all, or some, see below"                  \
    }
#define CHECK_CHOICE_ON_ERROR                                                  \
    {                                                                          \
        .name = "on-error", .value = "WHAT",                                   \
        .check = check_choice_is_on_error, .expected = RP_CHECK_ON_ERROR,      \
        .help = "after a bug: abort (default), continue, or exit=N"            \
    }
#define CHECK_CHOICE_QUARANTINE                                                \
    {                                                                          \
        .name = "quarantine", .value = "SIZE",                                 \
        .check = check_choice_is_quarantine, .expected = RP_CHECK_QUARANTINE,  \
        .help = "of freed blocks that are not used again yet (16M)"            \
    }
#define CHECK_CHOICE_SUPPRESSIONS                                              \
    {                                                                          \
        .name = "suppressions", .value = "FILE",                               \
        .help = "bugs that are not told, as for LeakSanitizer"                 \
    }

struct check_choice {
    const char *kinds, *on_error, *quarantine, *suppressions; // NULL: not said
};

// What can be wrong beyond the words; and looks up what a function's name
// stands for, in the file that the program is. False with a sentence.
bool check_choice_good(struct check_choice *choice, const char *program,
                       struct failure *failure);

// In the child: what the library reads when it starts.
void check_choice_environment(const struct check_choice *choice);

#endif
