// test_views.c - the list of the screens and what is said of it agree.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "viewer/ui/app.h"
#include "viewer/ui/view/views.h"

static size_t count(void) {
    size_t n = 0;
    while (views[n])
        n++;
    return n;
}

Test(views, the_option_takes_their_names_in_their_order) {
    char names[128] = "";
    for (size_t i = 0; i < count(); i++) {
        strcat(names, i ? "|" : "");
        strcat(names, views[i]->name);
        cr_assert(views_find(views[i]->name) == views[i]);
        cr_assert(strstr(VIEWS_TEXT, views[i]->name) != NULL);
    }

    cr_assert_str_eq(names, VIEWS_NAMES);
    cr_assert(views_find("no such screen") == NULL);
}

Test(views, each_has_a_digit_that_goes_there_and_a_scope_of_its_own) {
    cr_assert(count() == APP_MOST_VIEWS);
    for (size_t i = 0; i < count(); i++) {
        int digit = '1' + (int)i;
        for (size_t k = 0; k < count(); k++)
            cr_assert(keys_action(views[k]->scope, digit) ==
                      ACTION_SCREEN_1 + i);
        for (size_t k = 0; k < i; k++)
            cr_assert(views[k]->scope != views[i]->scope);
    }
}
