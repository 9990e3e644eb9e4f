// test_report.c - the report as text and as JSON.
//
// The agreed report is tests/viewer/golden/report.txt. After a change that is
// meant, RPSCOPE_GOLDEN=write build/tests/viewer/test_report writes it anew;
// then read what git says has changed.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/output/report.h"

static struct trace_builder b;
static struct answer *a;

static void begin(void) {
    trace_builder_start(&b);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

static void analyse(uint64_t lost) {
    struct failure failure;
    trace_builder_end(&b, lost);
    a = analyse_trace(trace_builder_save(&b), NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    a->path = "/tmp/server.rptrace"; // the real one is another each time
}

// What is written, to be freed.
static char *written(void (*report)(struct answer *,
                                    const struct report_options *, FILE *)) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    report(a, NULL, out);
    fclose(out);
    return text;
}

static int as_the_schema_says(const char *json) {
    char command[256];
    snprintf(
        command, sizeof command,
        "python3 tests/viewer/output/schema.py viewer/report.schema.json %s",
        save_bytes(json, strlen(json)));
    return system(command) == 0;
}

static bool harmless(const char *text) {
    for (; *text; text++)
        if (*text != '\n' && (*text < ' ' || *text == 127))
            return false;
    return true;
}

// Two threads, one of which left long-lived blocks all over its spans.
static void build_server(void) {
    trace_builder_module(&b, 0, 0x400000, 0x500000, 0x400000, "/opt/server");
    uint32_t start = trace_builder_stack(&b, 0, 0x400100);
    uint32_t session = trace_builder_stack(&b, start, 0x401234);
    uint32_t parse = trace_builder_stack(&b, start, 0x402222);
    trace_builder_text(&b, 1, "main");
    trace_builder_text(&b, 2, "io \033[31m1");
    BUILD(&b, 1, 10, THREAD_START, 4711, 1);
    BUILD(&b, 1, 10, HEAP_CREATE, 0);
    BUILD(&b, 1, 11, BOOKKEEPING_MAP, 0x900000, 65536);
    BUILD(&b, 2, 20, THREAD_START, 4712, 2);
    BUILD(&b, 2, 20, HEAP_CREATE, 1);
    BUILD(&b, 2, 21, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 4096, 0x11000, 64);
    for (uint64_t span = 0; span < 40; span++) {
        BUILD(&b, 2, 1000 * (span + 1), SPAN_ACQUIRE, span, 1, 1, 0,
              TRACE_PLACE_SEGMENT);
        for (uint64_t block = 0; block < 64; block++)
            BUILD(&b, 2, 1000 * (span + 1), ALLOC, block ? parse : session,
                  block ? 1000 : 900, span, block);
    }
    for (uint64_t span = 0; span < 40; span++)
        for (uint64_t block = 1; block < 64; block++) {
            if (span == 3 && block > 60)
                BUILD(&b, 1, 50000 + span, FREE_DEFERRED, span, block);
            else if (span < 38 || block > 1)
                BUILD(&b, 2, 50000 + span, FREE, span, block);
        }
    BUILD(&b, 1, 60000, SPAN_TRANSFER, 60, 2, 0, TRACE_PLACE_SEGMENT,
          TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 2, 90000, FREE, 5, 9);
    BUILD(&b, 1, 2000000000, MARK, 0);
}

TestSuite(report, .init = begin, .fini = end);

Test(report, the_text_is_as_agreed) {
    static const char path[] = "tests/viewer/golden/report.txt";
    static char agreed[32768];
    build_server();

    analyse(0);
    char *text = written(report_text);
    const char *mode = getenv("RPSCOPE_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        FILE *out = fopen(path, "w");
        cr_assert(ne(ptr, out, NULL));
        fputs(text, out);
        fclose(out);
    }
    FILE *file = fopen(path, "r");
    cr_assert(ne(ptr, file, NULL));
    agreed[fread(agreed, 1, sizeof agreed - 1, file)] = '\0';
    fclose(file);

    cr_assert(strcmp(text, agreed) == 0, "%s differs; it is now:\n%s", path,
              text);
    free(text);
}

// What is kept is less than the allocator needs to start.
Test(report, where_the_verdict_says_no_cure_there_is_no_code_of_one) {
    BUILD(&b, 1, 10, THREAD_START, 4711, 0);
    BUILD(&b, 1, 10, HEAP_CREATE, 0);
    BUILD(&b, 1, 11, SEGMENT_MAP, 0, 0x10000, 12 * 65536 + 4096, 0x11000, 12);
    BUILD(&b, 1, 12, SPAN_ACQUIRE, 0, 0, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 13, ALLOC, 0, 900, 0, 0);
    BUILD(&b, 1, 14, SPAN_TRANSFER, 1, 10, 0, TRACE_PLACE_SEGMENT,
          TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 2000000000, MARK, 0);

    analyse(0);
    char *text = written(report_text);

    cr_assert(a->cause_count > 0 && a->causes[0].code != NULL);
    cr_expect(strstr(text, "this tells little") != NULL);
    cr_expect(strstr(text, "rpmalloc_collect_all();") == NULL, "%s", text);
    free(text);
}

Test(report, no_line_is_longer_than_100_columns) {
    static struct sim_heap sim;
    sim_start(&sim, &b, 7);
    for (int i = 0; i < 2000; i++)
        sim_step(&sim);

    analyse(3);
    char *text = written(report_text);

    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        cr_expect(strlen(line) <= 100, "%s", line);
    free(text);
    sim_free(&sim);
}

Test(report, nothing_that_a_terminal_acts_on_is_written) {
    trace_builder_text(&b, 5, "\033]0;evil\007\302\233m\xff\xe2\x80\xae");
    BUILD(&b, 1, 10, THREAD_START, 4711, 5);
    BUILD(&b, 1, 11, HEAP_CREATE, 0);
    BUILD(&b, 1, 12, MARK, 5);
    trace_builder_fact(&b, "arguments", "\033[2J\0\n", 6);

    analyse(0);
    char *text = written(report_text), *json = written(report_json);

    cr_expect(harmless(text));
    cr_expect(harmless(json));
    cr_expect(strstr(json, "\"name_raw_b64\": \"G10wO2V2aWwHwptt/+KArg==\"") !=
              NULL);
    cr_expect(strstr(json, "\"name\": \"\\u001b]0;evil\\u0007\\u009bm\\ufffd"
                           "\\u202e\"") != NULL);
    cr_expect(as_the_schema_says(json));
    free(text);
    free(json);
}

Test(report, the_json_is_as_the_schema_says) {
    build_server();

    analyse(0);
    char *json = written(report_json);

    cr_expect(as_the_schema_says(json));
    cr_expect(strstr(json, "\"schema\": \"rpscope.report/1\"") != NULL);
    cr_expect(strstr(json, "\"residual_bytes\": 0") != NULL);
    free(json);
}

Test(report, the_json_of_an_incomplete_recording_is_as_the_schema_says) {
    static struct sim_heap sim;
    sim_start(&sim, &b, 99);
    for (int i = 0; i < 1000; i++)
        sim_step(&sim);
    BUILD(&b, 1, sim.time, FREE, 63, 3000);
    b.block_events = 100;
    trace_builder_flush(&b);
    b.bytes[b.size / 2] ^= 1;

    analyse(12);
    char *json = written(report_json);

    cr_expect(not(a->quality.complete));
    cr_expect(as_the_schema_says(json));
    free(json);
    sim_free(&sim);
}

Test(report, what_the_recorder_says_of_call_stacks_is_told) {
    build_server();
    trace_builder_fact(&b, "stack_checks", "1024", 4);
    trace_builder_fact(&b, "stack_differences", "3", 1);
    trace_builder_fact(&b, "stack_sample_bytes", "524288", 6);
    trace_builder_fact(&b, "clock", "coarse", 6);

    analyse(0);
    char *text = written(report_text), *json = written(report_json);

    cr_expect(strstr(text, "1,024 call stacks a second time") != NULL);
    cr_expect(strstr(text, ", 3 differ") != NULL);
    cr_expect(strstr(text, "one allocation in about 512 KiB") != NULL);
    cr_expect(strstr(text, "Recorded by a coarse clock") != NULL);
    cr_expect(strstr(json, "\"stack_differences\": 3") != NULL);
    cr_expect(strstr(json, "\"clock_is_coarse\": true") != NULL);
    cr_expect(as_the_schema_says(json));
    free(text);
    free(json);
}

Test(report, an_empty_recording_has_a_report) {
    analyse(0);
    char *text = written(report_text), *json = written(report_json);

    cr_expect(strstr(text, "The program has held no memory") != NULL);
    cr_expect(as_the_schema_says(json));
    free(text);
    free(json);
}
