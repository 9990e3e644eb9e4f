// info.c - what the C library's ways of asking for figures answer here.
//
// A heap is read by its own thread only, so what others' spans have free counts
// as in use: by spans of 64 KiB the figures are right.
#include "core/memory/huge_memory.h"
#include "core/rpmalloc.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#define EXPORT __attribute__((visibility("default")))

// As glibc has them; its header may be older than the newest of them.
struct mallinfo {
    int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks,
        fordblks, keepcost;
};
struct mallinfo2 {
    size_t arena;    // mapped, but for huge blocks
    size_t ordblks;  // free pieces; here always 1
    size_t smblks;   // 0
    size_t hblks;    // huge blocks
    size_t hblkhd;   // their memory
    size_t usmblks;  // 0
    size_t fsmblks;  // 0
    size_t uordblks; // in use, of the arena
    size_t fordblks; // not in use, of the arena
    size_t keepcost; // what malloc_trim could give back
};

EXPORT struct mallinfo2 mallinfo2(void);
EXPORT struct mallinfo mallinfo(void);
EXPORT int malloc_info(int options, FILE *file);
EXPORT int malloc_trim(size_t pad);

static size_t less(size_t value, size_t other) {
    return value > other ? value - other : 0; // they were not read at once
}

struct mallinfo2 mallinfo2(void) {
    struct rpmalloc_global_statistics all;
    struct rpmalloc_thread_statistics mine;

    rpmalloc_global_statistics(&all);
    rpmalloc_thread_statistics(&mine);
    size_t arena = less(all.mapped, all.huge);
    size_t empty = all.thread_cache + all.global_cache;
    size_t unused =
        empty + all.segment_free + all.bookkeeping + mine.free + mine.deferred;
    size_t used = less(arena, unused);
    return (struct mallinfo2){
        .arena = arena,
        .ordblks = 1,
        .hblks = rp_huge_memory_count(),
        .hblkhd = all.huge,
        .uordblks = used,
        .fordblks = arena - used,
        .keepcost = empty,
    };
}

static int narrow(size_t value) {
    return value < INT_MAX ? (int)value : INT_MAX;
}

struct mallinfo mallinfo(void) {
    struct mallinfo2 wide = mallinfo2();

    return (struct mallinfo){
        .arena = narrow(wide.arena),
        .ordblks = narrow(wide.ordblks),
        .hblks = narrow(wide.hblks),
        .hblkhd = narrow(wide.hblkhd),
        .uordblks = narrow(wide.uordblks),
        .fordblks = narrow(wide.fordblks),
        .keepcost = narrow(wide.keepcost),
    };
}

int malloc_info(int options, FILE *file) {
    if (options != 0)
        return EINVAL;

    struct mallinfo2 now = mallinfo2();
    struct rpmalloc_global_statistics all;
    rpmalloc_global_statistics(&all);
    int written = fprintf(file,
                          "<malloc version=\"1\">\n"
                          "<total type=\"fast\" count=\"0\" size=\"0\"/>\n"
                          "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n"
                          "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n"
                          "<system type=\"current\" size=\"%zu\"/>\n"
                          "<system type=\"max\" size=\"%zu\"/>\n"
                          "</malloc>\n",
                          now.ordblks, now.fordblks, now.hblks, now.hblkhd,
                          all.mapped, all.mapped_peak);
    return written < 0 ? EIO : 0;
}

// Bytes that are not known to be without memory.
static size_t held(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return less(now.mapped, now.segment_free);
}

int malloc_trim(size_t pad) {
    size_t before = held();

    (void)pad; // nothing is kept on top
    rpmalloc_collect_all();
    return held() < before;
}
