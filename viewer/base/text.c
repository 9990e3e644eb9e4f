// text.c - texts of unknown origin, made fit for a screen.
#include "viewer/base/text.h"

#include <ctype.h>
#include <string.h>
#include <wchar.h>

enum {
    TEXT_BAD = 0xfffd,     // stands for bytes that are not UTF-8
    TEXT_CONTROL = 0x2400, // pictures of the control characters
    TEXT_DELETE = 0x2421,
};

uint32_t text_next(const char **text) {
    const unsigned char *s = (const unsigned char *)*text;
    if (*s == 0)
        return 0;
    if (*s < 0x80) {
        *text += 1;
        if (*s < 0x20)
            return TEXT_CONTROL + *s;
        return *s == 0x7f ? (uint32_t)TEXT_DELETE : *s;
    }
    unsigned more = *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : 1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t glyph = *s & (0x3f >> more);
    bool good = *s >= 0xc2 && *s < 0xf5;
    for (unsigned i = 1; good && i <= more; i++) {
        good = (s[i] & 0xc0) == 0x80; // the NUL at the end is not
        glyph = glyph << 6 | (s[i] & 0x3f);
    }
    if (!good || glyph < least[more] || glyph > 0x10ffff ||
        (glyph >= 0xd800 && glyph < 0xe000)) {
        *text += 1;
        return TEXT_BAD;
    }
    *text += 1 + more;
    return glyph < 0xa0 ? (uint32_t)TEXT_BAD : glyph; // C1 control characters
}

int text_glyph_width(uint32_t glyph) {
    if (glyph >= 0x20 && glyph < 0x7f)
        return 1;
    int width = wcwidth((wchar_t)glyph);
    return width < 0 ? 1 : width;
}

int text_width(const char *text) {
    int width = 0;
    for (uint32_t glyph; (glyph = text_next(&text)) != 0;)
        width += text_glyph_width(glyph);
    return width;
}

size_t text_encode(char *out, uint32_t glyph) {
    size_t n = 0;
    if (glyph < 0x80) {
        out[n++] = (char)glyph;
    } else if (glyph < 0x800) {
        out[n++] = (char)(0xc0 | glyph >> 6);
        out[n++] = (char)(0x80 | (glyph & 0x3f));
    } else if (glyph < 0x10000) {
        out[n++] = (char)(0xe0 | glyph >> 12);
        out[n++] = (char)(0x80 | (glyph >> 6 & 0x3f));
        out[n++] = (char)(0x80 | (glyph & 0x3f));
    } else {
        out[n++] = (char)(0xf0 | glyph >> 18);
        out[n++] = (char)(0x80 | (glyph >> 12 & 0x3f));
        out[n++] = (char)(0x80 | (glyph >> 6 & 0x3f));
        out[n++] = (char)(0x80 | (glyph & 0x3f));
    }
    out[n] = 0;
    return n;
}

bool text_contains(const char *text, const char *needle) {
    bool exact = false;
    for (const char *c = needle; *c; c++)
        exact |= isupper((unsigned char)*c) != 0;
    size_t length = strlen(needle);
    for (; *text || !length; text++) {
        size_t i = 0;
        while (i < length && (exact ? text[i] == needle[i]
                                    : tolower((unsigned char)text[i]) ==
                                          tolower((unsigned char)needle[i])))
            i++;
        if (i == length)
            return true;
        if (!*text)
            return false;
    }
    return false;
}

const char *text_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
