// rust_name.c - names of Rust functions as people write them.
//
// The grammar is that of RFC 2603, a letter for each kind of path, type and
// constant.
#include "viewer/names/rust_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/names/rust_reader.h"

static void read_type(struct rust_reader *r);
static void read_path(struct rust_reader *r, bool in_value);

// ---- constants ----

static void say_char(struct rust_reader *r, uint64_t value) {
    char text[16];
    if (value >= 0x20 && value < 0x7f)
        snprintf(text, sizeof text, "'%c'", (char)value);
    else
        snprintf(text, sizeof text, "'\\u{%" PRIx64 "}'", value);
    rust_say(r, text);
}

static void read_digits(struct rust_reader *r, char type) {
    bool negative = rust_take(r, 'n');
    const char *digits = r->at;
    uint64_t value = 0;
    for (; (*r->at >= '0' && *r->at <= '9') || (*r->at >= 'a' && *r->at <= 'f');
         r->at++)
        value = value << 4 |
                (uint64_t)(*r->at <= '9' ? *r->at - '0' : *r->at - 'a' + 10);
    size_t length = (size_t)(r->at - digits);
    if (!rust_take(r, '_')) {
        r->bad = true;
    } else if (type == 'b') {
        rust_say(r, value ? "true" : "false");
    } else if (type == 'c') {
        say_char(r, value);
    } else if (length > 16) {
        rust_say(r, negative ? "-0x" : "0x");
        rust_put(r, digits, length);
    } else {
        rust_say_number(r, negative ? "-" : "", value);
    }
}

static void read_const(struct rust_reader *r) {
    const char *from;
    if (!rust_go_deeper(r))
        return;
    if (rust_take(r, 'p')) {
        rust_say(r, "_");
    } else if (rust_take(r, 'B')) {
        if (rust_go_back(r, &from)) {
            read_const(r);
            r->at = from;
        }
    } else if (*r->at && strchr("abchijlmnostxy", *r->at)) {
        char type = *r->at++;
        read_digits(r, type);
    } else {
        r->bad = true;
    }
    r->depth--;
}

// ---- types ----

static const char *basic_type(char letter) {
    static const char *const names[] = {
        "i8",    "bool", "char", "f64", "str",  "f32",  NULL,  "u8", "isize",
        "usize", NULL,   "i32",  "u32", "i128", "u128", "_",   NULL, NULL,
        "i16",   "u16",  "()",   "...", NULL,   "i64",  "u64", "!"};
    return letter >= 'a' && letter <= 'z' ? names[letter - 'a'] : NULL;
}

static void read_function_type(struct rust_reader *r) {
    uint64_t bound = rust_open_binder(r);
    if (rust_take(r, 'U'))
        rust_say(r, "unsafe ");
    if (rust_take(r, 'K')) {
        rust_say(r, "extern \"");
        struct rust_word abi = {.text = "C", .length = 1};
        if (!rust_take(r, 'C'))
            abi = rust_take_word(r);
        rust_put_word(r, &abi);
        rust_say(r, "\" ");
    }
    rust_say(r, "fn(");
    for (bool first = true; !r->bad && !rust_take(r, 'E'); first = false) {
        if (!first)
            rust_say(r, ", ");
        read_type(r);
    }
    rust_say(r, ")");
    if (!rust_take(r, 'u')) {
        rust_say(r, " -> ");
        read_type(r);
    }
    r->lifetimes -= bound;
}

// What stands in <>.
static void read_arguments(struct rust_reader *r) {
    for (bool first = true; !r->bad && !rust_take(r, 'E'); first = false) {
        if (!first)
            rust_say(r, ", ");
        if (rust_take(r, 'L'))
            rust_say_lifetime(r, rust_take_base_62(r));
        else if (rust_take(r, 'K'))
            read_const(r);
        else
            read_type(r);
    }
}

// "Iterator<Item = u8>": the path without its last bracket. Returns whether one
// is open.
static bool read_open_path(struct rust_reader *r) {
    const char *from;
    bool open = false;
    if (!rust_go_deeper(r))
        return false;
    if (rust_take(r, 'B')) {
        if (rust_go_back(r, &from)) {
            open = read_open_path(r);
            r->at = from;
        }
    } else if (rust_take(r, 'I')) {
        read_path(r, false);
        rust_say(r, "<");
        open = true;
        read_arguments(r);
    } else {
        read_path(r, false);
    }
    r->depth--;
    return open;
}

static void read_dyn_type(struct rust_reader *r) {
    rust_say(r, "dyn ");
    uint64_t bound = rust_open_binder(r);
    for (bool first = true; !r->bad && !rust_take(r, 'E'); first = false) {
        if (!first)
            rust_say(r, " + ");
        bool open = read_open_path(r);
        while (rust_take(r, 'p')) {
            rust_say(r, open ? ", " : "<");
            open = true;
            struct rust_word name = rust_take_word(r);
            rust_put_word(r, &name);
            rust_say(r, " = ");
            read_type(r);
        }
        if (open)
            rust_say(r, ">");
    }
    r->lifetimes -= bound;
    if (!rust_take(r, 'L')) {
        r->bad = true;
        return;
    }
    uint64_t lifetime = rust_take_base_62(r);
    if (lifetime > 0) {
        rust_say(r, " + ");
        rust_say_lifetime(r, lifetime);
    }
}

