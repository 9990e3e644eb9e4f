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

Test(views, the_digits_are_for_good) {
    static const char *const names[] = {"summary", "time",  "map",
                                        "classes", "calls", "pins"};
    cr_assert(count() == sizeof names / sizeof *names);
    cr_assert(count() <= APP_MOST_VIEWS);
    for (size_t i = 0; i < count(); i++) {
        cr_assert_str_eq(views[i]->name, names[i]);
        cr_assert(views[i]->digit == (char)('1' + i));
        cr_assert(*views[i]->says);
    }
}
