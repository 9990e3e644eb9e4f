// short_name.c - names of functions that fit into a column.
#include "viewer/names/short_name.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/memory.h"

const char *short_start(const char *function) {
    const char *start = function;
    int depth = 0;
    if (strncmp(function, "operator", 8) == 0)
        return function;
    for (const char *p = function; *p; p++) {
        if (*p == '<' || *p == '{' || *p == '[')
            depth++;
        else if ((*p == '>' && p > function && p[-1] != '-') || *p == '}' ||
                 *p == ']')
            depth--;
        else if (*p == '(' && depth <= 0) {
            if (strncmp(p, "(anonymous namespace)", 21) != 0)
                break;
            p += 20;
        } else if (*p == ' ' && depth <= 0)
            start = p + 1;
        if (depth <= 0 && strncmp(p, "operator", 8) == 0 &&
            (p == start || p[-1] == ':'))
            break; // its name may hold <, > and blanks
    }
    return start;
}

static void append(char *out, size_t size, size_t *at, const char *text,
                   size_t length) {
    for (size_t i = 0; i < length && *at + 1 < size; i++)
        out[(*at)++] = text[i];
    out[*at] = '\0';
}

// Rust's "<game::Level<u8> as game::Load>::open" is a function of the type: its
// name, with what is in <> as <..>. Returns what follows the type.
static const char *append_type(char *out, size_t size, size_t *at,
                               const char *p) {
    int depth = 0;
    bool said = false;
    for (p++; *p; p++) {
        if (*p == '>' && p[-1] != '-' && depth-- == 0)
            return p + 1;
        said |= depth == 0 && strncmp(p, " as ", 4) == 0;
        if (!said && *p == '<' && depth == 0)
            append(out, size, at, "<..>", 4);
        else if (!said && depth == 0 && (*p != '>' || p[-1] == '-'))
            append(out, size, at, p, 1);
        depth += *p == '<';
    }
    return p;
}

void short_function(char *out, size_t size, const char *function) {
    static const char anonymous[] = "(anonymous namespace)";
    const char *p = short_start(function);
    size_t at = 0;
    int depth = 0;
    out[0] = '\0';
    if (*p == '<')
        p = append_type(out, size, &at, p);
    for (; *p; p++) {
        if (depth == 0 && strncmp(p, "operator", 8) == 0) {
            // operator<, operator->, operator() are no brackets.
            const char *end = p + 8;
            if (strncmp(end, "()", 2) == 0)
                end += 2;
            else
                end += strspn(end, "<>-=[]!+*/%&|^~,");
            append(out, size, &at, p, (size_t)(end - p));
            p = end - 1;
            continue;
        }
        if (*p == '<') {
            if (depth++ == 0)
                append(out, size, &at, "<..>", 4);
            continue;
        }
        if (*p == '>' && depth > 0 && p[-1] != '-') {
            depth--;
            continue;
        }
        if (depth > 0)
            continue;
        if (*p == '(') {
            if (strncmp(p, anonymous, sizeof anonymous - 1) != 0)
                break;
            append(out, size, &at, "(anon)", 6);
            p += sizeof anonymous - 2;
            continue;
        }
        append(out, size, &at, p, 1);
    }
}

// Columns of escaped text: one a character.
static size_t columns(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static const char *skip_columns(const char *text, size_t count) {
    while (*text && count > 0) {
        text++;
        while (((unsigned char)*text & 0xc0) == 0x80)
            text++;
        count--;
    }
    return text;
}

void short_fit(char *out, size_t size, const char *text, size_t width) {
    size_t need = escape_text(out, size, text);
    char *escaped = memory_get(need + 1);
    escape_text(escaped, need + 1, text);
    size_t wide = columns(escaped);
    if (wide > width && width > 2) {
        size_t head = (width - 2) / 2, tail = width - 2 - head, at = 0;
        const char *left = skip_columns(escaped, head);
        const char *right = skip_columns(escaped, wide - tail);
        append(out, size, &at, escaped, (size_t)(left - escaped));
        append(out, size, &at, "..", 2);
        append(out, size, &at, right, strlen(right));
    }
    free(escaped);
}
