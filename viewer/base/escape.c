// escape.c - texts from outside (symbols, threads, marks, paths) made harmless.
#include "viewer/base/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "viewer/base/text.h"

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
        size_t length = text_decode(text, left, &c);
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
