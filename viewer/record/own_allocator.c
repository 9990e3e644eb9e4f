// own_allocator.c - see own_allocator.h.
//
// The recorder's malloc is found before that of any library, wherever that
// lies. So a library that shows a malloc is no matter, unless somebody asks it
// by another name. One that keeps its malloc to itself, or has another name for
// it and shows no malloc, has it for its own use.
#include "viewer/record/own_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/memory.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/elf_names.h"

enum {
    UNRECORDED_LEAST = 64 << 20, // bytes in memory beyond what is held
    FILES_MOST = 1024,
    NAME_BYTES = 64, // of a file, as it is shown
};

// By what an allocator is asked for memory.
static const char *const names[] = {
    "malloc",     "mi_malloc",      "mi_zalloc",       "mi_new",
    "je_malloc",  "je_mallocx",     "mallocx",         "tc_malloc",
    "tc_new",     "mi_heap_malloc", "scalable_malloc", "rpmalloc",
    "hoard_init", "snmalloc_init",  "PyObject_Malloc", "_zend_mm_alloc",
};
enum {
    NAMES = sizeof names / sizeof *names,
    MALLOC = 0,
    PYTHON = NAMES - 2,
    PHP = NAMES - 1,
    IN_ARENAS = 1 << PYTHON | 1 << PHP,
    OTHERS = (1 << NAMES) - 1 - (1 << MALLOC) - IN_ARENAS,
};

// Those that can be told to do without.
static const struct arenas {
    unsigned name;
    const char *variable, *value;
} arenas[] = {{PYTHON, "PYTHONMALLOC", "malloc"}, {PHP, "USE_ZEND_ALLOC", "0"}};

// Each name is a bit.
struct file {
    char name[NAME_BYTES];
    unsigned inside, shown, needed;
    bool is_ours; // this allocator
    bool is_c;    // the C library, or its loader
};

static void visit(void *context, const char *name, enum elf_name_kind kind) {
    struct file *file = context;
    bool is_own = kind != ELF_NAME_NEEDED;
    if (is_own && strcmp(name, "rpmalloc_mark") == 0)
        file->is_ours = true;
    if (is_own && (strcmp(name, "__libc_start_main") == 0 ||
                   strcmp(name, "__tls_get_addr") == 0))
        file->is_c = true;
    for (unsigned i = 0; i < NAMES; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        file->inside |= (unsigned)(kind == ELF_NAME_INSIDE) << i;
        file->shown |= (unsigned)(kind == ELF_NAME_SHOWN) << i;
        file->needed |= (unsigned)(kind == ELF_NAME_NEEDED) << i;
    }
}

// The name of the lowest bit.
static const char *first(unsigned bits) {
    return names[__builtin_ctz(bits)];
}

// What one file has of its own; 0: nothing.
static unsigned own_of(const struct file *file, bool is_program) {
    unsigned all = file->inside | file->shown;
    if (file->is_ours || file->is_c)
        return 0;
    if (is_program || !(file->shown >> MALLOC & 1))
        return all;
    return all & IN_ARENAS;
}

// What was read once, since the processes of a recording have much in common.
static struct known {
    char *path;
    struct file file;
} * known;
static size_t known_count, known_capacity;

static struct file read_file(const char *path) {
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known[i].path, path) == 0)
            return known[i].file;
    struct file file = {.inside = 0};
    escape_text(file.name, sizeof file.name, text_base_name(path));
    elf_names_each(path, visit, &file);
    known = memory_grow(known, known_count, &known_capacity, sizeof *known);
    known[known_count++] =
        (struct known){memory_text(path, strlen(path)), file};
    return file;
}

struct search {
    struct file files[FILES_MOST]; // the program first
    size_t count;
    char *text;
    const char *more; // how much was in memory, or ""
};