static void read_reference(struct rust_reader *r, bool mutable) {
    rust_say(r, "&");
    if (rust_take(r, 'L')) {
        uint64_t lifetime = rust_take_base_62(r);
        if (lifetime > 0) {
            rust_say_lifetime(r, lifetime);
            rust_say(r, " ");
        }
    }
    if (mutable)
        rust_say(r, "mut ");
    read_type(r);
}

static void read_tuple(struct rust_reader *r) {
    size_t count = 0;
    rust_say(r, "(");
    for (; !r->bad && !rust_take(r, 'E'); count++) {
        if (count > 0)
            rust_say(r, ", ");
        read_type(r);
    }
    rust_say(r, count == 1 ? ",)" : ")");
}

static void read_type(struct rust_reader *r) {
    const char *basic = basic_type(*r->at), *from;
    if (!rust_go_deeper(r))
        return;
    char letter = *r->at;
    if (letter)
        r->at++;
    switch (letter) {
    case 'A':
    case 'S':
        rust_say(r, "[");
        read_type(r);
        if (letter == 'A') {
            rust_say(r, "; ");
            read_const(r);
        }
        rust_say(r, "]");
        break;
    case 'T':
        read_tuple(r);
        break;
    case 'R':
    case 'Q':
        read_reference(r, letter == 'Q');
        break;
    case 'P':
    case 'O':
        rust_say(r, letter == 'P' ? "*const " : "*mut ");
        read_type(r);
        break;
    case 'F':
        read_function_type(r);
        break;
    case 'D':
        read_dyn_type(r);
        break;
    case 'B':
        if (rust_go_back(r, &from)) {
            read_type(r);
            r->at = from;
        }
        break;
    default:
        if (basic) {
            rust_say(r, basic);
            break;
        }
        r->at -= letter != '\0';
        read_path(r, false);
        break;
    }
    r->depth--;
}

// ---- paths ----

static void read_nested(struct rust_reader *r, bool in_value) {
    char space = *r->at;
    if (!((space >= 'a' && space <= 'z') || (space >= 'A' && space <= 'Z'))) {
        r->bad = true;
        return;
    }
    r->at++;
    read_path(r, in_value);
    uint64_t number = rust_take_optional(r, 's');
    struct rust_word name = rust_take_word(r);
    if (space >= 'a') {
        if (name.length > 0)
            rust_say(r, "::");
        rust_put_word(r, &name);
        return;
    }
    char letter[2] = {space, '\0'};
    rust_say(r, "::{");
    rust_say(r, space == 'C' ? "closure" : space == 'S' ? "shim" : letter);
    if (name.length > 0)
        rust_say(r, ":");
    rust_put_word(r, &name);
    rust_say_number(r, "#", number);
    rust_say(r, "}");
}

static void read_impl(struct rust_reader *r, char letter) {
    if (letter != 'Y') { // where it stands is of no interest
        bool silent = r->silent;
        r->silent = true;
        rust_take_optional(r, 's');
        read_path(r, false);
        r->silent = silent;
    }
    rust_say(r, "<");
    read_type(r);
    if (letter != 'M') {
        rust_say(r, " as ");
        read_path(r, false);
    }
    rust_say(r, ">");
}

static void read_generic(struct rust_reader *r, bool in_value) {
    read_path(r, in_value);
    rust_say(r, in_value ? "::<" : "<");
    read_arguments(r);
    rust_say(r, ">");
}

static void read_path(struct rust_reader *r, bool in_value) {
    const char *from;
    if (!rust_go_deeper(r))
        return;
    char letter = *r->at;
    if (letter)
        r->at++;
    switch (letter) {
    case 'C': {
        rust_take_optional(r, 's');
        struct rust_word name = rust_take_word(r);
        rust_put_word(r, &name);
        break;
    }
    case 'M':
    case 'X':
    case 'Y':
        read_impl(r, letter);
        break;
    case 'N':
        read_nested(r, in_value);
        break;
    case 'I':
        read_generic(r, in_value);
        break;
    case 'B':
        if (rust_go_back(r, &from)) {
            read_path(r, in_value);
            r->at = from;
        }
        break;
    default:
        r->bad = true;
        break;
    }
    r->depth--;
}

char *rust_name(const char *symbol) {
    if (strncmp(symbol, "_R", 2) != 0 || symbol[2] < 'A' || symbol[2] > 'Z')
        return NULL;
    struct rust_reader r = {.start = symbol + 2, .at = symbol + 2};
    r.out = memory_get(RUST_LONGEST + 1);
    read_path(&r, true);
    if (!r.bad && *r.at >= 'A' && *r.at <= 'Z') { // the crate that needed it
        r.silent = true;
        read_path(&r, false);
    }
    // What a linker or an optimiser has added begins with a dot.
    r.bad |= *r.at != '\0' && *r.at != '.' && *r.at != '$';
    if (r.bad) {
        free(r.out);
        return NULL;
    }
    r.out[r.length] = '\0';
    return r.out;
}
