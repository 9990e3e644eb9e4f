// names.c - functions and lines of addresses, as the trace itself has them.
#include "viewer/trace/names.h"

#include <stdlib.h>

#include "instrument/format/trace_format.h"

// The texts of one block, while it is read.
struct texts {
    const char **list; // by number; 0 is none
    uint64_t count;
};

// Copies them, each with a NUL; false when they are not whole.
static bool read_texts(struct trace_names *names, struct pool *pool,
                       struct bytes *b, struct texts *texts) {
    const uint8_t *start = b->at, *text;
    uint64_t count, size;
    if (!bytes_varint(b, &count) || count > bytes_left(b))
        return false;
    struct bytes again = *b;
    for (uint64_t i = 0; i < count; i++)
        if (!bytes_varint(b, &size) || !bytes_run(b, size, &text))
            return false;
    // The length of each takes a byte at least, as its NUL does.
    char *copy = pool_get(pool, (size_t)(b->at - start));
    names->texts = pool_grow(pool, names->texts, names->text_count,
                             &names->text_capacity, sizeof *names->texts);
    names->texts[names->text_count++] = copy;
    texts->list = pool_get(pool, (count + 1) * sizeof *texts->list);
    texts->list[0] = NULL;
    texts->count = count;
    for (uint64_t i = 1; i <= count; i++) {
        if (!bytes_varint(&again, &size) || !bytes_run(&again, size, &text))
            return false;
        memcpy(copy, text, size);
        copy[size] = '\0';
        texts->list[i] = copy;
        copy += size + 1;
    }
    return true;
}

static bool take_difference(struct bytes *list, uint64_t *last) {
    uint64_t code;
    if (!bytes_varint(list, &code))
        return false;
    *last += trace_unzigzag(code);
    return true;
}

// The functions of one address. last: of each list.
static bool read_functions(struct trace_names *names, struct pool *pool,
                           struct bytes *lists, const struct texts *texts,
                           uint64_t count, uint64_t last[TRACE_NAMES_LISTS]) {
    for (uint64_t i = 0; i < count; i++) {
        for (int list = TRACE_NAMES_FUNCTION; list <= TRACE_NAMES_LINE; list++)
            if (!take_difference(&lists[list], &last[list]))
                return false;
        if (last[TRACE_NAMES_FUNCTION] > texts->count ||
            last[TRACE_NAMES_FILE] > texts->count ||
            last[TRACE_NAMES_LINE] > UINT32_MAX)
            return false;
        names->functions =
            pool_grow(pool, names->functions, names->function_count,
                      &names->function_capacity, sizeof *names->functions);
        names->functions[names->function_count++] = (struct named_function){
            .name = texts->list[last[TRACE_NAMES_FUNCTION]],
            .file = texts->list[last[TRACE_NAMES_FILE]],
            .line = (uint32_t)last[TRACE_NAMES_LINE]};
    }
    return true;
}

static bool read_calls(struct trace_names *names, struct pool *pool,
                       struct bytes *lists, const struct texts *texts) {
    uint64_t last[TRACE_NAMES_LISTS] = {0};
    struct named_call call = {0};
    while (bytes_left(&lists[TRACE_NAMES_CALL]) > 0) {
        uint64_t step, start, count;
        if (!bytes_varint(&lists[TRACE_NAMES_CALL], &step) ||
            !bytes_varint(&lists[TRACE_NAMES_START], &start) ||
            !bytes_varint(&lists[TRACE_NAMES_FRAMES], &count) || count == 0 ||
            count > TRACE_NAMES_MOST_FRAMES)
            return false;
        call.address += step;
        if (start != 1)
            call.start = start > 0 ? call.address + 2 - start : 0;
        call.first = names->function_count;
        call.count = (uint32_t)count;
        if (!read_functions(names, pool, lists, texts, count, last))
            return false;
        names->calls = pool_grow(pool, names->calls, names->call_count,
                                 &names->call_capacity, sizeof *names->calls);
        names->calls[names->call_count++] = call;
    }
    for (int list = 0; list < TRACE_NAMES_LISTS; list++)
        if (bytes_left(&lists[list]) > 0)
            return false;
    return true;
}

bool trace_names_read(struct trace_names *names, struct pool *pool,
                      struct bytes b) {
    size_t calls = names->call_count, functions = names->function_count;
    struct bytes lists[TRACE_NAMES_LISTS];
    struct texts texts = {NULL, 0};
    bool good = read_texts(names, pool, &b, &texts);
    for (int i = 0; good && i < TRACE_NAMES_LISTS; i++) {
        uint32_t size;
        const uint8_t *start;
        good = bytes_u32(&b, &size) && bytes_run(&b, size, &start);
        if (good)
            lists[i] = (struct bytes){start, start + size};
    }
    good =
        good && bytes_left(&b) == 0 && read_calls(names, pool, lists, &texts);
    pool_give(pool, texts.list);
    if (!good) {
        names->call_count = calls;
        names->function_count = functions;
    }
    return good;
}

static int compare_calls(const void *left, const void *right) {
    const struct named_call *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    // The later one has the later functions.
    return a->first < b->first ? -1 : a->first > b->first;
}

void trace_names_sort(struct trace_names *names) {
    size_t count = 0;
    if (names->call_count == 0)
        return;
    qsort(names->calls, names->call_count, sizeof *names->calls, compare_calls);
    for (size_t i = 1; i < names->call_count; i++) {
        if (names->calls[i].address != names->calls[count].address)
            count++;
        names->calls[count] = names->calls[i];
    }
    names->call_count = count + 1;
}

void trace_names_free(struct trace_names *names, struct pool *pool) {
    for (size_t i = 0; i < names->text_count; i++)
        pool_give(pool, names->texts[i]);
    pool_give(pool, names->texts);
    pool_give(pool, names->functions);
    pool_give(pool, names->calls);
}

const struct named_call *trace_names_find(const struct trace_names *names,
                                          uint64_t address) {
    size_t low = 0, high = names->call_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (names->calls[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->call_count && names->calls[low].address == address
               ? &names->calls[low]
               : NULL;
}
