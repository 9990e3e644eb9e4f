// text.h - texts of unknown origin, made fit for a screen.
//
// Names come out of traces and object files: they may hold broken UTF-8 or
// escape sequences. Nothing of that reaches a terminal: text_next() gives
// U+FFFD for what is not UTF-8, and a visible stand-in for control characters.
#ifndef RPSCOPE_BASE_TEXT_H
#define RPSCOPE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Decodes one character of valid UTF-8 at `text`, which has `size` > 0 bytes
// left. Returns its length in bytes, or 0 when the bytes are no valid UTF-8
// (overlong forms, surrogates and numbers beyond U+10FFFF included).
size_t text_decode(const char *text, size_t size, uint32_t *character);

// The next character of *text, or 0 at its end; moves *text on.
uint32_t text_next(const char **text);

// Cells that a character takes on a terminal: 0, 1 or 2.
int text_glyph_width(uint32_t glyph);

// Cells that `text` takes.
int text_width(const char *text);

// Writes a character as UTF-8. `out` has room for 5 bytes.
// Returns the bytes written, without the NUL that follows.
size_t text_encode(char *out, uint32_t glyph);

// Whether `needle` occurs in `text`; capitals and small letters are the same
// as long as `needle` has no capitals.
bool text_contains(const char *text, const char *needle);

// The part of a path after its last slash.
const char *text_base_name(const char *path);

#endif
