// look.c - the books of the allocator: its sums, its heaps, its walk.
#include "core/heap/heap.h"
#include "core/hook.h"
#include "core/thread/registry.h"
#include "tests/sequences/live.h"
#include "tests/sequences/sequence.h"

#include <string.h>

enum { CLASSES = 128, ROOM = 64 << 10 };

static size_t seen; // live blocks that the walk found

static void see(const struct rp_span_info *span, void *context) {
    (void)context;
    seen += span->live_blocks;
}

static void look_at_sums(void) {
    static struct rpmalloc_class_statistics classes[CLASSES];
    struct rpmalloc_global_statistics all;
    struct rpmalloc_empty_statistics empty;
    struct rpmalloc_thread_statistics mine;
    size_t spans = 0, in_use = 0, free = 0, deferred = 0;

    rpmalloc_global_statistics(&all);
    rpmalloc_empty_statistics(&empty);
    rpmalloc_thread_statistics(&mine);
    size_t count = rpmalloc_class_statistics(classes, CLASSES);
    LIVE_EXPECT(count <= CLASSES, "there are many classes");
    for (size_t i = 0; i < count; ++i) {
        spans += classes[i].spans;
        in_use += classes[i].in_use;
        free += classes[i].free;
        deferred += classes[i].deferred;
    }
    size_t parts = spans * rp_layout().span_bytes + all.large +
                   all.thread_cache + all.global_cache + all.segment_free +
                   all.huge + all.bookkeeping;
    LIVE_EXPECT(sequence.is_paged ? parts == all.mapped : parts <= all.mapped,
                "what is mapped is not the sum of its parts");
    LIVE_EXPECT(all.mapped <= all.mapped_peak, "the peak is below");
    LIVE_EXPECT(in_use == mine.in_use && free == mine.free &&
                    deferred == mine.deferred,
                "the thread has other sums than its classes");
    LIVE_EXPECT(in_use + free + deferred <= mine.spans * rp_layout().span_bytes,
                "blocks have more bytes than their spans");
    LIVE_EXPECT(empty.thread_caches == all.thread_cache &&
                    empty.global_cache + empty.huge_kept == all.global_cache &&
                    empty.unbacked == all.segment_free &&
                    empty.global_pinned <= empty.global_cache &&
                    empty.unbacked_pinned <= empty.unbacked,
                "empty memory has other sums");
}

static void look_at_text(void) {
    static char text[ROOM], part[100];
    size_t length = rpmalloc_statistics_json(text, sizeof text);
    size_t again = rpmalloc_statistics_json(part, sizeof part);

    LIVE_EXPECT(length == strlen(text) && length == again &&
                    memcmp(part, text, sizeof part - 1) == 0 &&
                    part[sizeof part - 1] == 0,
                "the text of the statistics has another length");
}

void call_look(void) {
    unsigned me = sequence.actor;

    for (unsigned i = 1; i < ACTORS; ++i)
        if (i != me)
            actor_wait(i);
    look_at_sums();
    look_at_text();
    seen = 0;
    rp_walk(see, NULL);
    LIVE_EXPECT(seen == live_count + sequence.sent,
                "the walk finds another number of blocks");
    for (uint32_t i = 0; i < rp_registry_count(); ++i)
        LIVE_EXPECT(rp_registry_heap(i) == NULL ||
                        rp_heap_valid(rp_registry_heap(i)),
                    "the books of a heap are wrong");
    truth_look();
}
