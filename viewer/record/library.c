// library.c - finding the libraries that are preloaded into programs.
#include "viewer/record/library.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The folder of this executable.
static void library_folder(char folder[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    folder[length > 0 ? length : 0] = 0;
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
}

bool library_find(const struct library *library, char *path,
                  struct failure *failure) {
    const char *const places[] = {library->built, library->installed};
    char folder[PATH_MAX];
    library_folder(folder);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char place[2 * PATH_MAX];
        snprintf(place, sizeof place, "%s/%s", folder, places[i]);
        if (library_take(place, path))
            return true;
    }
    return fail(failure,
                "cannot find %s: neither %s/%s nor %s/%s is there; build it "
                "with scons%s",
                library->what, folder, library->built, folder,
                library->installed, library->otherwise);
}

bool library_take(const char *named, char *path) {
    return access(named, R_OK) == 0 && realpath(named, path);
}

bool library_can_preload(const char *path) {
    return !strpbrk(path, " :");
}
