// rust_reader.h - a Rust symbol while it is read: letters, numbers, lifetimes.
//
// Symbols come from files of unknown origin: depth, steps and length of the
// name are bounded, and what goes beyond is no Rust name.
#ifndef RPSCOPE_NAMES_RUST_READER_H
#define RPSCOPE_NAMES_RUST_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RUST_DEPTH = 128,
    RUST_STEPS = 20000,
    RUST_LONGEST = 4096, // bytes of a name
};

struct rust_reader {
    const char *start, *at; // start: behind "_R"
    char *out;              // RUST_LONGEST
    size_t length;
    unsigned depth, steps;
    uint64_t lifetimes; // that surrounding binders have
    bool silent;        // it is read, but not a part of the name
    bool bad;
};

// ---- writing ----

void rust_say(struct rust_reader *r, const char *text);
void rust_say_number(struct rust_reader *r, const char *before,
                     uint64_t number);
void rust_put(struct rust_reader *r, const char *text, size_t length);

// ---- letters and numbers ----

bool rust_take(struct rust_reader *r, char letter);
// "_" is 0, and with digits before it one more than they say.
uint64_t rust_take_base_62(struct rust_reader *r);
// One more than what is told behind the letter; 0 where nothing is.
uint64_t rust_take_optional(struct rust_reader *r, char letter);

struct rust_word {
    const char *text;
    size_t length;
    bool foreign; // in Punycode
};
struct rust_word rust_take_word(struct rust_reader *r);
void rust_put_word(struct rust_reader *r, const struct rust_word *word);

// One more level, which the caller takes back from depth. False, and all is
// bad, when there is no end to it.
bool rust_go_deeper(struct rust_reader *r);
// Behind a B: reads on at an earlier place. *from: where to go on afterwards.
bool rust_go_back(struct rust_reader *r, const char **from);

// ---- lifetimes ----

void rust_say_lifetime(struct rust_reader *r, uint64_t number);
// "for<'a, 'b> ". Returns how many there are, which the caller takes back from
// lifetimes.
uint64_t rust_open_binder(struct rust_reader *r);

#endif
