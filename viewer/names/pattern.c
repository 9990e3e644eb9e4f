// pattern.c - names that are meant by one text: * ? [ab] and \.
#include "viewer/names/pattern.h"

#include <stddef.h>

// The end of the set that begins behind [, or NULL. A ] that comes first is one
// of its characters.
static const char *set_end(const char *set) {
    const char *p = set + (*set == '!' || *set == '^');
    if (*p == ']')
        p++;
    while (*p && *p != ']')
        p++;
    return *p ? p : NULL;
}

static bool in_set(const char *set, const char *end, char character) {
    const unsigned char c = (unsigned char)character;
    bool not = *set == '!' || *set == '^', found = false;
    for (const char *p = set + not ; p < end; p++) {
        unsigned char low = (unsigned char)*p, high = low;
        if (p[1] == '-' && p + 2 < end) {
            high = (unsigned char)p[2];
            p += 2;
        }
        found |= c >= low && c <= high;
    }
    return found != not ;
}

const char *pattern_fault(const char *pattern) {
    if (!*pattern)
        return "is empty";
    for (const char *p = pattern; *p; p++) {
        if (*p == '\\') {
            if (!*++p)
                return "ends with \\, which takes the next character as it is";
        } else if (*p == '[' && !(p = set_end(p + 1))) {
            return "has a [ without its ]; \\[ is the character";
        }
    }
    return NULL;
}

// One character of the pattern, and of the text. Returns where the pattern goes
// on; NULL: it does not fit.
static const char *step(const char *pattern, char character) {
    switch (*pattern) {
    case '\0':
        return NULL;
    case '?':
        return pattern + 1;
    case '[': {
        const char *end = set_end(pattern + 1);
        return in_set(pattern + 1, end, character) ? end + 1 : NULL;
    }
    case '\\':
        pattern++;
        break;
    default:
        break;
    }
    return *pattern == character ? pattern + 1 : NULL;
}

bool pattern_fits(const char *pattern, const char *text) {
    const char *star = NULL, *again = NULL; // behind the last *, and its text
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            again = text;
            continue;
        }
        const char *next = step(pattern, *text);
        if (next) {
            pattern = next;
            text++;
        } else if (star) {
            pattern = star;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}
