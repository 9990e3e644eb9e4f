// stack_options.c - see stack_options.h.
#include "instrument/options/stack_options.h"

#include "instrument/options/number.h"

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
    return rp_number_bytes(*text, number, text) && *number >= least &&
           *number <= most;
}

static bool take_check(const char **text, struct rp_stack_options *options) {
    uint64_t number = 0;

    if (!take(text, "none") && !take_number(text, 1, UINT32_MAX, &number))
        return false;
    options->check_every = (uint32_t)number;
    return true;
}

static bool take_word(const char **text, struct rp_stack_options *options) {
    uint64_t number;

    if (take(text, "full")) {
        options->frames = RP_STACK_FRAMES;
        return true;
    }
    if (take(text, "fp")) {
        options->by_pointers = true;
        return true;
    }
    if (take(text, "sample:"))
        return take_number(text, 1, UINT64_C(1) << 40, &options->sample_bytes);
    if (take(text, "check:"))
        return take_check(text, options);
    if (!take_number(text, 1, RP_STACK_FRAMES, &number))
        return false;
    options->frames = (uint32_t)number;
    return true;
}

bool rp_stack_options_read(struct rp_stack_options *options, const char *text) {
    *options = rp_stack_options_default();
    if (strcmp(text, "none") == 0) {
        options->frames = 0;
        return true;
    }
    do {
        if (!take_word(&text, options))
            return false;
    } while (take(&text, ","));
    return *text == 0;
}

bool rp_stack_options_read_free(const char *text, uint32_t *every) {
    uint64_t number = 0;

    if (strcmp(text, "all") == 0)
        number = 1;
    else if (strcmp(text, "none") != 0 &&
             (!take(&text, "sample:") ||
              !take_number(&text, 1, UINT32_MAX, &number) || *text != 0))
        return false;
    *every = (uint32_t)number;
    return true;
}
