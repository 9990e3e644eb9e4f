// rules.c - all rules of a check: those of the command line and of a file.
#include "viewer/check/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum { LINE_BYTES = 1024 };

bool rules_add(struct rules *rules, const char *text, struct failure *failure) {
    rules->list = memory_grow(rules->list, rules->count, &rules->capacity,
                              sizeof *rules->list);
    if (!rule_read(text, &rules->list[rules->count], failure))
        return false;
    rules->count++;
    return true;
}

static bool add_line(struct rules *rules, char *line, const char *path,
                     unsigned number, struct failure *failure) {
    struct failure why = {.text = ""};
    const char *text = line + strspn(line, " \t\r\n");
    if (!strchr(line, '\n') && strlen(line) == LINE_BYTES - 1)
        return fail(failure, "%s:%u: a line has at most %d letters", path,
                    number, LINE_BYTES - 2);
    if (*text == '\0' || *text == '#')
        return true;
    if (rules_add(rules, text, &why)) {
        rules->list[rules->count - 1].file = path;
        rules->list[rules->count - 1].line = number;
        return true;
    }
    return fail(failure, "%s:%u: %s", path, number, why.text);
}

bool rules_read(struct rules *rules, const char *path,
                struct failure *failure) {
    char line[LINE_BYTES];
    size_t before = rules->count;
    bool good = true;
    FILE *in = fopen(path, "r");
    if (!in)
        return fail(failure, "the rules in \"%s\" cannot be read: %s", path,
                    strerror(errno));
    for (unsigned number = 1; good && fgets(line, sizeof line, in); number++)
        good = add_line(rules, line, path, number, failure);
    if (good && ferror(in))
        good = fail(failure, "the rules in \"%s\" cannot be read: %s", path,
                    strerror(errno));
    if (good && rules->count == before)
        good = fail(failure, "there is no rule in \"%s\"", path);
    fclose(in);
    return good;
}

void rules_free(struct rules *rules) {
    free(rules->list);
    rules->list = NULL;
}
