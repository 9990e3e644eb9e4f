// filter.c - which blocks count, as people write it.
#include "viewer/query/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/block_tables.h"
#include "viewer/base/memory.h"
#include "viewer/query/condition.h"

struct filter {
    struct block_filter shown; // first
    struct condition conditions[CONDITIONS_MOST];
    size_t count;
    char text[];
};

static bool holds(const struct block_filter *filter,
                  const struct answer_live_block *block) {
    const struct filter *f = (const struct filter *)filter;
    return conditions_hold(NULL, f->conditions, f->count, block);
}

static bool is_one_of(const char *key, const char *const *keys) {
    while (*keys && strcmp(key, *keys) != 0)
        keys++;
    return *keys != NULL;
}

struct block_filter *filter_new(const char *text, struct failure *failure) {
    static const char *const sites[] = {"function", "file", "line", "module",
                                        NULL};
    static const char *const ages[] = {"lives_ns", NULL};
    size_t length = strlen(text);
    struct filter *f = memory_zeroed(1, sizeof *f + length + 1);
    failure->asked = true;
    f->count = conditions_read(&blocks_table, text, f->conditions, failure);
    if (f->count == 0) {
        free(f);
        return NULL;
    }
    failure->asked = false;
    memcpy(f->text, text, length + 1);
    f->shown = (struct block_filter){holds, f->text, true, false};
    for (size_t i = 0; i < f->count; i++) {
        const char *key = f->conditions[i].column->key;
        f->shown.of_sites &= is_one_of(key, sites);
        f->shown.of_age |= is_one_of(key, ages);
    }
    return &f->shown;
}

// " and KEY = 'TEXT'"; of a text that cannot be written whole, its beginning.
static size_t put_text(char *out, size_t used, const char *key,
                       const char *text) {
    const char *and = used > 0 ? " and " : "";
    size_t length = text ? strlen(text) : 0;
    char quote = !text || !strchr(text, '"') ? '"' : '\'';
    size_t most = text ? strcspn(text, (char[2]){quote, 0}) : 0;
    most = most < CONDITION_TEXT_BYTES - 1 ? most : CONDITION_TEXT_BYTES - 1;
    if (!text)
        return used + (size_t)snprintf(out + used, FILTER_BYTES - used,
                                       "%s%s = none", and, key);
    return used + (size_t)snprintf(out + used, FILTER_BYTES - used,
                                   "%s%s %s %c%.*s%c", and, key,
                                   most < length ? "~" : "=", quote, (int)most,
                                   text, quote);
}

void filter_of_site(const struct site *site, char *out) {
    size_t used = put_text(out, 0, "function", site->function);
    if (site->file)
        used = put_text(out, used, "file", site->file);
    if (site->line > 0)
        snprintf(out + used, FILTER_BYTES - used, " and line = %u", site->line);
    else
        put_text(out, used, "module", site->module);
}

void filter_free(const struct block_filter *filter) {
    free((void *)filter);
}
