// processes.c - see processes.h.
#include "viewer/processes/processes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "viewer/base/memory.h"
#include "viewer/base/text.h"
#include "viewer/trace/family.h"
#include "viewer/trace/file.h"
#include "viewer/trace/tables.h"

// ---- one trace ----

static void read_ending(struct process *p, const struct trace_tables *tables) {
    struct trace_ending ending;
    trace_ending_read(&ending, tables);
    trace_ending_process(&ending, p->ended);
    p->stopped = ending.stopped && !ending.asked;
}

// False when it is no trace.
static bool read_process(struct process *p, const char *path) {
    struct trace_file file;
    struct trace_tables tables;
    struct failure ignored; // an empty one was being made when it was killed
    if (!trace_file_open(&file, path, &ignored))
        return false;
    trace_tables_load(&tables, &file);
    const struct trace_fact *command = trace_fact(&tables, "command");
    const char *program = command ? text_base_name(command->value) : "";
    if (!*program)
        program = "?";
    *p = (struct process){
        .path = memory_text(path, strlen(path)),
        .program = memory_text(program, strlen(program)),
        .pid = file.header.process_id,
        .trace_id = file.header.trace_id,
        .parent_id = file.header.parent_id,
        .start_unix_ns = file.header.start_unix_ns,
        .bytes = file.size,
        .finished = tables.has_trailer,
        .forked = trace_fact(&tables, "forked_from") != NULL,
    };
    for (size_t i = 0; i < file.block_count; i++)
        p->events += file.blocks[i].header.event_count;
    if (p->finished) {
        p->lost_events = tables.trailer.lost_events;
        p->peak_held_bytes = tables.trailer.peak_held_bytes;
    }
    read_ending(p, &tables);
    trace_tables_free(&tables);
    trace_file_close(&file);
    return true;
}

// ---- all ----

static void add_trace(struct processes *all, const char *path) {
    struct process p;
    if (!read_process(&p, path)) {
        all->unreadable++;
        return;
    }
    all->list =
        memory_grow(all->list, all->count, &all->capacity, sizeof *all->list);
    all->list[all->count++] = p;
}

static bool is_new(const struct stat *status, uint64_t since_unix_ns) {
    return (uint64_t)status->st_mtim.tv_sec * 1000000000u +
               (uint64_t)status->st_mtim.tv_nsec >=
           since_unix_ns;
}

struct others {
    uint64_t since_unix_ns;
    void (*visit)(void *context, const char *path);
    void *context;
};

static bool visit_other(void *context, const char *path) {
    const struct others *others = context;
    struct stat status;
    if (lstat(path, &status) == 0 && is_new(&status, others->since_unix_ns))
        others->visit(others->context, path);
    return false; // go on
}

// Calls `visit` with each file of the folder that may be a trace.
static void each_other(const char *root, uint64_t since_unix_ns,
                       void (*visit)(void *context, const char *path),
                       void *context) {
    struct others others = {since_unix_ns, visit, context};
    char folder[PATH_MAX];
    family_folder(root, folder);
    family_each(folder, root + family_stem(root), visit_other, &others);
}

static void visit_trace(void *context, const char *path) {
    add_trace(context, path);
}

static int compare_ids(const void *left, const void *right) {
    const struct process *a = left, *b = right;
    return (a->trace_id > b->trace_id) - (a->trace_id < b->trace_id);
}

static int compare_own(const void *left, const void *right) {
    const struct process *a = left, *b = right;
    if (a->own_bytes != b->own_bytes)
        return a->own_bytes > b->own_bytes ? -1 : 1;
    if (a->events != b->events)
        return a->events > b->events ? -1 : 1;
    return (a->start_unix_ns > b->start_unix_ns) -
           (a->start_unix_ns < b->start_unix_ns);
}

static const struct process *find_id(const struct processes *all,
                                     uint64_t trace_id) {
    struct process key = {.trace_id = trace_id};
    return trace_id ? bsearch(&key, all->list, all->count, sizeof *all->list,
                              compare_ids)
                    : NULL;
}

// By the ids that the traces have of each other. What a program was before it
// became this one is not its parent; ids that go round lead nowhere.
static void find_parents(struct processes *all) {
    qsort(all->list, all->count, sizeof *all->list, compare_ids);
    for (size_t i = 0; i < all->count; i++) {
        struct process *p = &all->list[i];
        const struct process *parent = find_id(all, p->parent_id);
        uint64_t inherited = p->forked && parent ? parent->peak_held_bytes : 0;
        p->own_bytes =
            p->peak_held_bytes > inherited ? p->peak_held_bytes - inherited : 0;
        for (size_t steps = 0; parent && parent->pid == p->pid; steps++)
            parent =
                steps < all->count ? find_id(all, parent->parent_id) : NULL;
        p->parent_pid = parent ? parent->pid : 0;
    }
}

