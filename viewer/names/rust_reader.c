// rust_reader.c - a Rust symbol while it is read: letters, numbers, lifetimes.
#include "viewer/names/rust_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void rust_put(struct rust_reader *r, const char *text, size_t length) {
    if (r->silent || r->bad)
        return;
    if (length > RUST_LONGEST - r->length) {
        r->bad = true;
        return;
    }
    memcpy(r->out + r->length, text, length);
    r->length += length;
}

void rust_say(struct rust_reader *r, const char *text) {
    rust_put(r, text, strlen(text));
}

void rust_say_number(struct rust_reader *r, const char *before,
                     uint64_t number) {
    char text[48];
    snprintf(text, sizeof text, "%s%" PRIu64, before, number);
    rust_say(r, text);
}

// ---- letters and numbers ----

bool rust_take(struct rust_reader *r, char letter) {
    if (r->bad || *r->at != letter)
        return false;
    r->at++;
    return true;
}

static uint64_t take_decimal(struct rust_reader *r) {
    uint64_t value = 0;
    if (*r->at < '0' || *r->at > '9')
        r->bad = true;
    else if (*r->at == '0')
        r->at++;
    else
        for (; *r->at >= '0' && *r->at <= '9' && value < RUST_LONGEST * 10;
             r->at++)
            value = value * 10 + (uint64_t)(*r->at - '0');
    return value;
}

uint64_t rust_take_base_62(struct rust_reader *r) {
    uint64_t value = 0;
    if (rust_take(r, '_'))
        return 0;
    while (!r->bad && !rust_take(r, '_')) {
        char c = *r->at;
        uint64_t digit = c >= '0' && c <= '9'   ? (uint64_t)(c - '0')
                         : c >= 'a' && c <= 'z' ? (uint64_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'Z' ? (uint64_t)(c - 'A') + 36
                                                : 62;
        r->bad = digit == 62 || value > (UINT64_MAX - digit) / 62 - 1;
        value = value * 62 + digit;
        r->at += !r->bad;
    }
    return value + 1;
}

uint64_t rust_take_optional(struct rust_reader *r, char letter) {
    return rust_take(r, letter) ? rust_take_base_62(r) + 1 : 0;
}

struct rust_word rust_take_word(struct rust_reader *r) {
    struct rust_word word = {.foreign = rust_take(r, 'u')};
    word.length = take_decimal(r);
    rust_take(r, '_');
    word.text = r->at;
    if (r->bad || strnlen(r->at, word.length) < word.length) {
        r->bad = true;
        word.length = 0;
    }
    r->at += word.length;
    return word;
}

void rust_put_word(struct rust_reader *r, const struct rust_word *word) {
    if (word->foreign)
        rust_say(r, "punycode{");
    rust_put(r, word->text, word->length);
    if (word->foreign)
        rust_say(r, "}");
}

bool rust_go_deeper(struct rust_reader *r) {
    if (r->depth == RUST_DEPTH || ++r->steps > RUST_STEPS)
        r->bad = true;
    r->depth += !r->bad;
    return !r->bad;
}

bool rust_go_back(struct rust_reader *r, const char **from) {
    const char *here = r->at - 1;
    uint64_t place = rust_take_base_62(r);
    if (r->bad || r->start + place >= here) {
        r->bad = true;
        return false;
    }
    *from = r->at;
    r->at = r->start + place;
    return true;
}

// ---- lifetimes ----

void rust_say_lifetime(struct rust_reader *r, uint64_t number) {
    uint64_t depth = r->lifetimes - number;
    char letter[3] = "'_";
    if (number > r->lifetimes)
        r->bad = true;
    else if (number > 0 && depth < 26)
        letter[1] = (char)('a' + depth);
    if (number > 0 && depth >= 26)
        rust_say_number(r, "'_", depth);
    else
        rust_say(r, letter);
}

uint64_t rust_open_binder(struct rust_reader *r) {
    uint64_t count = rust_take_optional(r, 'G');
    if (count > 26) {
        r->bad = true;
        return 0;
    }
    if (count > 0) {
        rust_say(r, "for<");
        for (uint64_t i = 0; i < count; i++) {
            if (i > 0)
                rust_say(r, ", ");
            r->lifetimes++;
            rust_say_lifetime(r, 1);
        }
        rust_say(r, "> ");
    }
    return count;
}
