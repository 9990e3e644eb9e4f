// check_site.c - see check_site.h.
#include "viewer/record/check_site.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/options/page_choice.h"
#include "viewer/base/memory.h"
#include "viewer/record/elf_names.h"

static const char word[] = "site=";

// `site` up to its end, a comma or NUL.
static bool site_find(const char *site, size_t bytes, const char *program,
                      char place[RP_PAGES_SITE], struct failure *failure) {
    char text[RP_PAGES_SITE], path[PATH_MAX];
    const char *file = program, *name = text;
    struct elf_function function;
    struct rp_page_site known;
    snprintf(text, sizeof text, "%.*s", (int)bytes, site);
    snprintf(place, RP_PAGES_SITE, "%s", text);
    if (rp_page_site_read(text, &known))
        return true;
    char *colon = strchr(text, ':');
    if (text[0] == '/' && colon) {
        *colon = 0;
        file = text;
        name = colon + 1;
    }
    if (!realpath(file, path) || !elf_names_function(path, name, &function))
        return fail(failure,
                    "\"%s\" has no function \"%s\" in its tables of symbols "
                    "(site=)",
                    file, name);
    int used = snprintf(place, RP_PAGES_SITE, "%s+0x%" PRIx64 "-0x%" PRIx64,
                        path, function.start, function.end);
    return used < RP_PAGES_SITE ||
           fail(failure, "the path of \"%s\" is too long (site=)", file);
}

char *check_site_resolve(const char *checks, const char *program,
                         struct failure *failure) {
    char place[RP_PAGES_SITE];
    const char *site = strstr(checks, word);
    if (!site)
        return memory_text(checks, strlen(checks));
    site += sizeof word - 1;
    size_t before = (size_t)(site - checks), bytes = strcspn(site, ",");
    if (!site_find(site, bytes, program, place, failure))
        return NULL;
    size_t room = strlen(checks) + sizeof place;
    char *whole = memory_get(room);
    snprintf(whole, room, "%.*s%s%s", (int)before, checks, place, site + bytes);
    return whole;
}
