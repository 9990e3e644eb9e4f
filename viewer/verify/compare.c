// compare.c - whether two runs of a program asked for the same and got
// it at the same places.
#include "viewer/verify/compare.h"

#include <stdlib.h>

#include "viewer/base/memory.h"

// Whether the event's place is the program's word, not the allocator's.
static bool names_block(const struct call_log_event *event) {
    switch (event->kind) {
    case CALL_LOG_FREE:
    case CALL_LOG_DELETE:
    case CALL_LOG_DELETE_ARRAY:
    case CALL_LOG_REALLOC_OF:
    case CALL_LOG_USABLE_SIZE:
        return true;
    default:
        return false;
    }
}

// Whether the event's size is the allocator's word, not the program's.
static bool tells_size(const struct call_log_event *event) {
    return event->kind == CALL_LOG_USABLE_SIZE ||
           event->kind == CALL_LOG_STATISTIC;
}

static bool same_place(const struct call_log_event *one,
                       const struct call_log_event *other) {
    return one->span == other->span && one->offset == other->offset;
}

static bool same_request(const struct call_log_event *one,
                         const struct call_log_event *other) {
    return one->kind == other->kind && one->detail == other->detail &&
           (one->size == other->size || tells_size(one));
}

static enum verify_outcome compare_event(const struct call_log_event *one,
                                         const struct call_log_event *other,
                                         bool alone, bool *moved) {
    *moved = false;
    if (!same_request(one, other))
        return VERIFY_ASKED;
    if (alone && tells_size(one) && one->size != other->size)
        return VERIFY_PLACED;
    if (same_place(one, other))
        return VERIFY_ALIKE;
    if (alone)
        return names_block(one) ? VERIFY_ASKED : VERIFY_PLACED;
    *moved = !names_block(one);
    return VERIFY_ALIKE;
}

static bool is_statistic(const struct call_log_event *event) {
    return event && event->kind == CALL_LOG_STATISTIC;
}

// cut: whether a log may end before its thread.
static void compare_thread(struct verify_comparison *result, size_t number,
                           const struct verify_thread *one,
                           const struct verify_thread *other, bool cut) {
    uint64_t call = 0;
    for (uint64_t i = 0, j = 0;;) {
        const struct call_log_event *a =
            i < one->count ? verify_log_event(one, i) : NULL;
        const struct call_log_event *b =
            j < other->count ? verify_log_event(other, j) : NULL;
        // Statistics come at the same moments only while there is one thread.
        bool alone = a && b && a->is_alone && b->is_alone;
        if (!alone && (is_statistic(a) || is_statistic(b))) {
            i += is_statistic(a);
            j += is_statistic(b);
            continue;
        }
        if ((!a && !b) || ((!a || !b) && cut))
            return;
        bool moved = false;
        enum verify_outcome outcome =
            a && b ? compare_event(a, b, alone, &moved) : VERIFY_ASKED;
        if (outcome != VERIFY_ALIKE) {
            // What the allocator did weighs more than what threads did.
            if (result->outcome == VERIFY_ALIKE || outcome == VERIFY_PLACED) {
                result->outcome = outcome;
                result->thread = number;
                result->call = call + 1;
                result->one = a;
                result->other = b;
            }
            return;
        }
        i++;
        j++;
        if (a->kind != CALL_LOG_STATISTIC) {
            call++;
            result->alike += !moved;
            result->moved += moved;
        }
    }
}

// What a thread asked for, as one number.
static uint64_t thread_requests(const struct verify_thread *thread) {
    uint64_t hash = thread->calls;
    for (uint64_t i = 0; i < thread->count; i++) {
        const struct call_log_event *event = verify_log_event(thread, i);
        uint64_t request = event->kind | (uint64_t)event->detail << 5 |
                           (tells_size(event) ? 0 : event->size << 11);
        if (event->kind != CALL_LOG_STATISTIC)
            hash = (hash ^ request) * 0x9e3779b97f4a7c15u;
    }
    return hash;
}

// The partner of each thread: one that asked for the same, else the next that
// is left, since threads begin in any order. SIZE_MAX: none is left.
static size_t *pair_threads(const struct verify_log *one,
                            const struct verify_log *other) {
    size_t *partner = memory_zeroed(one->thread_count + 1, sizeof *partner);
    bool *taken = memory_zeroed(other->thread_count + 1, sizeof *taken);
    uint64_t *asked = memory_zeroed(other->thread_count + 1, sizeof *asked);
    for (size_t t = 0; t < other->thread_count; t++)
        asked[t] = thread_requests(&other->threads[t]);
    for (size_t t = 0; t < one->thread_count; t++) {
        uint64_t wanted = thread_requests(&one->threads[t]);
        partner[t] = SIZE_MAX;
        for (size_t u = t ? 1 : 0; u < (t ? other->thread_count : 1); u++)
            if (u < other->thread_count && !taken[u] && asked[u] == wanted) {
                partner[t] = u;
                taken[u] = true;
                break;
            }
    }
    for (size_t t = 0, u = 0; t < one->thread_count; t++) {
        while (u < other->thread_count && taken[u])
            u++;
        if (partner[t] == SIZE_MAX && u < other->thread_count) {
            partner[t] = u;
            taken[u] = true;
        }
    }
    free(taken);
    free(asked);
    return partner;
}

struct verify_comparison verify_compare(const struct verify_log *one,
                                        const struct verify_log *other) {
    static const struct verify_thread none = {.chunks = NULL};
    struct verify_comparison result = {.outcome = VERIFY_ALIKE};
    bool cut = one->head->is_cut || other->head->is_cut;
    size_t *partner = pair_threads(one, other);
    for (size_t t = 0; t < one->thread_count; t++)
        compare_thread(
            &result, t + 1, &one->threads[t],
            partner[t] == SIZE_MAX ? &none : &other->threads[partner[t]], cut);
    if (other->thread_count > one->thread_count)
        compare_thread(&result, one->thread_count + 1, &none,
                       &other->threads[one->thread_count], cut);
    free(partner);
    return result;
}
