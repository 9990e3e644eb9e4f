// test_ancestor.c - what is known of the blocks that a forked process began
// with: as much as its parent's trace tells without a doubt.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/heap/ancestor.h"
#include "viewer/trace/past.h"

static char folder[64], parent_path[128], child_path[128];
static struct trace_builder parent, child;
static struct trace_file file;
static struct trace_tables tables;

// The trace of one that has this id, and was forked by that one.
static void name(struct trace_builder *b, uint64_t id, uint64_t parent_id) {
    struct trace_file_header *header = (struct trace_file_header *)b->bytes;
    header->trace_id = id;
    header->parent_id = parent_id;
    header->crc = plain_crc32c(header, offsetof(struct trace_file_header, crc));
}

static void map(struct trace_builder *b, uint64_t time) {
    BUILD(b, 1, time, THREAD_START, 4711, 0);
    BUILD(b, 1, time, HEAP_CREATE, 0);
    BUILD(b, 1, time, SEGMENT_MAP, 0, 0x100000, 64 * 65536, 0x100000, 64);
    BUILD(b, 1, time, SPAN_ACQUIRE, 0, 1, 0, 0, TRACE_PLACE_SEGMENT);
}

static void start(void) {
    strcpy(folder, "/tmp/rpscope-ancestor-XXXXXX");
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    snprintf(parent_path, sizeof parent_path, "%s/run.rptrace", folder);
    snprintf(child_path, sizeof child_path, "%s/child.rptrace", folder);
    trace_builder_start(&parent);
    name(&parent, 7, 0);
    trace_builder_stack(&parent, trace_builder_stack(&parent, 0, 0x1000),
                        0x2000);
    map(&parent, 10);
    for (uint64_t block = 0; block < 6; block++)
        BUILD(&parent, 1, 10, ALLOC, 2, 100 + block, 0, block);
    trace_builder_start(&child);
    name(&child, 8, 7);
    trace_builder_fact(&child, "forked_from", "4711", 4);
    trace_builder_fact(&child, "fork", "3", 1);
    trace_builder_stack(&child, 0, 0x9000);
    map(&child, 5);
    BUILD(&child, 1, 5, INHERITED, 0, 0, 0x3f);
}

static void end(void) {
    past_free(tables.past);
    trace_tables_free(&tables);
    trace_file_close(&file);
    trace_builder_free(&parent);
    trace_builder_free(&child);
    unlink(parent_path);
    unlink(child_path);
    rmdir(folder);
}

TestSuite(ancestor, .init = start, .fini = end);

static void save(const struct trace_builder *b, const char *path) {
    FILE *out = fopen(path, "wb");
    cr_assert(ne(ptr, out, NULL));
    cr_assert(eq(sz, fwrite(b->bytes, 1, b->size, out), b->size));
    fclose(out);
}

// Reads what the child has of the parent.
static const struct trace_past *look(void) {
    struct failure failure;
    trace_builder_end(&child, 0);
    save(&parent, parent_path);
    save(&child, child_path);
    cr_assert(trace_file_open(&file, child_path, &failure), "%s", failure.text);
    trace_tables_load(&tables, &file);
    ancestor_read(&tables, &file);
    return tables.past;
}

static const struct past_block *block(const struct trace_past *past,
                                      uint64_t index) {
    cr_assert(ne(ptr, (void *)past, NULL));
    return past_block(past_find(past, 0), index);
}

static void fork_twice(void) {
    BUILD(&parent, 1, 20, FORK, 3, 1);
    BUILD(&parent, 1, 30, FORK, 3, 1);
}

Test(ancestor, a_block_has_its_stack_and_size) {
    fork_twice();
    BUILD(&parent, 1, 40, FREE, 0, 2);
    trace_builder_end(&parent, 0);

    const struct past_block *known = block(look(), 2);

    cr_assert(ne(ptr, (void *)known, NULL));
    cr_expect(eq(u32, known->wanted, 102));
    const struct stack_node *inner = trace_node(&tables, known->stack);
    cr_assert(ne(ptr, (void *)inner, NULL));
    cr_expect(eq(u64, inner->address, 0x2000));
    cr_expect(eq(u64, trace_node(&tables, inner->parent)->address, 0x1000));
    cr_expect(eq(u64, trace_node(&tables, 1)->address, 0x9000)); // its own
    cr_expect(eq(u64, tables.past->block_count, 6));
}

