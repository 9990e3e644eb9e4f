// names_block.c - what is known of the addresses of a trace, as blocks for it.
//
// A block is cut when it is large, so that whoever reads it needs little memory
// for it, and each has its own texts.
#include "viewer/names/names_block.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/base/pack.h"

enum {
    BLOCK_BYTES = 512 << 10,  // about
    MOST_TEXT_BYTES = 4096,   // of a name; the rest is left out
    PROGRESS_CALLS = 1 << 10, // between two calls of progress
};

// The block in the making.
struct making {
    struct pack texts, lists[TRACE_NAMES_LISTS];
    uint64_t last[TRACE_NAMES_LISTS];
    uint64_t address, start; // of the call before
    size_t text_count;
    uint32_t *slots; // numbers of texts, by what they say
    const char **said;
    size_t slot_count;
};

static void put_varint(struct pack *pack, uint64_t value) {
    uint8_t bytes[TRACE_MAX_VARINT];
    size_t count = 0;
    while (value >= 0x80) {
        bytes[count++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[count++] = (uint8_t)value;
    pack_put(pack, bytes, count);
}

// ---- texts ----

static size_t hash_of(const char *text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (size_t)(hash >> 16);
}

static size_t find_slot(const struct making *m, const char *text) {
    size_t at = hash_of(text) & (m->slot_count - 1);
    while (m->slots[at] && strcmp(m->said[m->slots[at]], text) != 0)
        at = (at + 1) & (m->slot_count - 1);
    return at;
}

static void grow_slots(struct making *m) {
    m->slot_count = m->slot_count ? m->slot_count * 2 : 1024;
    free(m->slots);
    m->slots = memory_zeroed(m->slot_count, sizeof *m->slots);
    m->said = memory_resize(m->said, m->slot_count, sizeof *m->said);
    for (uint32_t i = 1; i <= m->text_count; i++)
        m->slots[find_slot(m, m->said[i])] = i;
}

// Its number in the block; 0 for NULL.
static uint64_t number_of(struct making *m, const char *text) {
    if (!text || !*text)
        return 0;
    if (2 * (m->text_count + 1) >= m->slot_count)
        grow_slots(m);
    size_t at = find_slot(m, text);
    if (m->slots[at])
        return m->slots[at];
    size_t bytes = strnlen(text, MOST_TEXT_BYTES);
    put_varint(&m->texts, bytes);
    pack_put(&m->texts, text, bytes);
    m->slots[at] = (uint32_t)++m->text_count;
    m->said[m->text_count] = text;
    return m->text_count;
}

// ---- the block ----

static void put_difference(struct making *m, enum trace_names_list list,
                           uint64_t value) {
    put_varint(&m->lists[list], trace_zigzag(value - m->last[list]));
    m->last[list] = value;
}

static void put_call(struct making *m, uint64_t address, uint64_t start,
                     const struct frame *frames, size_t count) {
    uint64_t code = start > 0 && start <= address ? 2 + address - start : 0;
    if (code > 0 && start == m->start)
        code = 1;
    m->start = code > 0 ? start : 0;
    put_varint(&m->lists[TRACE_NAMES_CALL], address - m->address);
    put_varint(&m->lists[TRACE_NAMES_START], code);
    put_varint(&m->lists[TRACE_NAMES_FRAMES], count);
    m->address = address;
    for (size_t i = 0; i < count; i++) {
        put_difference(m, TRACE_NAMES_FUNCTION,
                       number_of(m, frames[i].function));
        put_difference(m, TRACE_NAMES_FILE, number_of(m, frames[i].file));
        put_difference(m, TRACE_NAMES_LINE, frames[i].line);
    }
}

static size_t making_bytes(const struct making *m) {
    size_t bytes = m->texts.size;
    for (int i = 0; i < TRACE_NAMES_LISTS; i++)
        bytes += m->lists[i].size;
    return bytes;
}

static void making_free(struct making *m) {
    pack_free(&m->texts);
    for (int i = 0; i < TRACE_NAMES_LISTS; i++)
        pack_free(&m->lists[i]);
    free(m->slots);
    free(m->said);
    *m = (struct making){.address = 0};
}

// Hands it out, and begins the next.
static bool making_end(struct making *m, const struct names_sink *sink) {
    struct pack payload = {.bytes = NULL};
    bool good = true;
    if (m->lists[TRACE_NAMES_CALL].size > 0) {
        put_varint(&payload, m->text_count);
        pack_put(&payload, m->texts.bytes, m->texts.size);
        for (int i = 0; i < TRACE_NAMES_LISTS; i++) {
            uint32_t bytes = (uint32_t)m->lists[i].size;
            pack_put(&payload, &bytes, sizeof bytes);
            pack_put(&payload, m->lists[i].bytes, m->lists[i].size);
        }
        good = sink->put(sink->context, payload.bytes, payload.size);
    }
    pack_free(&payload);
    making_free(m);
    return good;
}

// ---- all addresses ----

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

// All that are in stacks, each once, ascending.
static uint64_t *find_addresses(const struct trace_tables *tables,
                                size_t *count) {
    uint64_t *list = NULL;
    size_t all = 0, capacity = 0;
    for (uint32_t i = 1; i < tables->node_count; i++) {
        const struct stack_node *node = trace_node(tables, i);
        if (!node)
            continue;
        list = memory_grow(list, all, &capacity, sizeof *list);
        list[all++] = node->address;
    }
    if (all > 0)
        qsort(list, all, sizeof *list, compare);
    *count = 0;
    for (size_t i = 0; i < all; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[(*count)++] = list[i];
    return list;
}

// Whether it is more than the trace has of the address.
static bool is_more(const struct trace_tables *tables, uint64_t address,
                    uint64_t start, const struct frame *frames, size_t count) {
    const struct named_call *call = trace_names_find(&tables->names, address);
    bool named = frames[0].function, placed = frames[0].file;
    if (!call)
        return named || placed || start;
    const struct named_function *known = &tables->names.functions[call->first];
    return (named && !known->name) || (placed && !known->file) ||
           count > call->count;
}

void names_block_write(const struct trace_tables *tables,
                       struct symbols *symbols, const struct names_sink *sink,
                       struct names_count *count) {
    struct making making = {.address = 0};
    uint64_t *list = find_addresses(tables, &count->calls);
    bool goes_on = true;
    count->named = count->added = 0;
    for (size_t i = 0; i < count->calls && goes_on; i++) {
        uint64_t start;
        size_t frames;
        const struct frame *of =
            symbols_with_start(symbols, list[i], &frames, &start);
        count->named += of->function != NULL;
        if (is_more(tables, list[i], start, of, frames)) {
            put_call(&making, list[i], start, of, frames);
            count->added++;
        }
        if (making_bytes(&making) >= BLOCK_BYTES)
            goes_on = making_end(&making, sink);
        if (goes_on && i % PROGRESS_CALLS == 0)
            goes_on =
                sink->progress(sink->context, (double)i / (double)count->calls);
    }
    making_end(&making, sink);
    free(list);
}
