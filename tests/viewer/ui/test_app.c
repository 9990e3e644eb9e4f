// test_app.c - what the viewer does with keys, without a terminal.
#include <criterion/criterion.h>
#include <string.h>

#include "tests/viewer/sample.h"
#include "viewer/ui/app_draw.h"
#include "viewer/ui/view/pins.h"
#include "viewer/ui/view/sites.h"
#include "viewer/ui/view/summary.h"
#include "viewer/ui/view/views.h"

static void open_sample(struct app *app) {
    app_open(app, "sample.rptrace", views);
    app->shown.frames = sample_frames;
    app_ready(app, sample_answer());
}

static void type(struct app *app, const char *keys) {
    for (int key; (key = keys_parse(&keys)) != PRESS_NONE;)
        app_key(app, key, 0, 0);
}

Test(app, back_goes_to_where_one_came_from_and_leaves_at_last) {
    struct app app;
    open_sample(&app);

    type(&app, "4 3 q");
    cr_assert(app_view(&app) == &pins_view);
    type(&app, "q");
    cr_assert(app_view(&app) == &summary_view);
    cr_assert(!app.quit);
    type(&app, "q");
    cr_assert(app.quit);
    app_close(&app);
}

Test(app, tab_goes_round) {
    struct app app;
    open_sample(&app);

    type(&app, "Tab Tab Tab");
    cr_assert(app_view(&app) == &pins_view);
    type(&app, "Tab");
    cr_assert(app_view(&app) == &summary_view);
    type(&app, "Shift-Tab");
    cr_assert(app_view(&app) == &pins_view);
    app_close(&app);
}

Test(app, escape_clears_and_never_leaves) {
    struct app app;
    open_sample(&app);

    type(&app, "3 \\cache Enter");
    cr_assert(app_table(&app, &sites_view)->row_count == 1);
    type(&app, "Esc Esc Esc");
    cr_assert(app_table(&app, &sites_view)->row_count == 6);
    cr_assert(!app.quit);
    app_close(&app);
}

Test(app, ctrl_c_leaves_a_prompt_and_the_help_too) {
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

Test(app, sorting_again_turns_the_order_round) {
    struct app app;
    open_sample(&app);
    struct table *table = app_table(&app, &sites_view);

    type(&app, "3");
    uint32_t first = table->rows[0].item;
    type(&app, "s s");
    cr_assert(table->reversed);
    cr_assert(table->rows[table->row_count - 1].item == first);
    type(&app, "s s");
    cr_assert(table->rows[0].item == first);
    app_close(&app);
}

Test(app, search_goes_to_the_next_match_and_round) {
    struct app app;
    open_sample(&app);
    struct table *table = app_table(&app, &sites_view);

    type(&app, "3 /parse Enter");
    uint32_t item = table_current(table)->item;
    cr_assert_str_eq(app.shown.answer->sites[item].where.function, "req_parse");
    type(&app, "n");
    cr_assert(table_current(table)->item == item); // the only one
    type(&app, "/nothing Enter");
    cr_assert_str_eq(app.message, "No line has \"nothing\".");
    app_close(&app);
}

Test(app, while_the_trace_is_read_only_leaving_and_looking_work) {
    struct app app;
    struct screen s;
    app_open(&app, "sample.rptrace", views);
    cr_assert(cells_open(&s, 80, 24, true));

    type(&app, "3 / \\ s Enter o * j k u ? Esc 1");
    app_draw(&app, &s);
    cr_assert(!app.quit);
    type(&app, "Ctrl-C");
    cr_assert(app.quit);
    cells_close(&s);
    app_close(&app);
}

Test(app, the_mouse_selects_a_line_and_a_tab) {
    struct app app;
    struct screen s;
    open_sample(&app);
    cr_assert(cells_open(&s, 100, 30, true));
    type(&app, "3");
    app_draw(&app, &s);

    struct table *table = app_table(&app, &sites_view);
    app_key(&app, PRESS_CLICK, 10, table->drawn_y + 2);
    cr_assert(table->cursor == 2);
    app_key(&app, PRESS_CLICK, 2, 1);
    cr_assert(app_view(&app) == &summary_view);
    cells_close(&s);
    app_close(&app);
}

Test(app, another_moment_keeps_what_the_user_chose) {
    struct app app;
    open_sample(&app);
    type(&app, "3 s2 \\cache Enter p");

    cr_assert(app.wants_moment);
    cr_assert(app.at == AT_PEAK_HELD);
    app.wants_moment = false;
    app_ready(&app, sample_answer());

    struct table *table = app_table(&app, &sites_view);
    cr_assert(app_view(&app) == &sites_view);
    cr_assert_str_eq(table->filter, "cache");
    cr_assert(table->row_count == 1);
    cr_assert(app.shown.at == AT_PEAK_HELD);
    app_close(&app);
}

Test(app, a_moment_that_cannot_be_had_leaves_the_one_that_is_shown) {
    struct app app;
    open_sample(&app);
    type(&app, "p");

    app_stay(&app, "No such moment.");

    cr_assert(app.at == AT_END);
    cr_assert_str_eq(app.message, "No such moment.");
    app_close(&app);
}
