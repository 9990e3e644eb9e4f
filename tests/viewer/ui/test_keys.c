// test_keys.c - the key table says one thing, and everybody says the same.
#include <criterion/criterion.h>

#include "viewer/ui/keys.h"

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
