// meta.c - see meta.h.
#include "instrument/write/meta.h"

#include "instrument/format/trace_format.h"
#include "instrument/os/line.h"

#include <string.h>

void rp_meta_add(struct rp_meta *meta, const char *key, const char *value,
                 size_t bytes) {
    struct trace_meta_entry entry = {(uint16_t)strlen(key), 0, (uint32_t)bytes};

    if ((size_t)(meta->end - meta->at) < sizeof entry + entry.key_bytes + bytes)
        return;
    memcpy(meta->at, &entry, sizeof entry);
    meta->at += sizeof entry;
    memcpy(meta->at, key, entry.key_bytes);
    meta->at += entry.key_bytes;
    memcpy(meta->at, value, bytes);
    meta->at += bytes;
}

void rp_meta_add_text(struct rp_meta *meta, const char *key, const char *text) {
    rp_meta_add(meta, key, text, strlen(text));
}

void rp_meta_add_number(struct rp_meta *meta, const char *key,
                        uint64_t number) {
    char text[24];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_number(&line, number);
    rp_meta_add_text(meta, key, text);
}
