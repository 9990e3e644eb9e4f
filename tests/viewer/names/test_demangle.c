// test_demangle.c - names of C++ and Rust functions as people write them.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/names/demangle.h"

#define TEXT(text) ((char *)(text))

struct sample {
    char symbol[200];
    char name[160]; // "": it is no mangled name
};

ParameterizedTestParameters(demangle, a_symbol) {
    static struct sample samples[] = {
        {"main", ""},
        {"_start", ""},
        {"_ZN4game7session4growEm", "game::session::grow(unsigned long)"},
        // The second way of Rust: crates, modules, functions.
        {"_RNvCskwGfYPst2Cb_3foo16example_function", "foo::example_function"},
        {"_RNvC6_123foo3bar", "123foo::bar"},
        {"_RNvNtNtCs1_4game5level4load4open", "game::level::load::open"},
        {"_RNvNtNtCs1_4game5level4load4open.llvm.1234",
         "game::level::load::open"},
        // What belongs to a type, or to a trait of it.
        {"_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_7Example3foo",
         "<mycrate::Example>::foo"},
        {"_RNvXCs15kBYyAo9fc_7mycrateNtB2_7ExampleNtB2_5Trait3foo",
         "<mycrate::Example as mycrate::Trait>::foo"},
        // Arguments, and the crate that needed it.
        {"_RINvCs1_4game4pushlECs2_4main", "game::push::<i32>"},
        {"_RMC0INtC8arrayvec8ArrayVechKj7b_E", "<arrayvec::ArrayVec<u8, 123>>"},
        {"_RINvC1a1bKin5_Kb1_Kc41_E", "a::b::<-5, true, 'A'>"},
        {"_RINvC1a1bTlEThtEuSjAyj4_E", "a::b::<(i32,), (u8, u16), (), [usize], "
                                       "[u64; 4]>"},
        {"_RINvC1a1bReQShPuOuRL_eE",
         "a::b::<&str, &mut [u8], *const (), *mut (), &str>"},
        {"_RINvC1a1bFUKClEuFjEjE",
         "a::b::<unsafe extern \"C\" fn(i32), fn(usize) -> usize>"},
        {"_RINvC1a1bFG_RL0_hEuE", "a::b::<for<'a> fn(&'a u8)>"},
        {"_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6"
         "OutputuEL_ECs1iopQbuBiw2_3std",
         "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>"},
        {"_RNCNvC1a1b0", "a::b::{closure#0}"},
        {"_RNCNCNvC1a1bs_0s0_0", "a::b::{closure#1}::{closure#2}"},
        {"_RNSNvC1a1bs_6vtable", "a::b::{shim:vtable#1}"},
        {"_RNvC1au8gdel_5qa", "a::punycode{gdel_5qa}"},
        // None.
        {"_R", ""},
        {"_RNvC1a", ""},
        {"_RNvC9a1b", ""},
        {"_RB_", ""},
        {"_RNvB0_1a", ""},
        {"_RINvC1a1bB_E", ""},
        {"_RNvC1a1bxyz", ""},
        {"_Ruby", ""},
        // The first way, which looks like C++.
        {"_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$16reserve_for_push17h0123456789"
         "abcdefE",
         "alloc::raw_vec::RawVec<T,A>::reserve_for_push"},
        {"_ZN55_$LT$game..Level$u20$as$u20$alloc..string..ToString$GT$9to_"
         "string17h0123456789abcdefE",
         "<game::Level as alloc::string::ToString>::to_string"},
        {"_ZN4game4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
         "game::main::{{closure}}"},
    };
    return cr_make_param_array(struct sample, samples,
                               sizeof samples / sizeof *samples);
}

ParameterizedTest(struct sample *s, demangle, a_symbol) {
    char *name = demangle(s->symbol);

    cr_expect(eq(str, TEXT(name ? name : ""), s->name), "%s", s->symbol);

    free(name);
}

// Each level is named twice by the next one.
Test(demangle, a_name_without_end_is_none) {
    char symbol[4000] = "_RINvC1a1b";
    for (int i = 0; i < 40; i++)
        strcat(symbol, "TB6_B6_E");
    strcat(symbol, "E");

    char *name = demangle(symbol);

    cr_expect(name == NULL || strlen(name) <= 4096);
    free(name);
}

Test(demangle, types_within_types_are_bounded) {
    static char symbol[8000] = "_RINvC1a1b";
    memset(symbol + strlen(symbol), 'S', 7000);
    strcat(symbol, "hE");

    cr_expect(eq(ptr, demangle(symbol), NULL));
}
