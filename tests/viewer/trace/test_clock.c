// test_clock.c - steps of the trace's clock as nanoseconds, and back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/trace/tables.h"

static struct trace_file file;
static struct trace_tables tables;

// The tables of a trace that has nothing but these samples.
static void load(const struct trace_clock_sample *samples, size_t count) {
    struct failure failure = {.text = ""};
    struct trace_builder b;
    trace_builder_start(&b);
    b.size = sizeof(struct trace_file_header);
    trace_builder_block(&b, TRACE_CLOCK, samples, count * sizeof *samples,
                        NULL);
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure), "%s",
              failure.text);
    trace_tables_load(&tables, &file);
    trace_builder_free(&b);
}

static void done(void) {
    trace_tables_free(&tables);
    trace_file_close(&file);
}

Test(clock, time_goes_linearly_between_two_samples_and_beyond) {
    load((struct trace_clock_sample[]){{100, 1000}, {300, 2000}}, 2);

    cr_expect(eq(u64, trace_clock_ns(&tables, 200), 1500));
    cr_expect(eq(u64, trace_clock_ns(&tables, 500), 3000));
    cr_expect(eq(u64, trace_clock_steps(&tables, 3000), 500));
    done();
}

Test(clock, with_one_sample_it_goes_from_the_start_through_it) {
    // A coarse clock has steps of 1.5 ns or so.
    load((struct trace_clock_sample[]){{1000000, 1500000}}, 1);

    cr_expect(eq(u64, trace_clock_ns(&tables, 500000), 750000));
    cr_expect(eq(u64, trace_clock_ns(&tables, 4000000), 6000000));
    cr_expect(eq(u64, trace_clock_steps(&tables, 6000000), 4000000));
    done();
}

Test(clock, where_nothing_follows_from_the_samples_a_step_is_25_ns) {
    load((struct trace_clock_sample[]){{0, 0}}, 1);
    cr_expect(eq(u64, trace_clock_ns(&tables, 4), 100));
    cr_expect(eq(u64, trace_clock_steps(&tables, 100), 4));
    done();
}