static void free_process(struct process *p) {
    free(p->path);
    free(p->program);
}

// Leaves out what an earlier recording of the same name has left: all that
// began before the process that was started did, as whatever program.
static void drop_earlier(struct processes *all, const char *root) {
    const struct process *first = processes_find(all, root);
    size_t kept = 0;
    if (!first)
        return;
    for (size_t steps = 0; steps < all->count; steps++) {
        const struct process *before = find_id(all, first->parent_id);
        if (!before || before->pid != first->pid)
            break;
        first = before;
    }
    uint64_t begin = first->start_unix_ns;
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].start_unix_ns >= begin)
            all->list[kept++] = all->list[i];
        else
            free_process(&all->list[i]);
    }
    all->count = kept;
}

static void add_up(struct processes *all) {
    for (size_t i = 0; i < all->count; i++) {
        all->events += all->list[i].events;
        all->lost_events += all->list[i].lost_events;
        all->bytes += all->list[i].bytes;
    }
}

void processes_read(struct processes *all, const char *root,
                    uint64_t since_unix_ns) {
    struct stat status;
    *all = (struct processes){.list = NULL};
    if (stat(root, &status) == 0)
        add_trace(all, root);
    each_other(root, since_unix_ns, visit_trace, all);
    if (all->count) {
        find_parents(all);
        drop_earlier(all, root);
        add_up(all);
        qsort(all->list, all->count, sizeof *all->list, compare_own);
    }
}

void processes_read_again(struct processes *all, const char *path) {
    struct process now;
    for (size_t i = 0; i < all->count; i++) {
        struct process *p = &all->list[i];
        if (strcmp(p->path, path) != 0 || !read_process(&now, path))
            continue;
        all->bytes += now.bytes - p->bytes;
        p->bytes = now.bytes;
        memcpy(p->ended, now.ended, sizeof p->ended);
        free_process(&now);
    }
}

void processes_free(struct processes *all) {
    for (size_t i = 0; i < all->count; i++)
        free_process(&all->list[i]);
    free(all->list);
    *all = (struct processes){.list = NULL};
}

const struct process *processes_find(const struct processes *all,
                                     const char *path) {
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->list[i].path, path) == 0)
            return &all->list[i];
    return NULL;
}

// ---- a process that has become another program ----

struct last {
    uint32_t pid;
    uint64_t start_unix_ns; // of the latest trace of this process
    char path[PATH_MAX];    // of that trace
};

// Reads the head of the file: a trace without any block has one, too.
static void visit_head(void *context, const char *path) {
    struct last *last = context;
    struct trace_file_header header;
    FILE *in = fopen(path, "rb");
    if (!in)
        return;
    if (fread(&header, sizeof header, 1, in) == 1 &&
        memcmp(header.magic, TRACE_MAGIC, sizeof header.magic) == 0 &&
        header.process_id == last->pid &&
        header.start_unix_ns > last->start_unix_ns) {
        last->start_unix_ns = header.start_unix_ns;
        snprintf(last->path, sizeof last->path, "%s", path);
    }
    fclose(in);
}

// Gives a trace of the folder the name of its program.
static void name_after_program(const char *root, const char *path) {
    char folder[PATH_MAX], better[2 * PATH_MAX];
    struct process p;
    if (!read_process(&p, path))
        return;
    family_folder(root, folder);
    snprintf(better, sizeof better, "%s/%s.%u%s", folder, p.program, p.pid,
             root + family_stem(root));
    renameat2(AT_FDCWD, path, AT_FDCWD, better, RENAME_NOREPLACE);
    free_process(&p);
}

void processes_settle(const char *root, uint32_t pid, uint64_t since_unix_ns) {
    struct last last = {.pid = pid};
    visit_head(&last, root);
    each_other(root, since_unix_ns, visit_head, &last);
    if (!*last.path || strcmp(last.path, root) == 0)
        return;
    if (renameat2(AT_FDCWD, last.path, AT_FDCWD, root, RENAME_EXCHANGE) == 0)
        name_after_program(root, last.path);
    else
        rename(last.path, root); // no such one, or a system without exchange
}
