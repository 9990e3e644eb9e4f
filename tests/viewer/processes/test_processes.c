// test_processes.c - all processes of one recording.
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/processes/processes.h"
#include "viewer/trace/family.h"
#include "viewer/processes/table.h"

#define IS_ROOT_OF(path, expected)                                             \
    do {                                                                       \
        char root_[PATH_MAX];                                                  \
        family_root(path, root_);                                              \
        cr_expect_str_eq(root_, expected);                                     \
    } while (0)

Test(processes, a_trace_or_the_folder_of_others_names_the_first_one) {
    IS_ROOT_OF("x.rptrace", "x.rptrace");
    IS_ROOT_OF("/a/x.rptrace", "/a/x.rptrace");
    IS_ROOT_OF("x.processes", "x.rptrace");
    IS_ROOT_OF("/a/x.processes/", "/a/x.rptrace");
    IS_ROOT_OF("x.processes/ls.12.rptrace", "x.rptrace");
    IS_ROOT_OF("/a/x.processes/ls.12.trace", "/a/x.trace");
    IS_ROOT_OF(".processes/ls.12.rptrace", ".processes/ls.12.rptrace");
    IS_ROOT_OF("a/.processes", "a/.processes");
    IS_ROOT_OF("x.processes/a/b.rptrace", "x.processes/a/b.rptrace");
    IS_ROOT_OF("", "");
}

Test(processes, the_folder_is_called_like_the_first_trace) {
    char folder[PATH_MAX];
    family_folder("/a.b/x.rptrace", folder);
    cr_assert_str_eq(folder, "/a.b/x.processes");
    family_folder("/a.b/x", folder);
    cr_assert_str_eq(folder, "/a.b/x.processes");
}

static char place[64], root[PATH_MAX];

static void make_place(void) {
    char folder[PATH_MAX];
    snprintf(place, sizeof place, "/tmp/test_processes.XXXXXX");
    cr_assert(mkdtemp(place) != NULL);
    snprintf(root, sizeof root, "%s/x.rptrace", place);
    family_folder(root, folder);
    cr_assert(mkdir(folder, 0700) == 0);
}

static void remove_place(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", place);
    cr_assert(system(command) == 0);
}

struct wanted {
    const char *name, *program;
    uint32_t pid;
    uint64_t id, parent, start;
    uint64_t bytes; // that it has held
    bool forked;
};

// A trace with one block.
static void put(const struct wanted *w) {
    struct trace_builder b;
    char path[PATH_MAX];
    trace_builder_start(&b);
    trace_builder_fact(&b, "command", w->program, strlen(w->program));
    if (w->forked)
        trace_builder_fact(&b, "forked_from", "1", 1);
    BUILD(&b, 0, 10, SEGMENT_MAP, 0, 0x10000, 4 << 20, 0, 64);
    BUILD(&b, 0, 20, SPAN_ACQUIRE, 1, 1, 0, 3, 0);
    BUILD(&b, 0, 30, ALLOC, 0, w->bytes, 1, 0);
    trace_builder_flush(&b);
    struct trace_trailer trailer = {.events = b.event_total,
                                    .peak_held_bytes = w->bytes,
                                    .exit_kind = TRACE_EXIT_NORMAL};
    trace_builder_block(&b, TRACE_TRAILER, &trailer, sizeof trailer, NULL);
    struct trace_file_header *header = (void *)b.bytes;
    header->process_id = w->pid;
    header->trace_id = w->id;
    header->parent_id = w->parent;
    header->start_unix_ns = w->start;
    header->crc = plain_crc32c(header, offsetof(struct trace_file_header, crc));
    const char *made = trace_builder_save(&b);
    snprintf(path, sizeof path, "%s/%s", place, w->name);
    char command[3 * PATH_MAX];
    snprintf(command, sizeof command, "cp %s %s", made, path);
    cr_assert(system(command) == 0);
    trace_builder_free(&b);
}

static const struct wanted family[] = {
    {"x.rptrace", "make", 10, 100, 0, 1000, 500, false},
    {"x.processes/sh.11.rptrace", "sh", 11, 101, 100, 1001, 400, true},
    {"x.processes/cc1.11.rptrace", "cc1", 11, 102, 101, 1002, 9000, false},
    {"x.processes/as.12.rptrace", "as", 12, 103, 102, 1003, 700, false},
    {"x.processes/old.9.rptrace", "old", 9, 90, 0, 999, 90000, false},
};

static void put_family(size_t count) {
    make_place();
    for (size_t i = 0; i < count; i++)
        put(&family[i]);
}

