// escape.c - texts from outside (symbols, threads, marks, paths) made harmless.
#include "viewer/base/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_continuation(unsigned char byte) {
    return (byte & 0xc0) == 0x80;
}

size_t escape_decode(const char *text, size_t size, uint32_t *character) {
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) {
        *character = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || size < length)
        return 0;
    uint32_t value = p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(p[i]))
            return 0;
        value = value << 6 | (p[i] & 0x3f);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[length] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return length;
}

int escape_is_printable(uint32_t c) {
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) // C0, DEL, C1
        return 0;
    if (c == 0xad || c == 0x61c || c == 0x180e || c == 0xfeff)
        return 0; // soft hyphen, marks of direction and of no width
    if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
        (c >= 0x2060 && c <= 0x206f))
        return 0; // no width, line ends, overrides of direction
    if ((c >= 0xe000 && c <= 0xf8ff) || (c >= 0xfff0 && c <= 0xfffc) ||
        c >= 0xe0000)
        return 0; // private, specials, tags
    return (c & 0xfffe) != 0xfffe;
}

size_t escape_text(char *out, size_t size, const char *text) {
    size_t left = strlen(text);
    size_t need = 0, written = 0;
    bool full = false;

    while (left > 0) {
        uint32_t c = 0;
        size_t length = escape_decode(text, left, &c);
        char piece[16];
        size_t piece_size;
        if (length > 0 && escape_is_printable(c)) {
            memcpy(piece, text, length);
            piece_size = length;
        } else {
            int n;
            if (length == 0)
                n = snprintf(piece, sizeof piece, "\\x%02x",
                             (unsigned)(unsigned char)*text);
            else if (c == '\n' || c == '\t')
                n = snprintf(piece, sizeof piece, "\\%c",
                             c == '\n' ? 'n' : 't');
            else if (c < 0x100)
                n = snprintf(piece, sizeof piece, "\\x%02x", (unsigned)c);
            else
                n = snprintf(piece, sizeof piece, "\\u{%x}", (unsigned)c);
            piece_size = (size_t)n;
        }
        if (!full && written + piece_size < size) {
            memcpy(out + written, piece, piece_size);
            written += piece_size;
        } else {
            full = true;
        }
        need += piece_size;
        if (length == 0)
            length = 1;
        text += length;
        left -= length;
    }
    out[written] = '\0';
    return need;
}
