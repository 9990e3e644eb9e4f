// test_keys.c - the key table says one thing, and everybody says the same.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/viewer/sample.h"
#include "viewer/ui/app.h"

static void open_sample(struct app *app) {
    app_open(app, "sample.rptrace");
    app->frames = sample_frames;
    app_ready(app, sample_answer());
}

static void type(struct app *app, const char *keys) {
    for (int key; (key = keys_parse(&keys)) != PRESS_NONE;)
        app_key(app, key, 0, 0);
}

Test(keys, no_key_means_two_things_in_one_view) {
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        for (size_t i = 0; i < key_binding_count; i++)
            for (size_t j = i + 1; j < key_binding_count; j++) {
                const struct binding *a = &key_bindings[i];
                const struct binding *b = &key_bindings[j];
                if (!(a->scopes & b->scopes & 1u << scope))
                    continue;
                for (int k = 0; k < BINDING_KEYS && a->keys[k]; k++)
                    for (int l = 0; l < BINDING_KEYS && b->keys[l]; l++)
                        cr_assert(a->keys[k] != b->keys[l],
                                  "%s and %s have a key in common", a->name,
                                  b->name);
            }
}

Test(keys, every_binding_has_a_key_and_words) {
    for (size_t i = 0; i < key_binding_count; i++) {
        char names[48];
        keys_names(&key_bindings[i], names, sizeof names);
        cr_assert(*names && *key_bindings[i].name && *key_bindings[i].help);
    }
}

Test(keys, arrows_and_letters_of_vi_do_the_same) {
    static const int pairs[][2] = {
        {PRESS_ARROW_UP, 'k'},   {PRESS_ARROW_DOWN, 'j'},
        {PRESS_ARROW_LEFT, 'h'}, {PRESS_ARROW_RIGHT, 'l'},
        {PRESS_TO_HOME, 'g'},    {PRESS_TO_END, 'G'}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        cr_assert(keys_action(SCOPE_SITES, pairs[i][0]) ==
                  keys_action(SCOPE_SITES, pairs[i][1]));
}

Test(keys, leaving_works_in_every_view) {
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        cr_assert(keys_action(1u << scope, PRESS_CTRL_C) == ACTION_QUIT);
        cr_assert(keys_action(1u << scope, PRESS_F + 10) == ACTION_QUIT);
    }
}

Test(keys, names_are_read_as_they_are_written) {
    static const int keys[] = {PRESS_ENTER, PRESS_ESC,    PRESS_TAB,
                               PRESS_SPACE, PRESS_BACK,   PRESS_PAGE_UP,
                               PRESS_F + 1, PRESS_F + 12, PRESS_ARROW_UP,
                               'q',         '\\',         0xe9};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char name[16];
        const char *text = name;
        keys_name(keys[i], name);
        cr_assert(keys_parse(&text) == keys[i], "%s", name);
        cr_assert(*text == 0);
    }
}

Test(keys, other_words_are_typed) {
    const char *text = "/ab Enter";

    cr_assert(keys_parse(&text) == '/');
    cr_assert(keys_parse(&text) == 'a');
    cr_assert(keys_parse(&text) == 'b');
    cr_assert(keys_parse(&text) == PRESS_ENTER);
    cr_assert(keys_parse(&text) == PRESS_NONE);
}

Test(keys, back_goes_to_where_one_came_from_and_leaves_at_last) {
    struct app app;
    open_sample(&app);

    type(&app, "4 3 q");
    cr_assert(app_view(&app) == &view_pins);
    type(&app, "q");
    cr_assert(app_view(&app) == &view_summary);
    cr_assert(!app.quit);
    type(&app, "q");
    cr_assert(app.quit);
    app_close(&app);
}

Test(keys, tab_goes_round) {
    struct app app;
    open_sample(&app);

    type(&app, "Tab Tab Tab");
    cr_assert(app_view(&app) == &view_pins);
    type(&app, "Tab");
    cr_assert(app_view(&app) == &view_summary);
    type(&app, "Shift-Tab");
    cr_assert(app_view(&app) == &view_pins);
    app_close(&app);
}