Test(processes,
     the_most_of_its_own_comes_first_and_parents_are_other_processes) {
    struct processes all;
    put_family(4);

    processes_read(&all, root, 0);

    cr_assert(all.count == 4, "%zu", all.count);
    static const struct {
        const char *program;
        uint32_t pid, parent;
    } expected[] = {
        {"cc1", 11, 10}, {"as", 12, 11}, {"make", 10, 0}, {"sh", 11, 10}};
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(all.list[i].program, expected[i].program);
        cr_expect(all.list[i].pid == expected[i].pid);
        cr_expect(all.list[i].parent_pid == expected[i].parent, "%zu", i);
        cr_expect(all.list[i].finished);
    }
    cr_expect(all.list[0].peak_held_bytes == 9000);
    cr_expect(processes_find(&all, root) == &all.list[2]);
    cr_expect(processes_find(&all, "/nowhere") == NULL);
    processes_free(&all);
    remove_place();
}

Test(processes, what_was_forked_counts_with_what_it_had_beyond_its_parent) {
    static const struct wanted both[] = {
        {"x.rptrace", "server", 10, 100, 0, 1000, 5000, false},
        {"x.processes/server.11.rptrace", "server", 11, 101, 100, 1001, 5100,
         true}};
    struct processes all;
    make_place();
    put(&both[0]);
    put(&both[1]);

    processes_read(&all, root, 0);

    cr_assert(all.count == 2);
    cr_expect(all.list[0].pid == 10 && all.list[0].own_bytes == 5000);
    cr_expect(all.list[1].pid == 11 && all.list[1].own_bytes == 100);
    processes_free(&all);
    remove_place();
}

Test(processes, what_an_earlier_recording_left_is_not_of_this_one) {
    struct processes all;
    put_family(5);

    processes_read(&all, root, 0);

    cr_expect(all.count == 4, "%zu", all.count);
    for (size_t i = 0; i < all.count; i++)
        cr_expect(strcmp(all.list[i].program, "old") != 0);
    processes_free(&all);
    remove_place();
}

Test(processes, ids_that_go_round_and_files_that_are_no_traces_do_no_harm) {
    static const struct wanted round[] = {
        {"x.processes/a.11.rptrace", "a", 11, 101, 102, 1001, 400, false},
        {"x.processes/b.11.rptrace", "../b\x1b[2J", 11, 102, 101, 1002, 100,
         false}};
    struct processes all;
    char path[PATH_MAX], text[4096] = "";
    make_place();
    for (size_t i = 0; i < 2; i++)
        put(&round[i]);
    snprintf(path, sizeof path, "%s/x.processes/c.13.rptrace", place);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    snprintf(path, sizeof path, "%s/x.processes/d.13.rptrace", place);
    cr_assert(mkfifo(path, 0600) == 0);

    processes_read(&all, root, 0);

    cr_assert(all.count == 2 && all.unreadable == 1);
    cr_expect(all.list[0].parent_pid == 0 && all.list[1].parent_pid == 0);
    cr_expect_str_eq(all.list[1].program, "b\x1b[2J");
    FILE *out = fmemopen(text, sizeof text, "w");
    processes_table(&all, 0, "", out);
    fclose(out);
    cr_expect(strchr(text, '\x1b') == NULL && strstr(text, "b\\x1b[2J"));
    processes_free(&all);
    remove_place();
}

Test(processes, the_table_has_a_line_for_each) {
    struct processes all;
    char text[4096] = "";
    put_family(4);
    processes_read(&all, root, 0);

    FILE *out = fmemopen(text, sizeof text, "w");
    processes_table(&all, 3, "a:", out);
    fclose(out);

    cr_expect_str_eq(
        text,
        "a:  program  pid  parent  events  most held  how it ended   trace\n"
        "a:  cc1       11      10       3   8.79 KiB  ended by exit  "
        "cc1.11.rptrace\n"
        "a:  as        12      11       3      700 B  ended by exit  "
        "as.12.rptrace\n"
        "a:  make      10       -       3      500 B  ended by exit  "
        "x.rptrace\n");
    processes_free(&all);
    remove_place();
}

Test(processes, the_last_program_of_a_process_gets_the_name_asked_for) {
    static const struct wanted both[] = {
        {"x.rptrace", "bash", 10, 100, 0, 1000, 500, false},
        {"x.processes/ls.10.rptrace", "ls", 10, 101, 100, 1001, 400, false}};
    char path[PATH_MAX];
    struct processes all;
    make_place();
    put(&both[0]);
    put(&both[1]);

    processes_settle(root, 10, 0);
    processes_read(&all, root, 0);

    snprintf(path, sizeof path, "%s/x.processes/bash.10.rptrace", place);
    const struct process *first = processes_find(&all, root);
    const struct process *before = processes_find(&all, path);
    cr_assert(all.count == 2 && first && before);
    cr_expect_str_eq(first->program, "ls");
    cr_expect_str_eq(before->program, "bash");
    processes_free(&all);
    remove_place();
}
