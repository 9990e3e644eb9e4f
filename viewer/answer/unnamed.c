// unnamed.c - files of the recording whose functions have no names, and what
// brings them.
#include "viewer/answer/unnamed.h"

#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"

struct unnamed {
    const char *path;
    uint64_t allocations; // of call sites in it that have no name
};

// Sites come in the order of live bytes, so a file that matters comes early.
enum { MOST_FILES = 64 };

static size_t collect(const struct answer *a, struct unnamed *list) {
    size_t count = 0;
    for (size_t i = 0; i < a->site_count; i++) {
        const struct site *where = &a->sites[i].where;
        if (!where->recorded || where->function || !where->module ||
            where->module[0] != '/')
            continue;
        size_t k = 0;
        while (k < count && strcmp(list[k].path, where->module) != 0)
            k++;
        if (k == MOST_FILES)
            continue;
        if (k == count)
            list[count++] = (struct unnamed){.path = where->module};
        list[k].allocations += a->sites[i].counts.allocations;
    }
    return count;
}

// Files that are not there, or are others now, are said elsewhere.
static bool is_missing(const struct symbols *symbols, const char *path) {
    bool changed;
    const char *missing;
    for (size_t i = 0; (missing = symbols_missing(symbols, i, &changed)); i++)
        if (strcmp(missing, path) == 0)
            return true;
    return false;
}

const char *unnamed_say(struct answer *a) {
    struct unnamed list[MOST_FILES], first = {.path = NULL};
    size_t count = collect(a, list), files = 0;
    uint64_t allocations = 0;
    const struct symbols *symbols = state_names(a->state);
    bool wanted = symbols_named(symbols);
    for (size_t i = 0; wanted && i < count; i++) {
        if (is_missing(symbols, list[i].path))
            continue;
        files++;
        allocations += list[i].allocations;
        if (list[i].allocations > first.allocations || !first.path)
            first = list[i];
    }
    state_names_done(a->state);
    if (files == 0)
        return NULL;
    const char *more = files == 1
                           ? ""
                           : state_text(a->state, " and %zu other%s", files - 1,
                                        files == 2 ? "" : "s");
    return state_text(
        a->state,
        "%s of allocations are of functions in %s%s that have no name: there "
        "are no symbols of them; what brings them is its package of debug "
        "symbols (%s-dbgsym, -debuginfo), a build that is not stripped, or "
        "DEBUGINFOD_URLS=https://debuginfod.elfutils.org rpscope symbolize "
        "--debuginfod %s",
        number_percent((double)allocations, (double)a->allocations).text,
        text_base_name(first.path), more, text_base_name(first.path), a->path);
}
