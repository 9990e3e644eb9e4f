// page_choice.h - which blocks have pages of their own, of the check "pages".
//
//   pages[:N][:begin][:size=A[-B]][:tag=NAME][:site=PLACE]
//
// One in N of those that all the rest is true of.
#ifndef RP_INSTRUMENT_OPTIONS_PAGE_CHOICE_H
#define RP_INSTRUMENT_OPTIONS_PAGE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RP_PAGES_EVERY = 5000, // one block in so many
    RP_PAGES_TAG = 128,    // bytes of a tag's name
    RP_PAGES_SITE = 1024,  // of a place
};

struct rp_page_choice {
    uint64_t every;           // one block in so many
    bool begins;              // with its pages, rather than ends with them
    uint64_t least, most;     // bytes that are asked for
    char tag[RP_PAGES_TAG];   // empty: any
    char site[RP_PAGES_SITE]; // as it was said; empty: any
};

// The same for all blocks.
void rp_page_choice_default(struct rp_page_choice *choice);

// What follows "pages:", of so many bytes; none: the default. false: it is no
// choice.
bool rp_page_choice_read(const char *words, size_t length,
                         struct rp_page_choice *choice);

// A part of a file's code, by the file's own addresses.
struct rp_page_site {
    char file[RP_PAGES_SITE]; // its path
    uint64_t start, end;
};

// FILE+0xSTART-0xEND. false: it is something else, such as the name of a
// function, which `rpscope` looks up.
bool rp_page_site_read(const char *text, struct rp_page_site *site);

#endif
