// stacks.c - what RPSCOPE_STACKS may say: words with commas between.
#include "instrument/options/options.h"

#include <string.h>

// Whether `text` goes on with `word`; if so, moves on behind it.
static bool take(const char **text, const char *word) {
    size_t bytes = strlen(word);

    if (strncmp(*text, word, bytes) != 0)
        return false;
    *text += bytes;
    return true;
}

static bool take_number(const char **text, uint64_t least, uint64_t most,
                        uint64_t *number) {
    return rp_options_bytes(*text, number, text) && *number >= least &&
           *number <= most;
}

static bool take_check(const char **text, struct rp_options *options) {
    uint64_t number = 0;

    if (!take(text, "none") && !take_number(text, 1, UINT32_MAX, &number))
        return false;
    options->stack_check = (uint32_t)number;
    return true;
}

static bool take_word(const char **text, struct rp_options *options) {
    uint64_t number;

    if (take(text, "full")) {
        options->stack_frames = RP_STACK_FRAMES;
        return true;
    }
    if (take(text, "fp")) {
        options->stack_pointers = true;
        return true;
    }
    if (take(text, "sample:"))
        return take_number(text, 1, UINT64_C(1) << 40, &options->stack_bytes);
    if (take(text, "check:"))
        return take_check(text, options);
    if (!take_number(text, 1, RP_STACK_FRAMES, &number))
        return false;
    options->stack_frames = (uint32_t)number;
    return true;
}

bool rp_options_stacks(struct rp_options *options, const char *text) {
    options->stack_frames = RP_STACK_FRAMES;
    options->stack_pointers = false;
    options->stack_bytes = 0;
    options->stack_check = RP_STACK_CHECK;
    if (strcmp(text, "none") == 0) {
        options->stack_frames = 0;
        return true;
    }
    do {
        if (!take_word(&text, options))
            return false;
    } while (take(&text, ","));
    return *text == 0;
}
