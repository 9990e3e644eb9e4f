// statistics_json.c - all statistics as a text, written without allocating.
#include "core/rpmalloc.h"
#include "core/span/size_class.h"

struct text {
    char *bytes;
    size_t room;
    size_t used; // also what there was no room for
};

static void put(struct text *text, const char *what) {
    for (; *what != 0; ++what, ++text->used)
        if (text->used + 1 < text->room)
            text->bytes[text->used] = *what;
}

static void put_number(struct text *text, size_t value) {
    char digits[24];
    unsigned first = sizeof digits - 1;

    digits[first] = 0;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put(text, digits + first);
}

// A member of an object, with what goes before it.
static void put_member(struct text *text, const char *before, const char *name,
                       size_t value) {
    put(text, before);
    put(text, "\"");
    put(text, name);
    put(text, "\": ");
    put_number(text, value);
}

static void put_global(struct text *text) {
    struct rpmalloc_global_statistics all;

    rpmalloc_global_statistics(&all);
    put_member(text, "{\n  \"global\": {", "mapped", all.mapped);
    put_member(text, ", ", "mapped_peak", all.mapped_peak);
    put_member(text, ", ", "thread_cache", all.thread_cache);
    put_member(text, ", ", "global_cache", all.global_cache);
    put_member(text, ", ", "segment_free", all.segment_free);
    put_member(text, ", ", "large", all.large);
    put_member(text, ", ", "huge", all.huge);
    put_member(text, ", ", "bookkeeping", all.bookkeeping);
    put_member(text, ", ", "segments", all.segments);
    put_member(text, ", ", "heaps", all.heaps);
}

static void put_empty(struct text *text) {
    struct rpmalloc_empty_statistics empty;

    rpmalloc_empty_statistics(&empty);
    put_member(text, "},\n  \"empty\": {", "thread_caches",
               empty.thread_caches);
    put_member(text, ", ", "global_cache", empty.global_cache);
    put_member(text, ", ", "global_pinned", empty.global_pinned);
    put_member(text, ", ", "huge_kept", empty.huge_kept);
    put_member(text, ", ", "unbacked", empty.unbacked);
    put_member(text, ", ", "unbacked_pinned", empty.unbacked_pinned);
    put_member(text, ", ", "segments", empty.segments);
    put_member(text, ", ", "segments_pinned", empty.segments_pinned);
}

static void put_thread(struct text *text) {
    struct rpmalloc_thread_statistics mine;

    rpmalloc_thread_statistics(&mine);
    put_member(text, "},\n  \"thread\": {", "in_use", mine.in_use);
    put_member(text, ", ", "free", mine.free);
    put_member(text, ", ", "deferred", mine.deferred);
    put_member(text, ", ", "thread_cache", mine.thread_cache);
    put_member(text, ", ", "spans", mine.spans);
}

static void put_classes(struct text *text) {
    struct rpmalloc_class_statistics classes[CLASS_COUNT];
    size_t count = rpmalloc_class_statistics(classes, CLASS_COUNT);
    int has_any = 0;

    for (size_t i = 0; i < count; ++i) {
        const struct rpmalloc_class_statistics *class = &classes[i];
        if (class->spans == 0)
            continue;
        put_member(text, has_any ? "},\n    {" : "},\n  \"classes\": [\n    {",
                   "block_bytes", class->block_bytes);
        put_member(text, ", ", "spans", class->spans);
        put_member(text, ", ", "in_use", class->in_use);
        put_member(text, ", ", "free", class->free);
        put_member(text, ", ", "deferred", class->deferred);
        has_any = 1;
    }
    put(text, has_any ? "}]\n}\n" : "},\n  \"classes\": []\n}\n");
}

size_t rpmalloc_statistics_json(char *text, size_t room) {
    struct text all = {text, room, 0};

    put_global(&all);
    put_empty(&all);
    put_thread(&all);
    put_classes(&all);
    if (room > 0)
        text[all.used < room ? all.used : room - 1] = 0;
    return all.used;
}
