// test_perf_map.c - what a run-time compiler tells of its code, while it does.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "viewer/names/perf_map.h"

static char path[64];
static atomic_bool is_over;
static atomic_uint rounds;

// Line i is "1000 * i 100 function_i"; every so often all is told anew.
static void *compile(void *nothing) {
    for (unsigned round = 0; !atomic_load(&is_over); round++) {
        FILE *file = fopen(path, round % 8 == 0 ? "w" : "a");
        unsigned first = round % 8 * 1000;
        for (unsigned i = first; file && i < first + 1000; i++)
            fprintf(file, "%x 100 function_%u\n", 0x1000 * (i + 1), i);
        if (file)
            fclose(file);
        atomic_fetch_add(&rounds, 1);
    }
    return nothing;
}

static void begin(void) {
    snprintf(path, sizeof path, "/tmp/rpscope-test-%d.map", (int)getpid());
}

static void end(void) {
    unlink(path);
}

TestSuite(perf_map, .init = begin, .fini = end);

Test(perf_map, while_it_grows_its_whole_lines_are_believed) {
    pthread_t compiler;
    size_t most = 0;
    cr_assert(pthread_create(&compiler, NULL, compile, NULL) == 0);

    // A hundred times, and until more and less was there.
    for (unsigned times = 0;
         times < 100 || atomic_load(&rounds) < 24 || most <= 1000; times++) {
        struct perf_map map;
        perf_map_read(&map, path, 0, UINT64_MAX);
        for (size_t i = 0; i < map.count; i++) {
            char name[32];
            uint64_t number = map.codes[i].start / 0x1000 - 1;
            snprintf(name, sizeof name, "function_%" PRIu64, number);
            cr_assert(eq(str, (char *)map.codes[i].name, name));
            cr_assert(eq(u64, map.codes[i].end, map.codes[i].start + 0x100));
        }
        most = map.count > most ? map.count : most;
        perf_map_free(&map);
    }
    atomic_store(&is_over, true);
    pthread_join(compiler, NULL);

    cr_expect(most > 1000);
}

Test(perf_map, one_that_was_written_at_another_time_is_another_process_s) {
    struct perf_map map;
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL);
    fputs("1000 100 function\n", file);
    fclose(file);

    perf_map_read(&map, path, 0, 1);
    cr_expect(eq(sz, map.count, 0));
    perf_map_free(&map);
    perf_map_read(&map, path, UINT64_MAX - 1, UINT64_MAX);
    cr_expect(eq(sz, map.count, 0));
    perf_map_free(&map);
    perf_map_read(&map, path, 0, UINT64_MAX);
    cr_expect(eq(sz, map.count, 1));
    perf_map_free(&map);
}
