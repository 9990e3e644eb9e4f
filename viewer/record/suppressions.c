// suppressions.c - findings that are known and not to be told.
#include "viewer/record/suppressions.h"
#include "viewer/base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {"leak",  "free",  "guards",   "poison",
                                    "match", "pages", "no-alloc", "spans"};

static bool is_type(const char *word) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(word, types[i]) == 0)
            return true;
    return false;
}

// One line, which is written into. False: it is none of these.
static bool take_line(struct suppressions *s, char *line) {
    line += strspn(line, " \t");
    line[strcspn(line, "\r\n")] = 0;
    for (size_t end = strlen(line);
         end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t');)
        line[--end] = 0;
    if (!*line || *line == '#')
        return true;
    char *colon = strchr(line, ':');
    if (!colon || !colon[1])
        return false;
    *colon = 0;
    if (!is_type(line)) {
        *colon = ':';
        return false;
    }
    s->all = memory_grow(s->all, s->count, &s->capacity, sizeof *s->all);
    s->all[s->count++] =
        (struct suppression){memory_text(line, strlen(line)),
                             memory_text(colon + 1, strlen(colon + 1))};
    return true;
}

bool suppressions_read(struct suppressions *s, const char *path,
                       struct failure *failure) {
    char *line = NULL;
    size_t room = 0, number = 0;
    bool good = true;
    *s = (struct suppressions){0};
    FILE *in = fopen(path, "re");
    if (!in)
        return fail(failure, "cannot read the suppressions \"%s\": %s", path,
                    strerror(errno));
    while (good && getline(&line, &room, in) >= 0) {
        number++;
        good = take_line(s, line);
    }
    if (!good)
        fail(failure,
             "line %zu of \"%s\" is \"%.100s\"; expected TYPE:PATTERN, with "
             "leak, free, guards, poison, match, pages, no-alloc or spans "
             "for TYPE",
             number, path, line);
    free(line);
    fclose(in);
    if (!good)
        suppressions_free(s);
    return good;
}

void suppressions_free(struct suppressions *s) {
    for (size_t i = 0; i < s->count; i++) {
        free(s->all[i].type);
        free(s->all[i].pattern);
    }
    free(s->all);
    *s = (struct suppressions){0};
}

// Whether the name begins with the pattern, and, after '$', ends with it.
static bool fits_here(const char *pattern, const char *name) {
    for (; *pattern; pattern++, name++) {
        if (*pattern == '*') {
            for (;; name++) {
                if (fits_here(pattern + 1, name))
                    return true;
                if (!*name)
                    return false;
            }
        }
        if (*pattern == '$' && !pattern[1])
            return !*name;
        if (*pattern != *name)
            return false;
    }
    return true;
}

static bool fits(const char *pattern, const char *name) {
    if (*pattern == '^')
        return fits_here(pattern + 1, name);
    for (; *name; name++)
        if (fits_here(pattern, name))
            return true;
    return false;
}

bool suppressions_have(const struct suppressions *s, const char *type,
                       const char *name) {
    for (size_t i = 0; i < s->count && name; i++)
        if (strcmp(s->all[i].type, type) == 0 && fits(s->all[i].pattern, name))
            return true;
    return false;
}
