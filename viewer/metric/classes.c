// classes.c - allocations, frees and live blocks of each size class.
#include "viewer/metric/classes.h"

static inline void born(struct class_counts *class,
                        const struct heap_change *change) {
    if (++class->live > class->peak_live)
        class->peak_live = class->live;
    class->allocations += change->flags & CHANGE_COUNTS;
}

static inline void died(struct class_counts *class,
                        const struct heap_change *change) {
    class->live--;
    class->deferred +=
        change->flags & CHANGE_DEFERRED && change->block_bytes > 0;
    class->frees += change->flags & CHANGE_COUNTS;
    if (change->flags & CHANGE_TAKES_BACK)
        class->allocations -= class->allocations > 0;
}

// What has not been told again was freed.
static void count_freed(struct span *span, void *context) {
    struct classes *classes = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    for (uint32_t i = 0; i < span->touched; i++)
        classes->list[span->class_index].frees +=
            span->slots[i].birth != SLOT_FREE;
}

static void classes_feed(void *metric, const struct metric_context *context,
                         const struct heap_change *changes, size_t count) {
    const unsigned counted = CHANGE_COUNTS | CHANGE_DEFERRED;
    struct classes *classes = metric;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        struct class_counts *class = &classes->list[change->class_index];
        switch (change->kind) {
        case CHANGE_BORN:
            born(class, change);
            break;
        case CHANGE_DIED:
            died(class, change);
            classes->deferred_frees += (change->flags & counted) == counted;
            break;
        case CHANGE_COLLECTED:
            class->deferred -= change->count;
            break;
        case CHANGE_STATE_BEGINS:
            for (int j = 0; j < CLASSES; j++)
                classes->list[j].live = classes->list[j].deferred = 0;
            break;
        case CHANGE_STATE_ENDS:
            spans_each(&context->heap->before->spans, count_freed, classes);
            break;
        default:
            break;
        }
    }
}

static void classes_save(const void *metric,
                         const struct metric_context *context,
                         struct pack *pack) {
    (void)context;
    pack_put(pack, metric, sizeof(struct classes));
}

static bool classes_restore(void *metric, const struct metric_context *context,
                            struct pack *pack) {
    (void)context;
    return pack_take(pack, metric, sizeof(struct classes));
}

const struct metric classes_metric = {
    .key = "classes",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_STATE_BEGINS) | CHANGE_SET(CHANGE_STATE_ENDS) |
             CHANGE_SET(CHANGE_COLLECTED),
    .feed = classes_feed,
    .save = classes_save,
    .restore = classes_restore,
};