Test(keys, escape_clears_and_never_leaves) {
    struct app app;
    open_sample(&app);

    type(&app, "3 \\cache Enter");
    cr_assert(app_table(&app, &view_sites)->row_count == 1);
    type(&app, "Esc Esc Esc");
    cr_assert(app_table(&app, &view_sites)->row_count == 6);
    cr_assert(!app.quit);
    app_close(&app);
}

Test(keys, ctrl_c_leaves_a_prompt_and_the_help_too) {
    struct app app;
    open_sample(&app);
    type(&app, "3 /abc Ctrl-C");
    cr_assert(app.quit);
    app_close(&app);

    open_sample(&app);
    type(&app, "? Ctrl-C");
    cr_assert(app.quit);
    app_close(&app);
}

Test(keys, sorting_again_turns_the_order_round) {
    struct app app;
    open_sample(&app);
    struct table *table = app_table(&app, &view_sites);

    type(&app, "3");
    uint32_t first = table->rows[0].item;
    type(&app, "s s");
    cr_assert(table->reversed);
    cr_assert(table->rows[table->row_count - 1].item == first);
    type(&app, "s s");
    cr_assert(table->rows[0].item == first);
    app_close(&app);
}

Test(keys, search_goes_to_the_next_match_and_round) {
    struct app app;
    open_sample(&app);
    struct table *table = app_table(&app, &view_sites);

    type(&app, "3 /parse Enter");
    uint32_t item = table_current(table)->item;
    cr_assert_str_eq(app.answer->sites[item].where.function, "req_parse");
    type(&app, "n");
    cr_assert(table_current(table)->item == item); // the only one
    type(&app, "/nothing Enter");
    cr_assert_str_eq(app.message, "No line has \"nothing\".");
    app_close(&app);
}

Test(keys, while_the_trace_is_read_only_leaving_and_looking_work) {
    struct app app;
    struct screen s;
    app_open(&app, "sample.rptrace");
    cr_assert(scr_open(&s, 80, 24, true));

    type(&app, "3 / \\ s Enter o * j k u ? Esc 1");
    app_draw(&app, &s);
    cr_assert(!app.quit);
    type(&app, "Ctrl-C");
    cr_assert(app.quit);
    scr_close(&s);
    app_close(&app);
}

Test(keys, the_mouse_selects_a_line_and_a_tab) {
    struct app app;
    struct screen s;
    open_sample(&app);
    cr_assert(scr_open(&s, 100, 30, true));
    type(&app, "3");
    app_draw(&app, &s);

    app_key(&app, PRESS_CLICK, 10, app.body_top + 2);
    cr_assert(app_table(&app, &view_sites)->cursor == 2);
    app_key(&app, PRESS_CLICK, 2, 1);
    cr_assert(app_view(&app) == &view_summary);
    scr_close(&s);
    app_close(&app);
}

Test(keys, another_moment_keeps_what_the_user_chose) {
    struct app app;
    open_sample(&app);
    type(&app, "3 s2 \\cache Enter p");

    cr_assert(app.wants_moment);
    cr_assert(app.at == AT_PEAK_HELD);
    app.wants_moment = false;
    app_ready(&app, sample_answer());

    struct table *table = app_table(&app, &view_sites);
    cr_assert(app_view(&app) == &view_sites);
    cr_assert_str_eq(table->filter, "cache");
    cr_assert(table->row_count == 1);
    cr_assert(app.shown_at == AT_PEAK_HELD);
    app_close(&app);
}

Test(keys, a_moment_that_cannot_be_had_leaves_the_one_that_is_shown) {
    struct app app;
    open_sample(&app);
    type(&app, "p");

    app_stay(&app, "No such moment.");

    cr_assert(app.at == AT_END);
    cr_assert_str_eq(app.message, "No such moment.");
    app_close(&app);
}
