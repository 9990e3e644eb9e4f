// test_index_file.c - a trace with an index is, in every answer, what it is
// without; whatever became of the index.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/limit.h"
#include "viewer/answer/middle.h"
#include "viewer/output/report.h"

enum {
    STEPS = 6000,
    DISTANCE = 1000,
    FAR = 1 << 20,  // no keyframe but that of the end, and those of moments
    NEAR = 1 << 14, // events between a moment and the keyframe that is for it
    PATH = 4096,
};

static struct failure failure;
static struct trace_builder b;
static uint64_t distance = DISTANCE;
static int progress_calls;
static char trace_path[PATH], index_path[PATH + 16], said[512];

static void end(void) {
    unlink(index_path);
    trace_builder_free(&b);
}

TestSuite(index_file, .fini = end, .timeout = 300);

static void build(uint64_t seed, int steps) {
    static struct sim_heap sim;
    trace_builder_start(&b);
    b.block_events = 500;
    sim_start(&sim, &b, seed);
    for (int i = 0; i < steps; i++) {
        sim_step(&sim);
        if (i % 2000 == 1999) {
            sim_unseen_step(&sim);
            sim_tell(&sim, (uint64_t)i);
        }
    }
    trace_builder_end(&b, 0);
    sim_free(&sim);
}

static void record(uint64_t seed, int steps) {
    build(seed, steps);
    snprintf(trace_path, sizeof trace_path, "%s", trace_builder_save(&b));
    snprintf(index_path, sizeof index_path, "%s.index", trace_path);
}

static void say(void *context, const char *sentence) {
    (void)context;
    snprintf(said, sizeof said, "%s", sentence);
}

static struct analysis *open_with(enum analyse_index index,
                                  bool (*progress)(void *, double)) {
    struct analyse_options options = {.index = index,
                                      .revisits = index != INDEX_NEVER,
                                      .keyframe_events = distance,
                                      .say = say,
                                      .progress = progress};
    *said = '\0';
    struct analysis *analysis = analysis_open(trace_path, &options, &failure);
    cr_assert(analysis != NULL, "%s", failure.text);
    return analysis;
}

// Reports of some moments, one behind the other; malloced.
static char *reports(struct analysis *analysis) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    static const enum answer_at moments[] = {
        AT_EVENT, AT_EVENT,     AT_EVENT,    AT_END,
        AT_WORST, AT_PEAK_HELD, AT_PEAK_USED};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct analyse_options options = {
            .at = moments[i],
            .at_event = analysis->whole.heap.events * (i + 1) / 4};
        struct answer *a = analyse_moment(analysis, &options, &failure);
        cr_assert(a != NULL, "%s", failure.text);
        report_json(a, NULL, out);
        answer_free(a);
    }
    fclose(out);
    return text;
}

static char *reports_of(enum analyse_index index) {
    struct analysis *analysis = open_with(index, NULL);
    char *text = reports(analysis);
    analysis_close(analysis);
    return text;
}

// What is said with the index is what is said without.
static void expect_the_same(const char *expected, const char *when) {
    char *got = reports_of(INDEX_ALWAYS);
    if (strcmp(got, expected) != 0) {
        size_t i = 0;
        while (got[i] == expected[i])
            i++;
        fprintf(stderr, "%s: %.120s\n---\n%.120s\n", when,
                got + (i > 60 ? i - 60 : 0), expected + (i > 60 ? i - 60 : 0));
    }
    cr_expect(strcmp(got, expected) == 0, "%s", when);
    free(got);
}

static off_t size_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : -1;
}

Test(index_file, leads_to_the_same_answers_when_it_is_made_and_opened_again) {
    for (uint64_t seed = 1; seed <= 3; seed++) {
        record(seed, STEPS);
        char *expected = reports_of(INDEX_NEVER);
        cr_expect(eq(i64, size_of(index_path), -1));

        expect_the_same(expected, "made");
        cr_expect(gt(i64, size_of(index_path), 1000));
        expect_the_same(expected, "opened");

        cr_expect(said[0] == 0, "%s", said);
        free(expected);
        end();
    }
}

