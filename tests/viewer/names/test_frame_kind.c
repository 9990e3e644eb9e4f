// test_frame_kind.c - which frames name a call site.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "viewer/names/frame_kind.h"
#include "viewer/names/short_name.h"

#define TEXT(text) ((char *)(text))

struct sample {
    char function[160];
    char module[64];
    char file[64];
    enum frame_kind kind;
};

ParameterizedTestParameters(frame_kind, is_known) {
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
        {"std::string game::name_of<std::string>(int)", "/opt/server", "",
         FRAME_USER},
        {"game::list<std::string>::grow()", "/opt/server", "", FRAME_USER},
        {"helper", "/opt/server", "/usr/include/c++/12/bits/stl_tree.h",
         FRAME_LIBRARY},
        {"pool_get", "/opt/server", "", FRAME_LIBRARY}, // by the user's list
    };
    return cr_make_param_array(struct sample, samples,
                               sizeof samples / sizeof *samples);
}

ParameterizedTest(struct sample *s, frame_kind, is_known) {
    static const char *const skip[] = {"pool_*"};
    struct frame frame = {.function = s->function[0] ? s->function : NULL,
                          .module = s->module[0] ? s->module : NULL,
                          .file = s->file[0] ? s->file : NULL};

    cr_assert(eq(int, frame_kind(&frame, skip, 1), s->kind), "%s in %s",
              s->function, s->module);
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
