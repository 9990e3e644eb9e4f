// site.h - call sites: what makes one, and how it is called.
//
// A call site is named by the frame of a stack that is nearest to the
// allocation and the user's own. One line, or one function, is one site
// wherever the compiler put it.
#ifndef RPSCOPE_NAMES_SITE_H
#define RPSCOPE_NAMES_SITE_H

#include "viewer/names/frame.h"

struct site {
    const char *function; // NULL: not known
    const char *file;     // NULL: not known
    uint32_t line;        // 0: not known
    const char *module;   // NULL: not known
    uint64_t offset;      // in the module, where the function is not known
    bool recorded;        // false: without a stack
    // Who calls it, where another site would be called alike; else NULL. It
    // makes no site another one.
    const char *caller;
};

// The site that is named by the frame; by none (NULL) when there is no stack.
struct site site_of_frame(const struct frame *frame);

bool site_same(const struct site *a, const struct site *b);
uint64_t site_hash(const struct site *site);

// Which of the frames names the site; `count` when none does.
size_t site_find_frame(const struct frame *frames, size_t count,
                       const struct site *site);

// ---- for screens, escaped ----
enum {
    SITE_NAME_BYTES = FRAME_NAME_BYTES,
    SITE_PLACE_BYTES = FRAME_PLACE_BYTES
};

// "session_new", "libpython3.11.so.1.0+0x1a2b3c", "(no stack recorded)",
// "grow from load_level"; without the arguments and what is in <>.
void site_name(const struct site *site, char *out, size_t size);
// With all that belongs to the name.
void site_full_name(const struct site *site, char *out, size_t size);
// "session.c:88"; the module where the line is not known; or "".
void site_place(const struct site *site, char *out, size_t size);

// ---- for the report and its sentences, as it is ----

// Its name and its place in the report; "(stack not recorded)" is a name.
struct site_text {
    char name[512];
    char place[512]; // "": none
};
void site_text(const struct site *site, struct site_text *text);

// "session_new (session.c:88)".
enum { SITE_SENTENCE_BYTES = sizeof(struct site_text) + 4 };
void site_sentence(const struct site *site, char *out, size_t size);

#endif