Test(ancestor, the_answer_is_of_these_blocks) {
    fork_twice();
    trace_builder_end(&parent, 0);
    look();
    struct failure failure;

    struct answer *a = analyse_trace(child_path, NULL, &failure);

    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    cr_expect(eq(u64, a->now.live_blocks, 6));
    cr_expect(eq(u64, a->now.part_bytes[PART_USED], 6 * 100 + 15));
    cr_expect(eq(u64, a->quality.unresolved, 0));
    cr_expect(ne(ptr, strstr(a->inherited, "6 blocks"), NULL));
    answer_free(a);
}

// Whether another thread's free and allocation came before or after the child
// had its memory, nobody knows.
Test(ancestor, what_changed_during_the_fork_is_not_known) {
    BUILD(&parent, 1, 20, FORK, 3, 1);
    BUILD(&parent, 2, 22, FREE, 0, 0);
    BUILD(&parent, 2, 23, FREE, 0, 1);
    BUILD(&parent, 2, 24, ALLOC, 2, 77, 0, 1);
    BUILD(&parent, 2, 25, RESIZE, 2, 78, 0, 2);
    BUILD(&parent, 2, 26, ALLOC, 2, 79, 0, 7);
    BUILD(&parent, 1, 30, FORK, 3, 1);
    trace_builder_end(&parent, 0);

    const struct trace_past *past = look();

    for (uint64_t i = 0; i < 8; i++)
        cr_expect(eq(int, block(past, i) != NULL, i == 3 || i == 4 || i == 5),
                  "block %d", (int)i);
    cr_expect(eq(u64, past->block_count, 3));
}

Test(ancestor, another_fork_is_not_this_one) {
    BUILD(&parent, 1, 20, FORK, 2, 1);
    BUILD(&parent, 1, 30, FORK, 2, 1);
    trace_builder_end(&parent, 0);

    cr_expect(eq(ptr, (void *)look(), NULL));
}

Test(ancestor, a_fork_of_which_only_the_beginning_is_there_tells_nothing) {
    BUILD(&parent, 1, 20, FORK, 3, 1);
    trace_builder_end(&parent, 0);

    cr_expect(eq(ptr, (void *)look(), NULL));
}

Test(ancestor, a_parent_of_another_id_tells_nothing) {
    fork_twice();
    trace_builder_end(&parent, 0);
    name(&parent, 9, 0);

    cr_expect(eq(ptr, (void *)look(), NULL));
}

// With what it has of itself, it would never come to an end.
Test(ancestor, one_that_names_itself_as_its_parent_tells_nothing,
     .timeout = 60) {
    trace_builder_fact(&parent, "fork", "3", 1);
    trace_builder_end(&parent, 0);
    name(&parent, 7, 7);

    cr_expect(eq(ptr, (void *)look(), NULL));
}

Test(ancestor, a_parent_that_lost_events_tells_nothing) {
    fork_twice();
    BUILD(&parent, 0, 50, LOST, 4);
    trace_builder_end(&parent, 4);

    cr_expect(eq(ptr, (void *)look(), NULL));
}

Test(ancestor, a_parent_that_contradicts_itself_tells_nothing) {
    BUILD(&parent, 1, 15, ALLOC, 2, 50, 0, 3); // which lives
    BUILD(&parent, 1, 20000015, MARK, 0);      // nobody waits so long
    BUILD(&parent, 1, 20000020, FORK, 3, 1);
    BUILD(&parent, 1, 20000030, FORK, 3, 1);
    trace_builder_end(&parent, 0);

    cr_expect(eq(ptr, (void *)look(), NULL));
}

Test(ancestor, a_damaged_parent_tells_nothing) {
    fork_twice();
    trace_builder_end(&parent, 0);
    parent.bytes[parent.size - 1] ^= 1; // of its end

    cr_expect(eq(ptr, (void *)look(), NULL));
}

Test(ancestor, one_that_runs_on_with_one_thread_tells_all) {
    fork_twice();
    trace_builder_flush(&parent);

    cr_expect(eq(u64, look()->block_count, 6));
}

Test(ancestor, one_that_runs_on_with_two_threads_tells_nothing) {
    BUILD(&parent, 1, 20, FORK, 3, 1);
    BUILD(&parent, 1, 30, FORK, 3, 2); // of the other nothing is there yet
    trace_builder_flush(&parent);

    cr_expect(eq(ptr, (void *)look(), NULL));
}
