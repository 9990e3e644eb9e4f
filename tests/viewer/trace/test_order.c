// test_order.c - events of several rings come in the order of time.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/trace/order.h"

static struct trace_builder b;
static struct trace_file file;
static struct trace_order order;

static void begin(void) {
    trace_builder_start(&b);
}

static void end(void) {
    trace_order_close(&order);
    trace_file_close(&file);
    trace_builder_free(&b);
}

static void open_all(void) {
    struct failure failure;
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure));
    trace_order_open(&order, &file);
}

// The next event; false at the end.
static bool next(struct trace_event *event) {
    static const struct trace_event *events;
    static size_t at, count;
    if (at == count) {
        at = 0;
        events = trace_order_next(&order, &count);
        if (!events)
            return false;
    }
    *event = events[at++];
    return true;
}

TestSuite(order, .init = begin, .fini = end);

Test(order, many_rings_of_many_blocks_come_in_order_and_whole) {
    enum { RINGS = 20, EVENTS = 20000 };
    uint64_t seen[RINGS + 1] = {0}, time = 0, random = 1;
    b.block_events = 300;
    for (uint64_t i = 0; i < EVENTS; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        time += random >> 62;
        // Each mark carries which of its ring's it is.
        uint32_t ring = 1 + (uint32_t)(random >> 40) % RINGS;
        BUILD(&b, ring, time, MARK, seen[ring]++);
    }
    trace_builder_end(&b, 0);

    open_all();

    struct trace_event event;
    uint64_t count[RINGS + 1] = {0}, last_time = 0, total = 0;
    uint32_t last_ring = 0;
    while (next(&event)) {
        cr_assert(event.time > last_time ||
                  (event.time == last_time && event.ring >= last_ring));
        cr_assert(eq(u64, event.value[0], count[event.ring]++));
        last_time = event.time;
        last_ring = event.ring;
        total++;
    }
    cr_expect(eq(u64, total, EVENTS));
    cr_expect(eq(u64, order.source.missing_events, 0));
    cr_expect(eq(u64, order.source.loaded_bytes, order.total_bytes));
}

// Goes on from a place with another order of the same file, beside the first.
// How many events of the two differ.
static size_t go_on(const struct order_position *position) {
    struct trace_order again;
    size_t wrong = 0, left = 0, right = 0, left_count = 0, right_count = 0;
    const struct trace_event *a = NULL, *b_ = NULL;
    trace_order_open(&again, &file);
    trace_order_return(&again, position);
    for (;;) {
        if (left == left_count) {
            a = trace_order_next(&order, &left_count);
            left = 0;
        }
        if (right == right_count) {
            b_ = trace_order_next(&again, &right_count);
            right = 0;
        }
        if (!a || !b_)
            break;
        wrong += a[left].time != b_[right].time ||
                 a[left].ring != b_[right].ring ||
                 a[left].value[0] != b_[right].value[0];
        left++;
        right++;
    }
    wrong += a != NULL || b_ != NULL;
    wrong += again.source.missing_events != order.source.missing_events;
    trace_order_close(&again);
    return wrong;
}

// Rings of large blocks and of small ones, with a gap in one.
ParameterizedTestParameters(order_position, goes_on_where_it_stood) {
    static unsigned sizes[] = {7, 300, 1024, 1025, 5000};
    return cr_make_param_array(unsigned, sizes, 5);
}

ParameterizedTest(unsigned *size, order_position, goes_on_where_it_stood) {
    enum { RINGS = 5, EVENTS = 12000 };
    uint64_t seen[RINGS + 1] = {0}, time = 0, random = 1;
    trace_builder_start(&b);
    b.block_events = *size;
    for (uint64_t i = 0; i < EVENTS; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        time += random >> 62;
        uint32_t ring = 1 + (uint32_t)(random >> 40) % RINGS;
        // Now and then one ring goes on for long.
        for (int k = 0; k < (random >> 33 & 127 ? 1 : 100); k++)
            BUILD(&b, ring, time, MARK, seen[ring]++);
        if (i == EVENTS / 2) {
            trace_builder_flush(&b);
            b.sequences[1] += 3;
        }
    }
    trace_builder_end(&b, 0);
    struct failure failure;
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure));
    for (int batches = 0; batches < 120; batches += 7) {
        size_t count;
        trace_order_open(&order, &file);
        for (int i = 0; i < batches; i++)
            trace_order_next(&order, &count);
        struct order_position *position = trace_order_position(&order, NULL);
        cr_expect(eq(sz, go_on(position), 0), "after %d batches", batches);
        pool_give(NULL, position);
        trace_order_close(&order);
    }
    trace_file_close(&file);
    trace_builder_free(&b);
}

