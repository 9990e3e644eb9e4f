// test_recordings.c - recordings beside each other, cut off, cancelled, and in
// the making: all normal.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/output/report.h"

static struct failure failure;

static struct answer *analyse(const char *path,
                              const struct analyse_options *options) {
    struct answer *a = analyse_trace(path, options, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    a->path = "/tmp/trace";
    return a;
}

static char *json_of(struct answer *a) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    report_json(a, NULL, out);
    fclose(out);
    return text;
}

// A trace of a random program; its path.
static char *play(uint64_t seed, int steps, struct trace_builder *b) {
    static struct sim_heap sim;
    trace_builder_start(b);
    b->block_events = 100;
    sim_start(&sim, b, seed);
    for (int i = 0; i < steps; i++)
        sim_step(&sim);
    trace_builder_end(b, 0);
    sim_free(&sim);
    const char *path = trace_builder_save(b);
    char kept[200];
    snprintf(kept, sizeof kept, "%s.kept", path);
    cr_assert(eq(int, rename(path, kept), 0)); // or the next one replaces it
    return strdup(kept);
}

Test(recordings, two_are_open_at_once_and_know_nothing_of_each_other) {
    struct trace_builder b[2];
    char *paths[] = {play(1, 600, &b[0]), play(2, 900, &b[1])};
    char *alone[2], *beside[2];
    for (int i = 0; i < 2; i++) {
        struct answer *a = analyse(paths[i], NULL);
        alone[i] = json_of(a);
        answer_free(a);
    }

    struct answer *first = analyse(paths[0], NULL);
    struct answer *second = analyse(paths[1], NULL);
    beside[1] = json_of(second);
    beside[0] = json_of(first);
    answer_free(first);
    char *last = json_of(second);

    for (int i = 0; i < 2; i++)
        cr_expect(eq(str, beside[i], alone[i]));
    cr_expect(eq(str, last, alone[1]));
    answer_free(second);
    unlink(paths[0]);
    unlink(paths[1]);
}

// What has been written by now is read like a whole trace, and more of it as
// more of it.
Test(recordings, one_that_grows_is_known_as_far_as_it_goes) {
    struct trace_builder b;
    unlink(play(3, 900, &b));
    uint64_t events = 0;

    for (size_t part = 1; part <= 10; part++) {
        struct answer *a = analyse(
            save_bytes(b.bytes, 400 + (b.size - 400) * part / 10), NULL);
        cr_expect(a->events >= events, "part %d", (int)part);
        cr_expect(eq(i64, a->now.residual_bytes, 0));
        cr_expect(eq(u64, a->quality.identity_failures, 0));
        cr_expect(eq(int, a->quality.complete, part == 10));
        events = a->events;
        answer_free(a);
    }
    cr_expect(eq(u64, events, b.event_total));
}

static bool give_up(void *context, double done) {
    (void)done;
    return --*(int *)context > 0;
}

Test(recordings, a_question_that_is_cancelled_answers_for_what_was_read) {
    static struct sim_heap sim;
    struct trace_builder b;
    int calls = 2;
    struct analyse_options options = {.progress = give_up,
                                      .progress_context = &calls};
    trace_builder_start(&b);
    b.block_events = 5000;
    sim_start(&sim, &b, 4);
    while (b.event_total + b.event_count < 150000)
        sim_step(&sim);
    trace_builder_end(&b, 0);

    struct answer *a = analyse(trace_builder_save(&b), &options);

    cr_expect(eq(int, calls, 0));
    cr_expect(a->events > 100000 && a->events < b.event_total);
    cr_expect(eq(i64, a->now.residual_bytes, 0));
    cr_expect(eq(u64, a->quality.identity_failures, 0));
    answer_free(a);
    sim_free(&sim);
}