Test(index_file, leaves_nothing_to_be_read_again) {
    record(1, STEPS);
    analysis_close(open_with(INDEX_ALWAYS, NULL));

    struct analysis *again = open_with(INDEX_ALWAYS, NULL);

    const struct keyframes *all = &again->keyframes;
    cr_expect(
        eq(u64, all->list[all->count - 1].events, again->whole.heap.events));
    cr_expect(again->whole.heap.spans.source != NULL);
    analysis_close(again);
}

// How many events are read again for the moment.
static uint64_t events_behind(const struct analysis *analysis,
                              enum answer_at at) {
    static const struct analyse_options none;
    struct analysis_limit limit;
    cr_assert(limit_find(analysis, &none, at, &limit, &failure));
    const struct keyframe *before =
        keyframes_before(&analysis->keyframes, limit.events, UINT64_MAX);
    return limit.events - (before ? before->events : 0);
}

static void expect_moments(const char *when) {
    static const enum answer_at moments[] = {AT_WORST, AT_PEAK_HELD,
                                             AT_PEAK_USED};
    struct analysis *analysis = open_with(INDEX_ALWAYS, NULL);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        cr_expect(lt(u64, events_behind(analysis, moments[i]), NEAR), "%s: %s",
                  when, answer_at_word(moments[i]));
    analysis_close(analysis);
}

Test(index_file, has_the_moments_that_many_ask_for) {
    distance = FAR;
    for (uint64_t seed = 21; seed <= 22; seed++) {
        record(seed, 3 * STEPS);
        char *expected = reports_of(INDEX_NEVER);

        expect_the_same(expected, "made");
        off_t size = size_of(index_path);
        expect_moments("opened");
        expect_the_same(expected, "opened");

        cr_expect(eq(i64, size_of(index_path), size), "they are taken once");
        cr_expect(le(i64, size, size_of(trace_path)));
        free(expected);
        end();
    }
}

static bool stop(void *context, double done) {
    (void)context;
    (void)done;
    return false;
}

Test(index_file, of_a_reading_that_was_ended_goes_on) {
    record(2, 12 * STEPS);
    char *expected = reports_of(INDEX_NEVER);
    struct analysis *cut = open_with(INDEX_ALWAYS, stop);
    cr_expect(not(analysis_is_whole(cut)));
    size_t count = cut->keyframes.count;
    uint64_t first = cut->keyframes.list[0].place;
    analysis_close(cut);

    struct analysis *again = open_with(INDEX_ALWAYS, NULL);

    cr_expect(gt(sz, count, 1));
    cr_expect(gt(sz, again->keyframes.count, count));
    cr_expect(eq(u64, again->keyframes.list[0].place, first));
    char *got = reports(again);
    cr_expect(strcmp(got, expected) == 0);
    cr_expect(said[0] == 0, "%s", said);
    analysis_close(again);
    free(expected);
    free(got);
}

// The trace as it is with so many bytes.
static void write_trace(const char *path, size_t size) {
    FILE *file = fopen(path, "wb");
    fwrite(b.bytes, 1, size, file);
    fclose(file);
}

// Where the block begins that holds the byte.
static size_t block_before(size_t byte) {
    size_t at = sizeof(struct trace_file_header);
    for (;;) {
        struct trace_block_header header;
        memcpy(&header, b.bytes + at, sizeof header);
        if (at + sizeof header + header.stored_bytes > byte)
            return at;
        at += sizeof header + header.stored_bytes;
    }
}

Test(index_file, of_a_trace_that_has_grown_goes_on) {
    record(3, STEPS);
    char *expected = reports_of(INDEX_NEVER);
    for (size_t eighth = 1; eighth <= 8; eighth++) {
        write_trace(trace_path,
                    eighth < 8 ? block_before(b.size * eighth / 8) : b.size);
        analysis_close(open_with(INDEX_ALWAYS, NULL));
        cr_expect(said[0] == 0, "%s", said);
    }

    expect_the_same(expected, "grown");

    free(expected);
}

