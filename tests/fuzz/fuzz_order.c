// fuzz_order.c - brings the events of all rings of a trace into one order, and
// comes back to where it stood.
#include <stdlib.h>

#include "tests/fuzz/mutator.h"
#include "tests/fuzz/seed.h"
#include "tests/viewer/trace_builder.h"
#include "viewer/trace/order.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_seal(uint8_t *data, size_t size) {
    seed_seal_trace(data, size);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    struct trace_builder b;
    trace_builder_start(&b);
    b.raw = true;
    b.block_events = 9;
    for (uint64_t i = 0; i < 60; i++)
        BUILD(&b, 1 + (uint32_t)(i * i % 3), 100 + i / 2, MARK, i);
    trace_builder_end(&b, 0);
    seed_put(*count, *arguments, "rings", b.bytes, b.size);
    trace_builder_free(&b);
    return 0;
}

// What comes from here on, as one number, and how many events. With `stop`, not
// NULL, it ends behind the first run and says where the order stands.
static uint64_t read_on(struct trace_order *order, uint64_t *events,
                        struct order_position **stop, struct pool *pool) {
    const struct trace_event *run;
    uint64_t sum = 0, time = 0;
    size_t count;
    *events = 0;
    while ((run = trace_order_next(order, &count))) {
        for (size_t i = 0; i < count; i++) {
            if (run[i].time < time || run[i].type >= TRACE_EVENT_TYPES)
                abort();
            time = run[i].time;
            sum = (sum ^ run[i].time ^ run[i].value[0] ^
                   (uint64_t)run[i].ring << 40) *
                  UINT64_C(0x9e3779b97f4a7c15);
        }
        *events += count;
        if (stop) {
            *stop = trace_order_position(order, pool);
            return sum;
        }
    }
    return sum;
}

static void compare(struct trace_file *file, struct pool *pool) {
    struct trace_order order;
    struct order_position *position = NULL;
    uint64_t events, rest, again;
    trace_order_open(&order, file);
    read_on(&order, &events, &position, pool);
    uint64_t sum = read_on(&order, &rest, NULL, pool);
    trace_order_close(&order);
    if (!position)
        return;
    trace_order_open(&order, file);
    trace_order_return(&order, position);
    if (read_on(&order, &again, NULL, pool) != sum || again != rest)
        abort();
    trace_order_close(&order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct trace_file file;
    struct failure failure = {.text = ""};
    struct pool pool;
    jmp_buf out;
    pool_start(&pool, trace_file_memory(size, 0));
    file.fd = -1;
    if (pool_try(&pool, out)) {
        if (trace_file_open_in(&file, &pool, seed_file(data, size), &failure))
            compare(&file, &pool);
        else if (failure.text[0] == '\0')
            abort(); // no trace, and not a word on why
    }
    pool_done(&pool);
    trace_file_close(&file);
    if (pool.most > trace_file_memory(size, 0))
        abort();
    pool_free(&pool);
    return 0;
}
