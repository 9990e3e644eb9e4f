// test_skip_rules.c - which frames name a call site; names that fit into a
// column.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "viewer/names/pattern.h"
#include "viewer/names/skip_rules.h"
#include "viewer/names/short_name.h"

#define TEXT(text) ((char *)(text))

struct sample {
    char function[160];
    char module[64];
    char file[64];
    enum frame_kind kind;
};

ParameterizedTestParameters(skip_rules, a_frame_is_known) {
    static struct sample samples[] = {
        {"session_new", "/opt/server", "session.c", FRAME_USER},
        {"session_new", "", "", FRAME_USER},
        {"malloc", "/opt/server", "", FRAME_ALLOCATOR},
        {"rpmalloc", "/opt/server", "", FRAME_ALLOCATOR},
        {"zmalloc", "/usr/bin/redis-server", "", FRAME_ALLOCATOR},
        {"xrealloc", "/usr/bin/git", "", FRAME_ALLOCATOR},
        {"operator new(unsigned long)", "/opt/server", "", FRAME_ALLOCATOR},
        {"operator new[](unsigned long)", "/opt/server", "", FRAME_ALLOCATOR},
        {"operator new(unsigned long, std::align_val_t)", "/opt/server", "",
         FRAME_ALLOCATOR},
        {"anything", "/x/librpscope-malloc.so.1", "", FRAME_ALLOCATOR},
        {"fopen", "/lib/x86_64-linux-gnu/libc.so.6", "", FRAME_LIBRARY},
        {"", "/usr/lib/libstdc++.so.6", "", FRAME_LIBRARY},
        {"std::vector<int, std::allocator<int> >::reserve(unsigned long)",
         "/opt/server", "", FRAME_LIBRARY},
        {"void std::vector<game::session*>::push_back(game::session*&&)",
         "/opt/server", "", FRAME_LIBRARY},
        {"std::pmr::monotonic_buffer_resource::do_allocate(unsigned long)",
         "/opt/server", "", FRAME_LIBRARY},
        {"std::string game::name_of<std::string>(int)", "/opt/server", "",
         FRAME_USER},
        {"game::list<std::string>::grow()", "/opt/server", "", FRAME_USER},
        {"helper", "/opt/server", "/usr/include/c++/12/bits/stl_tree.h",
         FRAME_LIBRARY},
        {"game::frame_allocator<int>::allocate(unsigned long)", "/opt/server",
         "", FRAME_WRAPPER},
        {"game::arena_resource::do_allocate(unsigned long, unsigned long)",
         "/opt/server", "", FRAME_WRAPPER},
        {"_PyObject_GC_NewVar", "/usr/bin/python3.11", "", FRAME_WRAPPER},
        {"_PyObject_Malloc", "/usr/bin/python3.11", "", FRAME_WRAPPER},
        {"PyType_GenericAlloc", "/usr/bin/python3.11", "", FRAME_WRAPPER},
        {"PyUnicode_Substring", "/usr/bin/python3.11", "", FRAME_USER},
        {"_sdsnewlen", "/usr/bin/redis-server", "", FRAME_WRAPPER},
        {"dictAddRaw", "/usr/bin/redis-server", "", FRAME_WRAPPER},
        {"dbAdd", "/usr/bin/redis-server", "", FRAME_USER},
        {"processMultibulkBuffer", "/usr/bin/redis-server", "", FRAME_USER},
        {"luaM_malloc_", "/usr/bin/lua5.4", "", FRAME_WRAPPER},
        {"luaV_execute", "/usr/bin/lua5.4", "", FRAME_USER},
        {"g_strdup_printf", "/usr/lib/libglib-2.0.so.0", "", FRAME_WRAPPER},
        {"QString::append(QString const&)", "/opt/game", "", FRAME_WRAPPER},
        {"alloc::raw_vec::RawVec<T,A>::reserve_for_push", "/opt/game", "",
         FRAME_LIBRARY},
        {"<alloc::string::String as core::clone::Clone>::clone", "/opt/game",
         "", FRAME_LIBRARY},
        {"<game::Level as alloc::string::ToString>::to_string", "/opt/game", "",
         FRAME_LIBRARY},
        {"<game::Level as core::clone::Clone>::clone", "/opt/game", "",
         FRAME_USER},
        {"__rustc::__rust_alloc", "/opt/game", "", FRAME_ALLOCATOR},
        {"<u8 as <[_]>::to_vec_in::ConvertVec>::to_vec::<alloc::alloc::Global>",
         "/opt/game", "", FRAME_LIBRARY},
        {"__rust_alloc", "/opt/game", "", FRAME_ALLOCATOR},
        {"main._Cfunc_CString", "/opt/game", "", FRAME_WRAPPER},
        {"pool_get", "/opt/server", "", FRAME_LIBRARY}, // by a pattern
        {"pool<int, long>::get", "/opt/server", "", FRAME_LIBRARY},
        // By the user's lines, which come before what is built in.
        {"std::my_own()", "/opt/server", "", FRAME_USER},
        {"anything", "/opt/libengine.so.2", "", FRAME_LIBRARY},
    };
    return cr_make_param_array(struct sample, samples,
                               sizeof samples / sizeof *samples);
}

