// writer.h - a trace file, block by block.
#ifndef RPSCOPE_TRIM_WRITER_H
#define RPSCOPE_TRIM_WRITER_H

#include <stdio.h>

#include "viewer/trace/file.h"

// Bytes of a block in the making; zeroed before first use, then freed with
// column_free.
struct column {
    uint8_t *bytes;
    size_t size, capacity;
};
void column_bytes(struct column *column, const void *bytes, size_t size);
void column_varint(struct column *column, uint64_t value);
void column_free(struct column *column);

// Writes the header of the file as it is in `from`, of the newest version.
void writer_header(FILE *out, const struct trace_file_header *from);
// Writes a block with this payload, compressed when that is shorter; of
// `header`, kind and what is said of events are set. Errors are the stream's.
void writer_block(FILE *out, const struct trace_block_header *header,
                  const struct column *payload);
// The same of a block without events; nothing when the payload is empty.
void writer_plain(FILE *out, uint32_t kind, const struct column *payload);

#endif
