// test_symbols.c - addresses of this very program, looked up in its own file.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/names/symbols.h"

#define TEXT(text) ((char *)(text))

static struct trace_builder b;
static struct trace_file file;
static struct trace_tables tables;
static struct symbols *symbols;
static struct failure failure;

static uint64_t called_from;

__attribute__((noinline)) static void remember(void) {
    called_from = (uint64_t)__builtin_return_address(0);
}

__attribute__((always_inline)) static inline void inlined_caller(void) {
    remember();
    __asm__ volatile("");
}

__attribute__((noinline)) static void outer_caller(void) {
    inlined_caller();
    __asm__ volatile("");
}

// The line of the call in plain_caller.
static const unsigned line_of_call = __LINE__ + 4;

__attribute__((noinline)) static void plain_caller(void) {
    __asm__ volatile("");
    remember();
    __asm__ volatile("");
}

static int main_program(struct dl_phdr_info *info, size_t size, void *bias) {
    (void)size;
    *(uint64_t *)bias = info->dlpi_addr;
    return 1; // the first is the program
}

// A trace that says that this program was where it is.
static void load(const char *path, bool with_id, char change) {
    char self[4096] = "";
    uint64_t bias = 0;
    dl_iterate_phdr(main_program, &bias);
    if (!path) {
        ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
        cr_assert(length > 0);
        path = self;
    }
    trace_builder_start(&b);
    trace_builder_module(&b, 0, called_from & ~0xfffull,
                         (called_from & ~0xfffull) + 0x2000, bias, path);
    trace_builder_end(&b, 0);
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure));
    trace_tables_load(&tables, &file);
    if (with_id) {
        pool_give(NULL, tables.modules[0].build_id);
        tables.modules[0].build_id = pool_get(NULL, 20);
        memset(tables.modules[0].build_id, change, 20);
        tables.modules[0].build_id_bytes = 20;
    }
    symbols = symbols_new(&tables, NULL, true);
}

static void finish(void) {
    symbols_free(symbols);
    trace_tables_free(&tables);
    trace_file_close(&file);
    trace_builder_free(&b);
}

TestSuite(symbols, .fini = finish);

Test(symbols, a_function_its_file_and_its_line_are_found) {
    plain_caller();
    load(NULL, false, 0);
    size_t count;

    const struct frame *f = symbols_at(symbols, called_from, &count);

    cr_assert(eq(sz, count, 1));
    cr_expect(eq(str, TEXT(f->function), TEXT("plain_caller")));
    cr_assert(ne(ptr, TEXT(f->file), NULL));
    cr_expect(strstr(f->file, "test_symbols.c") != NULL);
    cr_expect(eq(u32, f->line, line_of_call));
    cr_expect(eq(int, f->kind, FRAME_USER));
}

Test(symbols, an_inlined_function_is_a_frame_of_its_own) {
    outer_caller();
    load(NULL, false, 0);
    size_t count;

    const struct frame *f = symbols_at(symbols, called_from, &count);

    cr_assert(eq(sz, count, 2));
    cr_expect(eq(str, TEXT(f[0].function), TEXT("inlined_caller")));
    cr_expect(f[0].inlined);
    cr_expect(eq(str, TEXT(f[1].function), TEXT("outer_caller")));
    cr_expect(not(f[1].inlined));
    cr_expect(f[1].line > f[0].line);
}

Test(symbols, a_file_that_is_gone_leaves_its_name_and_the_offset) {
    plain_caller();
    load("/nowhere/game", false, 0);
    size_t count;
    bool changed = true;

    const struct frame *f = symbols_at(symbols, called_from, &count);

    cr_assert(eq(sz, count, 1));
    cr_expect(eq(ptr, TEXT(f->function), NULL));
    cr_expect(eq(str, TEXT(f->module), TEXT("/nowhere/game")));
    cr_expect(eq(u64, f->offset, called_from - tables.modules[0].bias));
    cr_expect(eq(str, TEXT(symbols_missing(symbols, 0, &changed)),
                 TEXT("/nowhere/game")));
    cr_expect(not(changed));
    cr_expect(eq(ptr, TEXT(symbols_missing(symbols, 1, &changed)), NULL));
}

Test(symbols, a_file_that_was_built_anew_gives_no_wrong_names) {
    plain_caller();
    load(NULL, true, 'x');
    size_t count;
    bool changed = false;

    const struct frame *f = symbols_at(symbols, called_from, &count);

    cr_expect(eq(ptr, TEXT(f->function), NULL));
    cr_expect(ne(ptr, TEXT(symbols_missing(symbols, 0, &changed)), NULL));
    cr_expect(changed);
}

Test(symbols, a_path_that_is_no_plain_file_is_not_opened) {
    plain_caller();
    load("/dev/zero", false, 0);
    size_t count;

    const struct frame *f = symbols_at(symbols, called_from, &count);

    cr_expect(eq(ptr, TEXT(f->function), NULL));
}

Test(symbols, an_address_in_no_module_is_itself) {
    plain_caller();
    load(NULL, false, 0);
    size_t count;

    const struct frame *f = symbols_at(symbols, 0x42, &count);

    cr_assert(eq(sz, count, 1));
    cr_expect(eq(ptr, TEXT(f->module), NULL));
    cr_expect(eq(u64, f->offset, 0x42));
}

Test(symbols, where_no_file_may_be_opened_there_are_addresses) {
    plain_caller();
    load(NULL, false, 0);
    symbols_free(symbols);
    symbols = symbols_new(&tables, NULL, false);
    size_t count;
    bool changed;

    const struct frame *f = symbols_at(symbols, called_from, &count);

    cr_assert(eq(sz, count, 1));
    cr_expect(eq(ptr, (void *)f->function, NULL));
    cr_expect(eq(ptr, (void *)f->file, NULL));
    cr_expect(eq(str, TEXT(f->module), TEXT(tables.modules[0].path)));
    cr_expect(eq(ptr, (void *)symbols_missing(symbols, 0, &changed), NULL));
}