static void read_files(struct search *search,
                       const struct trace_tables *tables) {
    const char *program = trace_fact(tables, "program")->value;
    for (size_t i = 0; i <= tables->module_count; i++) {
        const char *path = i ? tables->modules[i - 1].path : program;
        if (!path || *path != '/' || (i && strcmp(path, program) == 0) ||
            search->count == FILES_MOST)
            continue;
        search->files[search->count++] = read_file(path);
    }
}

static bool say_arenas(const struct search *search) {
    unsigned all = 0;
    for (size_t i = 0; i < search->count; i++)
        all |= own_of(&search->files[i], i == 0);
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas; i++) {
        const char *value = getenv(arenas[i].variable);
        if (!(all >> arenas[i].name & 1) ||
            (value &&
             strncmp(value, arenas[i].value, strlen(arenas[i].value)) == 0))
            continue;
        snprintf(search->text, OWN_ALLOCATOR_BYTES,
                 "keeps small objects in arenas of its own, which are not "
                 "recorded%s; %s=%s lets them be",
                 search->more, arenas[i].variable, arenas[i].value);
        return true;
    }
    return false;
}

static bool say_inside(const struct search *search) {
    for (size_t i = 0; i < search->count; i++) {
        const struct file *file = &search->files[i];
        unsigned own = own_of(file, i == 0) & ~(unsigned)IN_ARENAS;
        if (own == 0)
            continue;
        if (i == 0)
            snprintf(search->text, OWN_ALLOCATOR_BYTES,
                     "has an allocator of its own (%s is in it): what it asks "
                     "of that is not recorded%s",
                     first(own), search->more);
        else
            snprintf(search->text, OWN_ALLOCATOR_BYTES,
                     "has loaded %s, which has an allocator of its own (%s is "
                     "in it): what is asked of that is not recorded%s",
                     file->name, first(own), search->more);
        return true;
    }
    return false;
}

// Whether a file asks an allocator that is behind ours by another name than
// malloc.
static bool say_asked(const struct search *search) {
    for (size_t i = 0; i < search->count; i++)
        for (size_t j = 0; j < search->count; j++) {
            const struct file *from = &search->files[i];
            const struct file *to = &search->files[j];
            unsigned asked = from->needed & to->shown & OTHERS;
            if (i == j || asked == 0 || from->is_ours || to->is_ours)
                continue;
            snprintf(search->text, OWN_ALLOCATOR_BYTES,
                     "has loaded %s, of which %s asks memory by %s: that is "
                     "not recorded%s",
                     to->name, i == 0 ? "it" : from->name, first(asked),
                     search->more);
            return true;
        }
    return false;
}

// A library whose malloc nobody should find; NULL: none.
static const struct file *find_behind(const struct search *search) {
    for (size_t i = 1; i < search->count; i++)
        if (search->files[i].shown >> MALLOC & 1 && !search->files[i].is_ours &&
            !search->files[i].is_c)
            return &search->files[i];
    return NULL;
}

bool own_allocator_find(const struct trace_tables *tables, uint64_t held,
                        uint64_t resident, char text[OWN_ALLOCATOR_BYTES]) {
    static struct search search;
    bool large = resident > UNRECORDED_LEAST && resident / 2 > held &&
                 resident - held > UNRECORDED_LEAST;
    char more[160] = "", such[NAME_BYTES + 16] = "";
    if (!trace_fact(tables, "program"))
        return false;
    if (large)
        snprintf(more, sizeof more, " (%s were in memory, at most %s recorded)",
                 number_iec(resident).text, number_iec(held).text);
    search = (struct search){.text = text, .more = more};
    read_files(&search, tables);
    if (say_arenas(&search) || say_inside(&search) || say_asked(&search))
        return true;
    const struct file *behind = find_behind(&search);
    if (behind)
        snprintf(such, sizeof such, ", such as %s", behind->name);
    if (large)
        snprintf(text, OWN_ALLOCATOR_BYTES,
                 "had %s in memory, and at most %s of that are recorded: the "
                 "rest is its code and what it maps by itself, or has an "
                 "allocator of its own for%s",
                 number_iec(resident).text, number_iec(held).text, such);
    return large;
}
