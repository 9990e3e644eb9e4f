// gzip.c - a stream whose bytes are compressed on their way to another.
#include "viewer/export/gzip.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "viewer/base/memory.h"

enum { PIECE_BYTES = 1 << 15, GZIP_WINDOW = 15 + 16 };

struct gzip {
    FILE *out;
    z_stream stream;
    uint8_t piece[PIECE_BYTES];
};

// Compresses what stands in the stream's input. False when `out` takes no more.
static bool squeeze(struct gzip *gzip, int flush) {
    z_stream *stream = &gzip->stream;
    do {
        stream->next_out = gzip->piece;
        stream->avail_out = PIECE_BYTES;
        deflate(stream, flush);
        fwrite(gzip->piece, 1, PIECE_BYTES - stream->avail_out, gzip->out);
    } while (stream->avail_out == 0 && !ferror(gzip->out));
    return !ferror(gzip->out);
}

static ssize_t gzip_write(void *cookie, const char *bytes, size_t size) {
    struct gzip *gzip = cookie;
    union { // zlib does not write to it
        const char *from;
        Bytef *to;
    } input = {.from = bytes};
    gzip->stream.next_in = input.to;
    gzip->stream.avail_in = (uInt)size;
    return squeeze(gzip, Z_NO_FLUSH) ? (ssize_t)size : 0;
}

static int gzip_close(void *cookie) {
    struct gzip *gzip = cookie;
    gzip->stream.avail_in = 0;
    bool good = squeeze(gzip, Z_FINISH);
    deflateEnd(&gzip->stream);
    free(gzip);
    return good ? 0 : EOF;
}

FILE *gzip_open(FILE *out) {
    struct gzip *gzip = memory_zeroed(1, sizeof *gzip);
    gzip->out = out;
    if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                     GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(gzip);
        return NULL;
    }
    FILE *stream = fopencookie(
        gzip, "w",
        (cookie_io_functions_t){.write = gzip_write, .close = gzip_close});
    if (!stream)
        gzip_close(gzip);
    return stream;
}
