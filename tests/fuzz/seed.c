// seed.c - first inputs, and traces as inputs.
#include "tests/fuzz/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "instrument/format/trace_format.h"
#include "viewer/base/crc32c.h"

void seed_put(int count, char **arguments, const char *name, const void *bytes,
              size_t size) {
    char path[4096];
    for (int i = 1; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", arguments[i], name);
        FILE *file = arguments[i][0] == '-' ? NULL : fopen(path, "wb");
        if (file != NULL) {
            fwrite(bytes, 1, size, file);
            fclose(file);
        }
    }
}

void seed_seal_trace(uint8_t *data, size_t size) {
    struct trace_file_header file;
    if (size < sizeof file)
        return;
    memcpy(&file, data, sizeof file);
    memcpy(file.magic, TRACE_MAGIC, sizeof file.magic);
    file.version = TRACE_VERSION;
    file.header_bytes = sizeof file;
    file.crc = crc32c(&file, offsetof(struct trace_file_header, crc));
    memcpy(data, &file, sizeof file);
    for (size_t at = sizeof file;
         size - at >= sizeof(struct trace_block_header);) {
        struct trace_block_header block;
        memcpy(&block, data + at, sizeof block);
        size_t room = size - at - sizeof block;
        block.magic = TRACE_BLOCK_MAGIC;
        if (block.stored_bytes > room)
            block.stored_bytes = (uint32_t)room;
        if (block.codec == TRACE_RAW)
            block.raw_bytes = block.stored_bytes;
        block.payload_crc =
            crc32c(data + at + sizeof block, block.stored_bytes);
        block.header_crc =
            crc32c(&block, offsetof(struct trace_block_header, header_crc));
        memcpy(data + at, &block, sizeof block);
        at += sizeof block + block.stored_bytes;
    }
}

const char *seed_file(const void *bytes, size_t size) {
    static char path[64];
    static int file = -1;
    if (file < 0)
        file = memfd_create("input", 0);
    if (file < 0 || ftruncate(file, 0) != 0 ||
        pwrite(file, bytes, size, 0) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return path;
}
