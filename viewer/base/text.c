// text.c - texts of unknown origin, made fit for a screen.
#include "viewer/base/text.h"

#include <ctype.h>
#include <string.h>
#include <wchar.h>

enum {
    TEXT_BAD = 0xfffd,     // stands for bytes that are not UTF-8
    TEXT_CONTROL = 0x2400, // pictures of the control characters
    TEXT_DELETE = 0x2421,
    TEXT_MOST = 4, // bytes of a character
};

size_t text_decode(const char *text, size_t size, uint32_t *character) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *character = s[0];
        return 1;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || size < length)
        return 0;
    uint32_t value = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return length;
}

uint32_t text_next(const char **text) {
    unsigned char first = (unsigned char)**text;
    if (first == 0)
        return 0;
    if (first < 0x80) {
        *text += 1;
        if (first < 0x20)
            return TEXT_CONTROL + first;
        return first == 0x7f ? (uint32_t)TEXT_DELETE : first;
    }
    uint32_t glyph;
    size_t length = text_decode(*text, strnlen(*text, TEXT_MOST), &glyph);
    *text += length ? length : 1;
    if (length == 0 || glyph < 0xa0) // C1 control characters
        return TEXT_BAD;
    return glyph;
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
