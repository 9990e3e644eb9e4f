// rust_legacy.c - Rust names of the first way of mangling.
//
// They are mangled as C++ names are, the signs that these cannot have written
// between $, and end with a hash.
#include "viewer/names/rust_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/text.h"

enum { HASH = 19 }; // "::h" and 16 digits

static const struct {
    const char *code, *text;
} codes[] = {{"$SP$", "@"}, {"$BP$", "*"}, {"$RF$", "&"}, {"$LT$", "<"},
             {"$GT$", ">"}, {"$LP$", "("}, {"$RP$", ")"}, {"$C$", ","}};

// What begins with $ at `from`, as text at `to`. Returns how long its code is;
// 0: it is none.
static size_t decode(const char *from, char *to, size_t *written) {
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        size_t length = strlen(codes[i].code);
        if (strncmp(from, codes[i].code, length) == 0) {
            *to = *codes[i].text;
            *written = 1;
            return length;
        }
    }
    char *end;
    if (from[1] != 'u')
        return 0;
    unsigned long value = strtoul(from + 2, &end, 16);
    if (end == from + 2 || *end != '$' || value < 0x20 || value > 0x10ffff)
        return 0;
    char text[8];
    *written = text_encode(text, (uint32_t)value);
    if (*written > (size_t)(end + 1 - from))
        return 0;
    memcpy(to, text, *written);
    return (size_t)(end + 1 - from);
}

void rust_legacy_name(char *name) {
    size_t length = strlen(name), to = 0;
    if (length <= HASH || strncmp(name + length - HASH, "::h", 3) != 0 ||
        strspn(name + length - HASH + 3, "0123456789abcdef") != HASH - 3)
        return;
    name[length - HASH] = '\0';
    for (size_t from = 0; name[from];) {
        size_t written = 0, used = 0;
        bool begins = from == 0 || name[from - 1] == ':';
        if (name[from] == '$')
            used = decode(name + from, name + to, &written);
        if (used > 0) {
            from += used;
            to += written;
        } else if (begins && name[from] == '_' && name[from + 1] == '$') {
            from++; // an identifier must not begin with $
        } else if (name[from] == '.' && name[from + 1] == '.') {
            name[to++] = ':';
            name[to++] = ':';
            from += 2;
        } else {
            name[to++] = name[from++];
        }
    }
    name[to] = '\0';
}
