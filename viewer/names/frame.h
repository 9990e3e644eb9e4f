// frame.h - one function of a call stack, and how it is called.
#ifndef RPSCOPE_NAMES_FRAME_H
#define RPSCOPE_NAMES_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What a frame is to the user who looks for the cause.
enum frame_kind {
    FRAME_USER,
    FRAME_ALLOCATOR, // rpmalloc, malloc, operator new, ...
    FRAME_LIBRARY,   // the C library, and the standard ones of languages
    FRAME_WRAPPER,   // allocates for whoever calls it: strings, containers
};

// One function of a stack. An inlined function is a frame of its own, before
// the function it was inlined into.
struct frame {
    uint64_t address;     // return address in the recorded program
    const char *function; // demangled; NULL: not known
    const char *file;     // as the compiler was given it; NULL: not known
    uint32_t line;        // 0: not known
    const char *module;   // path of the file; NULL: in none that is known
    uint64_t offset;      // of the address in that file's address space
    enum frame_kind kind;
    bool inlined; // into the frame that follows
};

// What is written for what is not known.
struct frame_words {
    const char *no_module; // before an address that is in no module
    const char *no_line;   // behind a file
};

// The name as it is, not escaped: "session_new",
// "libpython3.11.so.1.0+0x1a2b3c", "0x7f00"; `in_short` without its arguments
// and what is in <>.
void frame_call(const struct frame *frame, bool in_short,
                const struct frame_words *words, char *out, size_t size);
// "session.c:88", not escaped; the module where the file is not known; or "".
void frame_locate(const struct frame *frame, const struct frame_words *words,
                  char *out, size_t size);

// The same for screens, escaped: names come from symbol tables, and a terminal
// must not act on what is in them. What is longer is cut.
enum { FRAME_NAME_BYTES = 320, FRAME_PLACE_BYTES = 48 };
void frame_name(const struct frame *frame, char *out, size_t size);
void frame_full_name(const struct frame *frame, char *out, size_t size);
void frame_place(const struct frame *frame, char *out, size_t size);

#endif