ParameterizedTest(struct sample *s, skip_rules, a_frame_is_known) {
    struct failure failure = {.text = ""};
    struct skip_rules *rules = skip_rules_new();
    struct frame frame = {.function = s->function[0] ? s->function : NULL,
                          .module = s->module[0] ? s->module : NULL,
                          .file = s->file[0] ? s->file : NULL};
    cr_assert(
        skip_rules_add_skips(rules, "pool_*,pool<int, long>::*", &failure));
    cr_assert(skip_rules_add_text(rules,
                                  "# ours\n\n  own function std::my_*  \n"
                                  "library\tmodule libengine.so*",
                                  "my.rules", &failure));
    skip_rules_add_built_in(rules);

    size_t rule = skip_rules_find(rules, &frame);

    cr_assert(
        eq(int,
           rule == SKIP_NONE ? FRAME_USER : skip_rules_at(rules, rule)->kind,
           s->kind),
        "%s in %s", s->function, s->module);
    skip_rules_free(rules);
}

struct bad_rules {
    char text[80];
    char sentence[200];
};

ParameterizedTestParameters(skip_rules, a_bad_line_is_named) {
    static struct bad_rules bad[] = {
        {"wrapper function a\nlibary function b",
         "my.rules:2: \"libary\" is no kind of frame (did you mean library?); "
         "there are own, allocator, library and wrapper"},
        {"\n\nwrapper fuction b",
         "my.rules:3: \"fuction\" is nothing that a pattern can be of (did you "
         "mean function?); there are function, module and source"},
        {"wrapper\n", "my.rules:1: \"\" is nothing that a pattern can be of; "
                      "there are function, module and source"},
        {"wrapper function", "my.rules:1: the pattern \"\" is empty"},
        {"own source a[b",
         "my.rules:1: the pattern \"a[b\" has a [ without its ]; \\[ is the "
         "character"},
        {"own source a\\",
         "my.rules:1: the pattern \"a\\\" ends with \\, which takes the "
         "next character as it is"},
    };
    return cr_make_param_array(struct bad_rules, bad, sizeof bad / sizeof *bad);
}

ParameterizedTest(struct bad_rules *bad, skip_rules, a_bad_line_is_named) {
    struct failure failure = {.text = ""};
    struct skip_rules *rules = skip_rules_new();

    bool added = skip_rules_add_text(rules, bad->text, "my.rules", &failure);

    cr_expect(not(added));
    cr_expect(eq(str, failure.text, bad->sentence));
    skip_rules_free(rules);
}

Test(skip_rules, every_name_of_a_list_is_a_pattern) {
    struct failure failure = {.text = ""};
    struct skip_rules *rules = skip_rules_new();

    cr_expect(not(skip_rules_add_skips(rules, "a,,b", &failure)));

    cr_expect(eq(str, failure.text, TEXT("--skip: the pattern \"\" is empty")));
    skip_rules_free(rules);
}

struct fit {
    char pattern[32], text[64];
    bool fits;
};

ParameterizedTestParameters(pattern, fits) {
    static struct fit fits[] = {
        {"abc", "abc", true},
        {"abc", "abcd", false},
        {"abc", "ab", false},
        {"*", "", true},
        {"?", "", false},
        {"a*c", "abcbc", true},
        {"a*c*", "abcbd", true},
        {"*a*a*a*", "bababab", true},
        {"*a*a*a*a", "bababab", false},
        {"a\\*", "a*", true},
        {"a\\*", "ab", false},
        {"x\\[\\]*", "x[](int)", true},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[!a-c]x", "dx", true},
        {"[]]", "]", true},
        {"v*::x", "v10::detail::x", true},
    };
    return cr_make_param_array(struct fit, fits, sizeof fits / sizeof *fits);
}

ParameterizedTest(struct fit *f, pattern, fits) {
    cr_assert(eq(ptr, (void *)pattern_fault(f->pattern), NULL));

    cr_expect(eq(int, pattern_fits(f->pattern, f->text), f->fits), "%s, %s",
              f->pattern, f->text);
}

struct name {
    char function[160];
    char expected[80];
};

ParameterizedTestParameters(short_name, of_a_function) {
    static struct name names[] = {
        {"main", "main"},
        {"game::session_new(int)", "game::session_new"},
        {"void game::list<std::pair<int, char> >::grow(unsigned long)",
         "game::list<..>::grow"},
        {"game::map<int>::operator[](int const&)", "game::map<..>::operator[]"},
        {"bool game::operator<(game::a const&, game::a const&)",
         "game::operator<"},
        {"game::view::operator->() const", "game::view::operator->"},
        {"game::call::operator()(int)", "game::call::operator()"},
        {"(anonymous namespace)::helper(char*)", "(anon)::helper"},
        {"run(int)::{lambda()#1}::operator()() const", "run"},
        {"<game::Level<(i32, &str)>>::load", "game::Level<..>::load"},
        {"<game::Level<u8> as game::Act>::act::<u8>",
         "game::Level<..>::act::<..>"},
        {"<fn(u8) -> u8 as game::Act>::act", "fn(u8) -> u8::act"},
        {"", ""},
    };
    return cr_make_param_array(struct name, names,
                               sizeof names / sizeof *names);
}

ParameterizedTest(struct name *n, short_name, of_a_function) {
    char out[160];

    short_function(out, sizeof out, n->function);

    cr_assert(eq(str, out, n->expected));
}

Test(short_name, what_does_not_fit_is_cut_in_the_middle) {
    char out[100];

    short_fit(out, sizeof out, "a_very_long_name_of_a_function", 12);

    cr_expect(eq(str, out, TEXT("a_ver..ction")));
}

Test(short_name, columns_are_counted_after_escaping) {
    char out[100];

    short_fit(out, sizeof out, "\033\033\033\033", 10);

    cr_expect(eq(str, out, TEXT("\\x1b..\\x1b")));
}
