// tabs.c - the line that has a tab for each screen.
#include "viewer/ui/tabs.h"
#include "viewer/base/text.h"

#include <stdio.h>

// The cells of a tab: a digit, blanks, and the rule behind it.
static int tabs_width(const struct view *view) {
    return text_width(view->title) + 5;
}

int tabs_draw(const struct view *const *views, const struct view *now,
              struct screen *s, int y) {
    int x = 0;
    for (int i = 0; views[i]; i++) {
        char tab[64];
        snprintf(tab, sizeof tab, " %c %s ", views[i]->digit, views[i]->title);
        cells_text(s, x, y, s->width - x, tab,
                   views[i] == now ? STYLE_TAB : STYLE_TEXT);
        x += tabs_width(views[i]);
        if (views[i + 1])
            cells_put(s, x - 1, y, 0x2502, STYLE_RULE);
    }
    return x;
}

const struct view *tabs_at(const struct view *const *views, int x) {
    for (int end = 0; *views; views++) {
        end += tabs_width(*views);
        if (x < end)
            return *views;
    }
    return NULL;
}

const struct view *tabs_digit(const struct view *const *views, int key) {
    for (; *views; views++)
        if ((*views)->digit == key)
            return *views;
    return NULL;
}
