// test_site.c - call sites: what makes one, and how it is called.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/names/site.h"

#define TEXT(text) ((char *)(text))

static char *sentence(const struct site *site) {
    static char out[SITE_SENTENCE_BYTES];
    site_sentence(site, out, sizeof out);
    return out;
}

static char *on_screen(void (*call)(const struct site *, char *, size_t),
                       const struct site *site) {
    static char out[SITE_NAME_BYTES];
    call(site, out, sizeof out);
    return out;
}

static const struct frame session = {.address = 0x401235,
                                     .function = "app::session_new(int)",
                                     .file = "/src/session.c",
                                     .line = 88,
                                     .module = "/usr/bin/app",
                                     .offset = 0x1235};

Test(site, one_line_is_one_site_wherever_the_compiler_put_it) {
    struct frame copy = session;
    copy.address = 0x402000;
    copy.offset = 0x2000;

    struct site a = site_of_frame(&session), b = site_of_frame(&copy);

    cr_expect(site_same(&a, &b));
    cr_expect(eq(u64, site_hash(&a), site_hash(&b)));
    b.line++;
    cr_expect(not(site_same(&a, &b)));
}

Test(site, without_a_function_an_address_is_a_site) {
    struct frame left = {.module = "/lib/libz.so.1", .offset = 0x10};
    struct frame right = {.module = "/lib/libz.so.1", .offset = 0x20};

    struct site a = site_of_frame(&left), b = site_of_frame(&right);

    cr_expect(not(site_same(&a, &b)));
    cr_expect(eq(str, on_screen(site_name, &a), TEXT("libz.so.1+0x10")));
    cr_expect(eq(str, on_screen(site_place, &a), TEXT("")));
    cr_expect(eq(str, sentence(&a), TEXT("libz.so.1+0x10")));
}

Test(site, a_function_is_called_by_its_name_and_place) {
    struct site site = site_of_frame(&session);

    cr_expect(eq(str, on_screen(site_name, &site), TEXT("app::session_new")));
    cr_expect(eq(str, on_screen(site_full_name, &site),
                 TEXT("app::session_new(int)")));
    cr_expect(eq(str, on_screen(site_place, &site), TEXT("session.c:88")));
    cr_expect(
        eq(str, sentence(&site), TEXT("app::session_new (session.c:88)")));
}

Test(site, the_module_stands_for_a_file_that_is_not_known) {
    struct frame frame = session;
    frame.file = NULL;
    frame.line = 0;

    struct site site = site_of_frame(&frame);

    cr_expect(eq(str, on_screen(site_place, &site), TEXT("app")));
    cr_expect(eq(str, sentence(&site), TEXT("app::session_new (app)")));
}

Test(site, screens_and_sentences_have_words_for_what_is_not_known) {
    struct frame nowhere = {.address = 0x7f00, .offset = 0x7f00};
    struct frame no_line = session;
    no_line.line = 0;

    struct site none = site_of_frame(NULL);
    struct site code = site_of_frame(&nowhere);
    struct site file = site_of_frame(&no_line);

    cr_expect(
        eq(str, on_screen(site_name, &none), TEXT("(no stack recorded)")));
    cr_expect(eq(str, sentence(&none), TEXT("(stack not recorded)")));
    cr_expect(eq(str, on_screen(site_name, &code), TEXT("0x7f00")));
    cr_expect(eq(str, sentence(&code), TEXT("?+0x7f00")));
    cr_expect(eq(str, on_screen(site_place, &file), TEXT("session.c")));
    cr_expect(eq(str, sentence(&file), TEXT("app::session_new (session.c:0)")));
}

Test(site, a_screen_gets_no_control_characters_and_a_sentence_what_there_is) {
    struct frame frame = session;
    frame.function = "a\033b";

    struct site site = site_of_frame(&frame);

    cr_expect(eq(str, on_screen(site_name, &site), TEXT("a\\x1bb")));
    cr_expect(eq(str, sentence(&site), TEXT("a\033b (session.c:88)")));
}

Test(site, the_frame_that_names_it_is_found) {
    struct frame frames[3] = {{.function = "malloc"}, session, session};
    frames[2].line = 90;
    struct site site = site_of_frame(&session);

    cr_expect(eq(sz, site_find_frame(frames, 3, &site), 1));
    cr_expect(eq(sz, site_find_frame(frames, 1, &site), 1));
}
