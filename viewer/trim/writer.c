// writer.c - a trace file, block by block.
#include "viewer/trim/writer.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "viewer/base/crc32c.h"
#include "viewer/base/memory.h"

enum { LEVEL = 3, FIRST_CAPACITY = 1 << 12 };

void column_bytes(struct column *column, const void *bytes, size_t size) {
    if (column->size + size > column->capacity) {
        size_t wanted = 2 * (column->size + size);
        column->capacity = wanted > FIRST_CAPACITY ? wanted : FIRST_CAPACITY;
        column->bytes = memory_resize(column->bytes, column->capacity, 1);
    }
    if (size > 0)
        memcpy(column->bytes + column->size, bytes, size);
    column->size += size;
}

void column_varint(struct column *column, uint64_t value) {
    uint8_t bytes[10];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[size++] = (uint8_t)(value | 0x80);
    bytes[size++] = (uint8_t)value;
    column_bytes(column, bytes, size);
}

void column_free(struct column *column) {
    free(column->bytes);
    *column = (struct column){.bytes = NULL};
}

void writer_header(FILE *out, const struct trace_file_header *from) {
    struct trace_file_header header = *from;
    header.version = TRACE_VERSION;
    header.header_bytes = sizeof header;
    header.crc = crc32c(&header, offsetof(struct trace_file_header, crc));
    fwrite(&header, sizeof header, 1, out);
}

void writer_block(FILE *out, const struct trace_block_header *from,
                  const struct column *payload) {
    struct trace_block_header header = *from;
    size_t room = ZSTD_compressBound(payload->size);
    uint8_t *packed = memory_get(room);
    size_t size =
        ZSTD_compress(packed, room, payload->bytes, payload->size, LEVEL);
    bool shorter = !ZSTD_isError(size) && size < payload->size;
    const uint8_t *stored = shorter ? packed : payload->bytes;
    header.magic = TRACE_BLOCK_MAGIC;
    header.codec = shorter ? TRACE_ZSTD : TRACE_RAW;
    header.stored_bytes = (uint32_t)(shorter ? size : payload->size);
    header.raw_bytes = (uint32_t)payload->size;
    header.payload_crc = crc32c(stored, header.stored_bytes);
    header.reserved = 0;
    header.header_crc =
        crc32c(&header, offsetof(struct trace_block_header, header_crc));
    fwrite(&header, sizeof header, 1, out);
    fwrite(stored, 1, header.stored_bytes, out);
    free(packed);
}

void writer_plain(FILE *out, uint32_t kind, const struct column *payload) {
    if (payload->size > 0)
        writer_block(out, &(struct trace_block_header){.kind = kind}, payload);
}
