// protobuf.h - messages in the encoding of protocol buffers.
//
// A field is a number and a varint, or a number and bytes; a message within
// another is such bytes: it is begun, filled and ended, and its length, which
// stands before it, is put there at its end.
#ifndef RPSCOPE_EXPORT_PROTOBUF_H
#define RPSCOPE_EXPORT_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Zeroed before first use; given to protobuf_free afterwards.
struct protobuf {
    uint8_t *bytes;
    size_t size, capacity;
};

void protobuf_varint(struct protobuf *message, uint64_t value); // no field
void protobuf_number(struct protobuf *message, unsigned field, uint64_t value);
// Of type int64 where it may be below 0.
void protobuf_signed(struct protobuf *message, unsigned field, int64_t value);
void protobuf_bytes(struct protobuf *message, unsigned field, const void *bytes,
                    size_t size);
// Escaped, so that it is valid UTF-8 and harmless (base/escape.h).
void protobuf_text(struct protobuf *message, unsigned field, const char *text);

// Begins a message, or numbers that are packed, within this one. Returns what
// protobuf_close wants.
size_t protobuf_open(struct protobuf *message, unsigned field);
void protobuf_close(struct protobuf *message, size_t opened);

// Writes what is there, and begins anew. Errors are the stream's.
void protobuf_flush(struct protobuf *message, FILE *out);
void protobuf_free(struct protobuf *message);

#endif
