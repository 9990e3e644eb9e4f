// counts.c - see stack_facts.h.
#include "instrument/stack/counts.h"

#include "instrument/os/line.h"
#include "instrument/format/trace_format.h"

#include <string.h>

static uint8_t *put(uint8_t *at, const char *key,
                    const _Atomic uint64_t *count) {
    char text[24];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_number(&line, load_relaxed(count)); // relaxed: a count
    struct trace_meta_entry entry = {(uint16_t)strlen(key), 0,
                                     (uint32_t)strlen(text)};
    memcpy(at, &entry, sizeof entry);
    at += sizeof entry;
    memcpy(at, key, entry.key_bytes);
    at += entry.key_bytes;
    memcpy(at, text, entry.value_bytes);
    return at + entry.value_bytes;
}

size_t rp_stack_facts(const struct rp_tree_shared *tree,
                      uint8_t payload[RP_STACK_FACTS_BYTES]) {
    uint8_t *at = payload;

    at = put(at, "stack_checks", &tree->checks);
    at = put(at, "stack_differences", &tree->differences);
    at = put(at, "stacks_by_libunwind", &tree->unwound);
    at = put(at, "stacks_lost", &tree->lost);
    return (size_t)(at - payload);
}
