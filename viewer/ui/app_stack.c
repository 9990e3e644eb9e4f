// app_stack.c - from screen to screen, and back.
#include "viewer/ui/app_stack.h"

static int app_view_index(const struct app *app, const struct view *view) {
    int i = 0;
    while (i + 1 < app->view_count && app->views[i] != view)
        i++;
    return i;
}

const struct view *app_view(const struct app *app) {
    return app->views[app->stack[app->depth]];
}

struct table *app_table(struct app *app, const struct view *view) {
    return view->table && app->shown.answer
               ? &app->panes[app_view_index(app, view)].table
               : NULL;
}

void app_begin(struct app *app, const struct view *view) {
    app->depth = 0;
    app->stack[0] = app_view_index(app, view);
}

// Puts a screen on the stack, where it is once: going there again is going back
// to it. leave: the one that is shown leaves no trace in the stack.
static void app_stack_push(struct app *app, int index, bool leave) {
    app->shown.history = (struct subject){.kind = SUBJECT_NONE};
    int kept = 0, last = app->depth - leave;
    for (int i = 0; i <= last; i++)
        if (app->stack[i] != index)
            app->stack[kept++] = app->stack[i];
    app->stack[kept] = index;
    app->depth = kept;
}

void app_stack_go(struct app *app, const struct view *view) {
    app_stack_push(app, app_view_index(app, view), false);
}

void app_stack_step(struct app *app, int step) {
    int index = app->stack[app->depth] + app->view_count + step;
    app_stack_push(app, index % app->view_count, true);
}
