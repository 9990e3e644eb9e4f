// record.c - from a record to the fields of its event.
#include "instrument/shm/record.h"

// The fields of one event type, filled in order.
struct fields {
    uint64_t *values;
    unsigned count;
};

static void put(struct fields *fields, uint64_t value) {
    fields->values[fields->count++] = value;
}

static void put_run(struct fields *fields, const struct rp_record *r) {
    put(fields, r->a);
    put(fields, (uint32_t)r->c[0]); // count
    put(fields, r->c[0] >> 32);     // heap
}

static void put_block(struct fields *fields, const struct rp_record *r) {
    put(fields, (uint32_t)r->c[1]); // stack
    put(fields, r->c[0]);           // size
    put(fields, r->a);
    put(fields, r->b);
}

unsigned rp_record_values(const struct rp_record *r,
                          uint64_t values[TRACE_MAX_FIELDS]) {
    struct fields fields = {values, 0};

    switch (r->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        put_block(&fields, r);
        break;
    case TRACE_EVENT_ALIGNED:
        put_block(&fields, r);
        put(&fields, UINT64_C(1) << (r->c[1] >> 32 & 63));
        break;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
    case TRACE_EVENT_USABLE_SIZE:
    case TRACE_EVENT_SPAN_STATE:
    case TRACE_EVENT_DEFERRED_PUSH:
    case TRACE_EVENT_TAG:
    case TRACE_EVENT_FORK:
        put(&fields, r->a);
        put(&fields, r->b);
        break;
    case TRACE_EVENT_SPAN_ACQUIRE:
        put_run(&fields, r);
        put(&fields, r->b);
        put(&fields, r->c[1]);
        break;
    case TRACE_EVENT_SPAN_RELEASE:
        put_run(&fields, r);
        put(&fields, r->b);
        break;
    case TRACE_EVENT_SPAN_TRANSFER:
        put_run(&fields, r);
        put(&fields, r->b);
        put(&fields, r->c[1]);
        break;
    case TRACE_EVENT_INHERITED:
        put(&fields, r->a);
        put(&fields, r->b);
        put(&fields, r->c[0]);
        break;
    case TRACE_EVENT_DEFERRED_COLLECT:
        put(&fields, r->a);
        put(&fields, r->c[0]);
        put(&fields, r->b);
        break;
    case TRACE_EVENT_SEGMENT_MAP:
        put(&fields, r->a);
        put(&fields, r->c[0]);
        put(&fields, r->c[1]);
        put(&fields, r->c[2]);
        put(&fields, r->b);
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
        put(&fields, r->a);
        put(&fields, r->c[0]);
        put(&fields, r->c[1]);
        break;
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        put(&fields, r->c[0]);
        put(&fields, r->c[1]);
        break;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_NAME:
    case TRACE_EVENT_HEAP_NAME:
        put(&fields, r->a);
        put(&fields, r->c[0]);
        break;
    case TRACE_EVENT_FINDING:
        put(&fields, r->a);
        put(&fields, (uint32_t)r->c[0]);
        put(&fields, r->c[0] >> 32);
        put(&fields, r->c[1]);
        break;
    case TRACE_EVENT_WALK_CLASS:
        put(&fields, r->b);
        put(&fields, r->c[0]);
        put(&fields, r->c[1]);
        put(&fields, r->c[2]);
        break;
    default:
        put(&fields, r->a);
        break;
    }
    return fields.count;
}
