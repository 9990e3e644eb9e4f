// source.c - lines of source files, for showing where a frame is.
#include "viewer/names/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOURCE_MAX_BYTES = 16 << 20, SOURCE_TAB = 4 };

static struct {
    char *path; // of the file in `text`; NULL: none
    char *text; // NULL: it could not be read
    size_t size;
} source_kept;

static void source_keep(const char *path) {
    if (source_kept.path && strcmp(source_kept.path, path) == 0)
        return;
    free(source_kept.path);
    free(source_kept.text);
    source_kept.path = strdup(path);
    source_kept.text = NULL;
    source_kept.size = 0;
    // A path in a trace may name anything: a FIFO must not block us.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size > 0 && status.st_size <= SOURCE_MAX_BYTES) {
        char *text = malloc((size_t)status.st_size);
        ssize_t got = text ? read(fd, text, (size_t)status.st_size) : -1;
        if (got > 0) {
            source_kept.text = text;
            source_kept.size = (size_t)got;
        } else {
            free(text);
        }
    }
    close(fd);
}

bool source_line(const char *path, uint32_t line, char *out, size_t size) {
    source_keep(path);
    const char *at = source_kept.text;
    if (!at || line == 0 || size == 0)
        return false;
    const char *end = at + source_kept.size;
    for (; line > 1; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            return false;
        at++;
    }
    if (at == end)
        return false;
    size_t used = 0;
    for (; at < end && *at != '\n' && *at != '\r' && used + 1 < size; at++) {
        if (*at != '\t') {
            out[used++] = *at;
            continue;
        }
        do
            out[used++] = ' ';
        while (used % SOURCE_TAB && used + 1 < size);
    }
    out[used] = 0;
    return true;
}
