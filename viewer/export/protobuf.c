// protobuf.c - messages in the encoding of protocol buffers.
#include "viewer/export/protobuf.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/memory.h"

enum {
    WIRE_VARINT = 0,
    WIRE_BYTES = 2,
    MOST_VARINT = 10,
    FIRST_CAPACITY = 1 << 12,
    ESCAPED_BYTES = 1 << 14, // of a text; what is longer is cut
};

static uint8_t *room(struct protobuf *message, size_t bytes) {
    if (message->size + bytes > message->capacity) {
        size_t wanted = 2 * (message->size + bytes);
        message->capacity = wanted > FIRST_CAPACITY ? wanted : FIRST_CAPACITY;
        message->bytes = memory_resize(message->bytes, message->capacity, 1);
    }
    return message->bytes + message->size;
}

static size_t encode(uint8_t out[MOST_VARINT], uint64_t value) {
    size_t size = 0;
    while (value >= 0x80) {
        out[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[size++] = (uint8_t)value;
    return size;
}

void protobuf_varint(struct protobuf *message, uint64_t value) {
    message->size += encode(room(message, MOST_VARINT), value);
}

static void put_key(struct protobuf *message, unsigned field, unsigned wire) {
    protobuf_varint(message, (uint64_t)field << 3 | wire);
}

void protobuf_number(struct protobuf *message, unsigned field, uint64_t value) {
    put_key(message, field, WIRE_VARINT);
    protobuf_varint(message, value);
}

void protobuf_signed(struct protobuf *message, unsigned field, int64_t value) {
    protobuf_number(message, field, (uint64_t)value);
}

void protobuf_bytes(struct protobuf *message, unsigned field, const void *bytes,
                    size_t size) {
    put_key(message, field, WIRE_BYTES);
    protobuf_varint(message, size);
    memcpy(room(message, size), bytes, size);
    message->size += size;
}

void protobuf_text(struct protobuf *message, unsigned field, const char *text) {
    char escaped[ESCAPED_BYTES];
    escape_text(escaped, sizeof escaped, text);
    protobuf_bytes(message, field, escaped, strlen(escaped));
}

size_t protobuf_open(struct protobuf *message, unsigned field) {
    put_key(message, field, WIRE_BYTES);
    return message->size;
}

void protobuf_close(struct protobuf *message, size_t opened) {
    uint8_t length[MOST_VARINT];
    size_t inner = message->size - opened, bytes = encode(length, inner);
    room(message, bytes);
    memmove(message->bytes + opened + bytes, message->bytes + opened, inner);
    memcpy(message->bytes + opened, length, bytes);
    message->size += bytes;
}

void protobuf_flush(struct protobuf *message, FILE *out) {
    fwrite(message->bytes, 1, message->size, out);
    message->size = 0;
}

void protobuf_free(struct protobuf *message) {
    free(message->bytes);
    *message = (struct protobuf){0};
}
