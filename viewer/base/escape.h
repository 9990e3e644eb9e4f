// escape.h - texts from outside (symbols, threads, marks, paths) made harmless.
//
// A name in a trace or in a symbol table may hold anything, also what a
// terminal would act on. Everything that is shown passes here first.
#ifndef RPSCOPE_BASE_ESCAPE_H
#define RPSCOPE_BASE_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

// 1 when a terminal shows the character and nothing more: no control, no
// character that changes the direction or the joining of text.
int escape_is_printable(uint32_t character);

// Writes `text` to `out` (`size` > 0 bytes, always ended by a NUL), with \n,
// \t, \xNN and \u{N} for what is not printable or not valid. Cuts at a whole
// character. Returns the bytes that the whole result needs, without NUL.
size_t escape_text(char *out, size_t size, const char *text);

#endif
