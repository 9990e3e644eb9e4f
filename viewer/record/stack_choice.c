// stack_choice.c - see stack_choice.h.
#include "viewer/record/stack_choice.h"

#include <stdint.h>
#include <string.h>

#include "viewer/base/options.h"

static bool choice_word(const char *word) {
    uint64_t number;
    if (strcmp(word, "full") == 0 || strcmp(word, "fp") == 0 ||
        strcmp(word, "check:none") == 0)
        return true;
    if (strncmp(word, "sample:", 7) == 0)
        return options_size(word + 7, &number) && number >= 1 &&
               number <= UINT64_C(1) << 40;
    if (strncmp(word, "check:", 6) == 0)
        return options_number(word + 6, 1, UINT32_MAX, &number);
    return options_number(word, 1, 1024, &number);
}

bool stack_choice_good(const char *value) {
    char word[32];
    for (;;) {
        size_t length = strcspn(value, ",");
        if (length >= sizeof word)
            return false;
        memcpy(word, value, length);
        word[length] = 0;
        if (!choice_word(word))
            return false;
        if (!value[length])
            return true;
        value += length + 1;
    }
}