static void write_more(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "ab");
    fwrite(bytes, 1, size, file);
    fclose(file);
}

static bool count_calls(void *context, double done) {
    (void)context;
    progress_calls++;
    (void)done;
    return true;
}

// The events of this trace take hardly a bit each, and its heap many bytes.
Test(index_file, that_has_no_room_for_a_keyframe_costs_no_second_reading) {
    trace_builder_start(&b);
    b.block_events = 50000;
    BUILD(&b, 1, 10, HEAP_CREATE, 0);
    uint32_t node = trace_builder_stack(&b, 0, 0x401000);
    uint64_t spans = 40, time = 20;
    BUILD(&b, 1, 10, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 4096, 0x11000, 64);
    for (uint64_t span = 0; span < spans; span++) {
        if (span == spans / 2) // so that the worst moment is behind it
            BUILD(&b, 1, time++, SEGMENT_MAP, 1, 0x5000000, 64 * 65536 + 4096,
                  0x5001000, 64);
        BUILD(&b, 1, time++, SPAN_ACQUIRE, span, 1, 0, 2, TRACE_PLACE_SEGMENT);
        for (uint64_t block = 0; block < 4088; block++)
            BUILD(&b, 1, time++, ALLOC, node, 16, span, block);
    }
    trace_builder_end(&b, 0);
    snprintf(trace_path, sizeof trace_path, "%s", trace_builder_save(&b));
    snprintf(index_path, sizeof index_path, "%s.index", trace_path);
    distance = FAR;
    analysis_close(open_with(INDEX_NEVER, count_calls));
    int once = progress_calls;
    progress_calls = 0;

    struct analysis *analysis = open_with(INDEX_ALWAYS, count_calls);

    cr_expect(eq(sz, analysis->keyframes.count, 0));
    analysis_close(analysis);
    cr_expect(gt(int, once, 1));
    cr_expect(eq(int, progress_calls, once));
}

// Blocks come at 16 places of which all but one are freed again.
static void build_growing(void) {
    uint64_t random = 1, time = 20;
    trace_builder_start(&b);
    b.block_events = 5000;
    BUILD(&b, 1, 10, HEAP_CREATE, 0);
    uint32_t node = trace_builder_stack(&b, 0, 0x401000);
    BUILD(&b, 1, 10, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 4096, 0x11000, 64);
    for (uint64_t span = 0; span < 40; span++) {
        BUILD(&b, 1, time, SPAN_ACQUIRE, span, 1, 0, 0, TRACE_PLACE_SEGMENT);
        for (uint64_t block = 0; block < 64; block++)
            for (int i = 0; i < 40; i++) {
                random = random * UINT64_C(6364136223846793005) + 1;
                time += 10000 + (random >> 40) % 50000;
                BUILD(&b, 1, time, ALLOC, node, 900 + (random >> 33) % 100,
                      span, block);
                if (i < 39)
                    BUILD(&b, 1, time + 500, FREE, span, block);
            }
    }
    trace_builder_end(&b, 0);
    snprintf(trace_path, sizeof trace_path, "%s", trace_builder_save(&b));
    snprintf(index_path, sizeof index_path, "%s.index", trace_path);
}

Test(index_file, has_the_middle_of_a_program_that_grows) {
    build_growing();
    distance = FAR;
    char *expected = reports_of(INDEX_NEVER);
    cr_assert(strstr(expected, "\"kind\": \"growing\"") != NULL);

    expect_the_same(expected, "made");
    expect_the_same(expected, "opened");

    struct analysis *again = open_with(INDEX_ALWAYS, NULL);
    const struct replay *whole = &again->whole;
    const struct timeline_step *step =
        middle_step(&whole->metrics.sums.timeline, whole->heap.time);
    uint64_t before =
        keyframes_before(&again->keyframes, step->at.event, UINT64_MAX)->events;
    cr_expect(gt(u64, before, 0));
    cr_expect(lt(u64, step->at.event - before, NEAR));
    analysis_close(again);
    free(expected);
}