Test(order, a_gap_in_the_numbers_of_a_ring_is_missing_events) {
    BUILD(&b, 1, 10, MARK, 0);
    trace_builder_flush(&b);
    b.sequences[1] = 5;
    BUILD(&b, 1, 20, MARK, 1);
    trace_builder_end(&b, 0);

    open_all();

    struct trace_event event;
    while (next(&event))
        continue;
    cr_expect(eq(u64, order.source.missing_events, 4));
}

// A block that is passed over has promised when the next event of its ring
// comes; what others gave out meanwhile is later than that event.
Test(order, time_does_not_run_backwards_behind_a_block_that_is_passed_over) {
    BUILD(&b, 2, 100, MARK, 0);
    trace_builder_flush(&b);
    b.sequences[2] = 0; // written twice
    BUILD(&b, 2, 130, MARK, 0);
    trace_builder_flush(&b);
    BUILD(&b, 2, 114, MARK, 1);
    BUILD(&b, 1, 110, MARK, 0);
    BUILD(&b, 1, 119, MARK, 1);
    BUILD(&b, 1, 125, MARK, 2);
    trace_builder_end(&b, 0);

    open_all();

    struct trace_event event;
    uint64_t time = 0, count = 0;
    for (; next(&event); count++) {
        cr_expect(ge(u64, event.time, time));
        time = event.time;
    }
    cr_expect(eq(u64, count, 5));
}

Test(order, blocks_of_a_ring_go_by_number_wherever_they_stand) {
    b.sequences[1] = 1;
    BUILD(&b, 1, 20, MARK, 1);
    trace_builder_flush(&b);
    b.sequences[1] = 0;
    BUILD(&b, 1, 10, MARK, 0);
    trace_builder_end(&b, 0);

    open_all();

    struct trace_event event;
    cr_assert(next(&event));
    cr_expect(eq(u64, event.value[0], 0));
    cr_assert(next(&event));
    cr_expect(eq(u64, event.value[0], 1));
    cr_expect(not(next(&event)));
    cr_expect(eq(u64, order.source.missing_events, 0));
}

Test(order, every_event_and_field_of_the_schema_comes_back) {
    uint64_t next_value = 1;
    struct trace_event event;
    for (uint32_t type = 0; type < TRACE_EVENT_TYPES; type++) {
        uint64_t values[TRACE_MAX_FIELDS];
        if (!trace_event_info(type)->text)
            continue;
        for (int i = 0; i < TRACE_MAX_FIELDS; i++)
            values[i] = next_value = next_value * 2862933555777941757u + 3;
        trace_builder_event(&b, 1, type, type, values, TRACE_MAX_FIELDS);
    }
    trace_builder_end(&b, 0);

    open_all();

    next_value = 1;
    for (uint32_t type = 0; type < TRACE_EVENT_TYPES; type++) {
        const struct trace_event_info *info = trace_event_info(type);
        if (!info->text)
            continue;
        cr_assert(next(&event));
        cr_expect(eq(u32, event.type, type));
        cr_expect(eq(u64, event.time, type));
        for (int i = 0; i < TRACE_MAX_FIELDS; i++) {
            next_value = next_value * 2862933555777941757u + 3;
            bool has = true; // the list of columns ends at the first 0
            for (int j = 0; j <= i; j++)
                has = has && info->columns[j];
            cr_expect(has == false || event.value[i] == next_value,
                      "%s, field %d", info->text, i);
        }
    }
}
