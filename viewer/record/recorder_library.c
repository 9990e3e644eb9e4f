// recorder_library.c - the instrumented library, which programs are started
// with.
#include "viewer/record/recorder_library.h"
#include "viewer/record/library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool recorder_library_find(char *path, const char *given,
                           struct failure *failure) {
    static const struct library recorder = {
        .what = "the recorder",
        .built = "instrumented/librpscope-malloc.so",
        .installed = "../lib/rpscope/instrumented/librpscope-malloc.so",
        .otherwise = ", or name it with --library FILE"};
    const char *source = "--library";
    if (!given) {
        given = getenv("RPSCOPE_LIBRARY");
        source = "RPSCOPE_LIBRARY";
    }
    if (!given || !*given) {
        if (!library_find(&recorder, path, failure))
            return false;
    } else if (!library_take(given, path)) {
        return fail(failure, "cannot read the recorder \"%s\" (%s): %s", given,
                    source, strerror(errno));
    }
    if (!library_can_preload(path))
        return fail(failure,
                    "cannot preload the recorder \"%s\": its path has a "
                    "blank or a colon; put it elsewhere",
                    path);
    return true;
}

void recorder_library_preload(const char *path) {
    const char *preloaded = getenv("LD_PRELOAD");
    char *libraries;
    if (!preloaded || !*preloaded)
        setenv("LD_PRELOAD", path, 1);
    else if (asprintf(&libraries, "%s:%s", path, preloaded) > 0)
        setenv("LD_PRELOAD", libraries, 1);
}
