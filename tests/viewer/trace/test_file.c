// test_file.c - every bad input gives one sentence, and what is whole is
// shown.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"

#define TEXT(text) ((char *)(text))

static struct trace_builder b;
static struct failure failure;

static void begin(void) {
    trace_builder_start(&b);
    b.raw = true;
    b.block_events = 3;
    BUILD(&b, 1, 100, HEAP_CREATE, 1);
    BUILD(&b, 1, 100, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 100, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < 6; i++)
        BUILD(&b, 1, 101 + i, ALLOC, 0, 1000, 0, i);
    trace_builder_end(&b, 0);
}

static void end(void) {
    trace_builder_free(&b);
}

// Expects that there is no answer, and this sentence after "PATH: ".
static void refused(const char *path, const char *sentence) {
    char expected[1200];
    snprintf(expected, sizeof expected, "%s: %s", path, sentence);
    struct answer *a = analyse_trace(path, NULL, &failure);
    cr_assert(eq(ptr, a, NULL));
    cr_expect(eq(str, failure.text, expected));
}

// Expects an answer with this as the first sentence on its quality.
static struct answer *shown(const char *path, const char *sentence) {
    char expected[1200];
    snprintf(expected, sizeof expected, "%s: %s", path, sentence);
    struct answer *a = analyse_trace(path, NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    cr_assert(ne(sz, a->quality.sentence_count, 0));
    cr_expect(eq(str, a->quality.sentences[0], expected));
    cr_expect(eq(int, answer_exit_code(a), 4));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
    return a;
}

// Where the n-th block of events has its header.
static size_t event_block(int n) {
    size_t at = sizeof(struct trace_file_header);
    for (;;) {
        struct trace_block_header header;
        memcpy(&header, b.bytes + at, sizeof header);
        if (header.kind == TRACE_EVENTS && n-- == 0)
            return at;
        at += sizeof header + header.stored_bytes;
    }
}

TestSuite(trace_file, .init = begin, .fini = end);

Test(trace_file, a_file_that_is_not_there) {
    refused("/nowhere/x.rptrace",
            "cannot be opened: No such file or directory");
}

Test(trace_file, a_folder) {
    refused("/tmp", "is a folder; expected a trace file");
}

Test(trace_file, a_device) {
    refused("/dev/zero", "is not a regular file; expected a trace file");
}

Test(trace_file, an_empty_file) {
    refused(save_bytes("", 0),
            "the file is empty; expected a trace that begins with \"RPTRACE\". "
            "Was the recording started?");
}

Test(trace_file, a_foreign_file) {
    refused(save_bytes("\x7f"
                       "ELF\x02\x01\x01 and more",
                       16),
            "this is no rpscope trace: it begins with "
            "\"\\x7fELF\\x02\\x01\\x01 \", a trace begins with \"RPTRACE\". "
            "Record one by: rpscope record -- PROGRAM");
}

Test(trace_file, another_version) {
    b.bytes[8] = 9;
    refused(
        trace_builder_save(&b),
        "the trace has format 9, this rpscope reads formats 2 to 5. Use the "
        "rpscope that recorded it");
}

Test(trace_file, nothing_but_the_start_of_a_header) {
    refused(save_bytes(b.bytes, 20),
            "the trace ends within its header: found 20 bytes, expected at "
            "least 48. Record it again");
}

Test(trace_file, nothing_but_a_header) {
    refused(save_bytes(b.bytes, 48),
            "nothing in the trace is whole: 0 bytes after the header and no "
            "block among them. Record it again");
}

Test(trace_file, a_header_and_garbage) {
    memset(b.bytes + 48, 'R', 1000);
    refused(save_bytes(b.bytes, 1048),
            "nothing in the trace is whole: 1000 bytes after the header and no "
            "block among them. Record it again");
}

Test(trace_file, a_file_that_ends_in_the_middle_of_a_block) {
    size_t block = event_block(2), size = block + 64 + 10;
    struct trace_block_header header;
    memcpy(&header, b.bytes + block, sizeof header);
    char sentence[400];
    snprintf(sentence, sizeof sentence,
             "the file ends at byte %zu in the middle of a block that goes to "
             "byte %zu (was the recorder stopped, or the disk full?); showing "
             "what comes before",
             size, block + 64 + header.stored_bytes);

    struct answer *a = shown(save_bytes(b.bytes, size), sentence);

    cr_expect(eq(u64, a->events, 6));
    cr_expect(eq(u64, a->now.live_blocks, 3));
    cr_expect(eq(sz, a->quality.sentence_count, 1));
    answer_free(a);
}

Test(trace_file, a_file_that_ends_in_the_middle_of_a_block_header) {
    size_t size = event_block(2) + 30;
    char sentence[400];
    snprintf(sentence, sizeof sentence,
             "the file ends at byte %zu in the middle of a block header (found "
             "30 of 64 bytes; was the recorder stopped, or the disk full?); "
             "showing what comes before",
             size);

    struct answer *a = shown(save_bytes(b.bytes, size), sentence);

    cr_expect(eq(u64, a->now.live_blocks, 3));
    answer_free(a);
}

Test(trace_file, a_file_that_ends_between_blocks_was_not_closed) {
    size_t size = event_block(2);
    char sentence[400];
    snprintf(sentence, sizeof sentence,
             "the recording was not closed: no closing block up to byte %zu "
             "(was the program killed, did it end by _exit or exec, or is it "
             "running?); its last 0.1 s may be missing",
             size);

    struct answer *a = shown(save_bytes(b.bytes, size), sentence);

    cr_expect(not(a->quality.ended));
    answer_free(a);
}

Test(trace_file, a_damaged_payload_costs_its_own_events_only) {
    size_t block = event_block(1);
    b.bytes[block + 64 + 100] ^= 1;
    struct trace_block_header header;
    memcpy(&header, b.bytes + block, sizeof header);
    char sentence[400];
    snprintf(sentence, sizeof sentence,
             "the event block at byte %zu is damaged: checksum %08x, expected "
             "%08x; it is left out",
             block, plain_crc32c(b.bytes + block + 64, header.stored_bytes),
             header.payload_crc);

    struct answer *a = shown(trace_builder_save(&b), sentence);

    cr_expect(eq(u64, a->quality.missing_events, 3));
    cr_expect(eq(u64, a->events, 6));
    cr_expect(eq(u64, a->now.live_blocks, 3));
    cr_expect(eq(u64, a->quality.damaged_blocks, 1));
    answer_free(a);
}

Test(trace_file, after_a_damaged_header_the_next_block_is_found) {
    size_t block = event_block(1), next = event_block(2);
    b.bytes[block + 20] ^= 0x40;
    char sentence[400];
    snprintf(sentence, sizeof sentence,
             "no block at byte %zu where one should begin (expected \"RPBK\" "
             "and a header with a right checksum); left out %zu bytes up to "
             "the next block",
             block, next - block);

    struct answer *a = shown(trace_builder_save(&b), sentence);

    cr_expect(eq(u64, a->quality.missing_events, 3));
    cr_expect(eq(u64, a->now.live_blocks, 3));
    answer_free(a);
}

Test(trace_file, a_block_of_a_later_kind_is_passed_over) {
    struct trace_builder later;
    trace_builder_start(&later);
    trace_builder_block(&later, 77, "what?", 5, NULL);
    trace_builder_end(&later, 0);

    struct answer *a =
        analyse_trace(trace_builder_save(&later), NULL, &failure);

    cr_assert(ne(ptr, a, NULL));
    cr_expect(a->quality.complete);
    answer_free(a);
    trace_builder_free(&later);
}

Test(trace_file, an_unknown_event_makes_a_block_end_there) {
    struct trace_builder strange;
    trace_builder_start(&strange);
    BUILD(&strange, 1, 100, HEAP_CREATE, 1);
    trace_builder_event(&strange, 1, 101, 200, NULL, 0);
    BUILD(&strange, 1, 102, HEAP_CREATE, 2);
    trace_builder_end(&strange, 0);

    struct answer *a =
        analyse_trace(trace_builder_save(&strange), NULL, &failure);

    cr_assert(ne(ptr, a, NULL));
    cr_expect(eq(u64, a->events, 1));
    cr_expect(eq(u64, a->quality.missing_events, 2));
    cr_expect(eq(int, answer_exit_code(a), 4));
    answer_free(a);
    trace_builder_free(&strange);
}

Test(trace_file, a_block_that_stands_twice_counts_once) {
    struct trace_builder twice;
    trace_builder_start(&twice);
    BUILD(&twice, 1, 100, MARK, 0);
    BUILD(&twice, 1, 101, MARK, 0);
    trace_builder_flush(&twice);
    twice.sequences[1] = 1; // recovered once more, with one that is new
    BUILD(&twice, 1, 101, MARK, 0);
    BUILD(&twice, 1, 102, MARK, 0);
    trace_builder_end(&twice, 0);

    struct answer *a =
        analyse_trace(trace_builder_save(&twice), NULL, &failure);

    cr_assert(ne(ptr, a, NULL));
    cr_expect(eq(u64, a->events, 3));
    answer_free(a);
    trace_builder_free(&twice);
}

Test(trace_file, no_cut_and_no_flipped_bit_breaks_the_reader) {
    for (size_t size = 0; size < b.size; size += 7) {
        struct answer *a =
            analyse_trace(save_bytes(b.bytes, size), NULL, &failure);
        cr_expect(a != NULL || failure.text[0] != 0);
        cr_expect(a == NULL || a->now.residual_bytes == 0);
        cr_expect(a == NULL || a->quality.complete == false);
        answer_free(a);
    }
    for (size_t bit = 0; bit < b.size * 8; bit += 13) {
        b.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct answer *a =
            analyse_trace(trace_builder_save(&b), NULL, &failure);
        cr_expect(a != NULL || failure.text[0] != 0);
        cr_expect(a == NULL || a->now.residual_bytes == 0);
        answer_free(a);
        b.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}
