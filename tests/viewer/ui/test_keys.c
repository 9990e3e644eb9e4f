// test_keys.c - a key means one thing in a place, and everybody says the same.
#include <criterion/criterion.h>

#include "viewer/ui/view/views.h"

static bool shares_a_key(const struct binding *a, const struct binding *b) {
    for (int k = 0; k < BINDING_KEYS && a->keys[k]; k++)
        for (int l = 0; l < BINDING_KEYS && b->keys[l]; l++)
            if (a->keys[k] == b->keys[l])
                return true;
    return false;
}

static void no_key_twice(const struct key_set *set) {
    const struct binding *a, *b;
    for (size_t i = 0; (a = keys_binding(set, i)); i++)
        for (size_t j = i + 1; (b = keys_binding(set, j)); j++)
            cr_assert(!shares_a_key(a, b), "%s and %s have a key in common",
                      a->name, b->name);
}

Test(keys, no_key_means_two_things_in_one_view) {
    for (size_t i = 0; views[i]; i++) {
        no_key_twice(&views[i]->keys);
        for (size_t k = 0; views[k]; k++)
            cr_assert(keys_action(&views[i]->keys, views[k]->digit) ==
                      ACTION_NONE);
    }
    no_key_twice(&help_keys);
}

Test(keys, every_binding_has_a_key_and_words) {
    const struct binding *b;
    for (size_t i = 0; views[i]; i++)
        for (size_t k = 0; (b = keys_binding(&views[i]->keys, k)); k++) {
            char names[48];
            keys_names(b, names, sizeof names);
            cr_assert(*names && *b->name && *b->help);
        }
}

Test(keys, arrows_and_letters_of_vi_do_the_same) {
    static const int pairs[][2] = {
        {PRESS_ARROW_UP, 'k'},   {PRESS_ARROW_DOWN, 'j'},
        {PRESS_ARROW_LEFT, 'h'}, {PRESS_ARROW_RIGHT, 'l'},
        {PRESS_TO_HOME, 'g'},    {PRESS_TO_END, 'G'}};
    for (size_t v = 0; views[v]; v++)
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            cr_assert(keys_action(&views[v]->keys, pairs[i][0]) ==
                      keys_action(&views[v]->keys, pairs[i][1]));
}

Test(keys, leaving_works_in_every_view) {
    for (size_t i = 0; views[i]; i++) {
        cr_assert(keys_action(&views[i]->keys, PRESS_CTRL_C) == ACTION_QUIT);
        cr_assert(keys_action(&views[i]->keys, PRESS_F + 10) == ACTION_QUIT);
    }
    cr_assert(keys_action(&help_keys, PRESS_CTRL_C) == ACTION_QUIT);
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