Test(index_file, of_a_trace_that_went_on_behind_its_end_has_its_moments_anew) {
    distance = FAR;
    record(25, 6 * STEPS);
    size_t middle = block_before(b.size / 2);
    size_t trailer = block_before(b.size - 1);
    write_trace(trace_path, middle);
    write_more(trace_path, b.bytes + trailer, b.size - trailer);
    expect_moments("made");
    struct analysis *first = open_with(INDEX_ALWAYS, NULL);
    uint64_t worst = first->keyframes.aside[0].events;
    analysis_close(first);
    write_more(trace_path, b.bytes + middle, b.size - middle);
    char *expected = reports_of(INDEX_NEVER);

    expect_the_same(expected, "grown");

    cr_expect(said[0] == 0, "%s", said);
    expect_moments("grown");
    struct analysis *again = open_with(INDEX_ALWAYS, NULL);
    cr_expect(ne(u64, again->keyframes.aside[0].events, worst));
    analysis_close(again);
    free(expected);
}

static void flip(const char *path, off_t at) {
    int fd = open(path, O_RDWR);
    uint8_t byte;
    cr_assert(pread(fd, &byte, 1, at) == 1);
    byte ^= 0x55;
    cr_assert(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

// The first keyframe of a heap that grows takes more than was read by then.
Test(index_file, begins_while_the_heap_still_grows) {
    enum { GROWING = 4 * DISTANCE, LATER = 150 * DISTANCE, BLOCKS = 64 };
    trace_builder_start(&b);
    b.block_events = 500;
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 1, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    for (uint64_t i = 0; i * BLOCKS < GROWING; i++)
        BUILD(&b, 1, 2, SPAN_ACQUIRE, i, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < GROWING; i++)
        BUILD(&b, 1, 3 + i, ALLOC, stack, 900 + i % 90, i / BLOCKS, i % BLOCKS);
    for (uint64_t i = 0; i < LATER; i++) {
        uint64_t block = i * 7919 % GROWING, time = 3 + GROWING + 2 * i;
        BUILD(&b, 1, time, FREE, block / BLOCKS, block % BLOCKS);
        BUILD(&b, 1, time + 1, ALLOC, stack, 500 + i * i % 499, block / BLOCKS,
              block % BLOCKS);
    }
    trace_builder_end(&b, 0);
    snprintf(trace_path, sizeof trace_path, "%s", trace_builder_save(&b));
    snprintf(index_path, sizeof index_path, "%s.index", trace_path);

    struct analysis *analysis = open_with(INDEX_ALWAYS, NULL);

    cr_expect(eq(u64, analysis->whole.heap.live_blocks, GROWING));
    cr_assert(gt(sz, analysis->keyframes.count, 0));
    cr_expect(lt(u64, analysis->keyframes.list[0].events, GROWING));
    cr_expect(lt(i64, size_of(index_path),
                 size_of(trace_path) * 9 / 10 + (off_t)(64 << 10)));
    analysis_close(analysis);
}

static void expect_the_same_though_damaged(uint64_t seed, int steps,
                                           int flips) {
    record(seed, steps);
    char *expected = reports_of(INDEX_NEVER);
    expect_the_same(expected, "made");
    off_t size = size_of(index_path);
    int words = 0;
    for (off_t at = 3; at < size; at += size / flips) {
        flip(index_path, at);
        expect_the_same(expected, "damaged");
        words += strstr(said, "damaged") != NULL;
        expect_the_same(expected, "made anew");
    }
    cr_expect(words > 5, "%d", words);
    free(expected);
}

Test(index_file, that_is_damaged_anywhere_is_made_anew, .timeout = 600) {
    expect_the_same_though_damaged(4, 2000, 61);
}

Test(index_file, with_moments_that_is_damaged_anywhere_is_made_anew,
     .timeout = 600) {
    distance = FAR;
    expect_the_same_though_damaged(26, 2 * STEPS, 23);
}

Test(index_file, that_is_cut_anywhere_is_made_anew) {
    record(5, 2000);
    char *expected = reports_of(INDEX_NEVER);
    for (int part = 0; part < 12; part++) {
        expect_the_same(expected, "made");
        cr_assert(truncate(index_path, size_of(index_path) * part / 12) == 0);
        expect_the_same(expected, "cut");
    }
    free(expected);
}

Test(index_file, of_another_trace_is_made_anew) {
    record(6, 2000);
    analysis_close(open_with(INDEX_ALWAYS, NULL));
    char first[PATH + 16];
    snprintf(first, sizeof first, "%s.other", index_path);
    rename(index_path, first);
    trace_builder_free(&b);
    record(7, 2000);
    rename(first, index_path);
    char *expected = reports_of(INDEX_NEVER);

    expect_the_same(expected, "foreign");

    cr_expect(strstr(said, "of another trace; it is made anew") != NULL, "%s",
              said);
    free(expected);
}

Test(index_file, that_the_disk_has_no_room_for_goes_on_in_memory) {
    record(8, STEPS);
    char *expected = reports_of(INDEX_NEVER);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {20000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);

    struct analysis *analysis = open_with(INDEX_ALWAYS, NULL);

    cr_expect(strstr(said, "kept in memory") != NULL, "%s", said);
    cr_expect(gt(u64, store_memory(&analysis->keyframes.store), 1000));
    char *got = reports(analysis);
    cr_expect(strcmp(got, expected) == 0);
    analysis_close(analysis);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    expect_the_same(expected, "what was written goes on");
    free(expected);
    free(got);
}

Test(index_file, is_in_the_cache_folder_where_none_can_be_beside_the_trace) {
    char cache[] = "/tmp/index_cache_XXXXXX", command[PATH];
    record(9, 2000);
    char *expected = reports_of(INDEX_NEVER);
    mkdir(index_path, 0700); // in the way
    setenv("XDG_CACHE_HOME", mkdtemp(cache), 1);

    expect_the_same(expected, "made");
    expect_the_same(expected, "opened");

    snprintf(command, sizeof command, "ls %s/rpscope/*.index > /dev/null",
             cache);
    cr_expect(system(command) == 0);
    snprintf(command, sizeof command, "rm -r %s", cache);
    cr_expect(system(command) == 0);
    rmdir(index_path);
    free(expected);
}

Test(index_file, is_not_followed_through_a_link) {
    record(10, 2000);
    char target[PATH + 32];
    snprintf(target, sizeof target, "%s.target", index_path);
    FILE *file = fopen(target, "w");
    fputs("mine", file);
    fclose(file);
    cr_assert(symlink(target, index_path) == 0);
    setenv("XDG_CACHE_HOME", "/dev/null/cache", 1); // cannot be made
    char *expected = reports_of(INDEX_NEVER);

    expect_the_same(expected, "link");

    cr_expect(eq(i64, size_of(target), 4));
    unlink(target);
    free(expected);
}

Test(index_file, is_written_by_one_at_a_time) {
    record(11, STEPS);
    struct analysis *first = open_with(INDEX_ALWAYS, NULL);

    struct analysis *second = open_with(INDEX_ALWAYS, NULL);

    cr_expect(not(second->index.writes));
    char *one = reports(first), *two = reports(second);
    cr_expect(strcmp(one, two) == 0);
    analysis_close(second);
    analysis_close(first);
    free(one);
    free(two);
}

Test(index_file, is_not_made_for_a_small_trace) {
    record(12, 500);

    analysis_close(open_with(INDEX_WHEN_LARGE, NULL));

    cr_expect(eq(i64, size_of(index_path), -1));
}
