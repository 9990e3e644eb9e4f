// test_manual.c - the manual page says what the tables of options and keys say.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/command/commands.h"
#include "viewer/ui/view/views.h"

// The page as text: roff's escapes undone, lines joined.
static char *read_page(void) {
    static const char *const escapes[][2] = {
        {"\\-", "-"}, {"\\e", "\\"}, {"\\(aq", "'"}, {"\\(ti", "~"}};
    FILE *in = fopen("viewer/rpscope.1", "r");
    cr_assert(in != NULL);
    char *page = calloc(1, 1 << 16);
    size_t size = fread(page, 1, (1 << 16) - 1, in), to = 0;
    fclose(in);
    for (size_t from = 0; from < size;) {
        size_t skip = 1;
        page[to] = page[from] == '\n' ? ' ' : page[from];
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (strncmp(page + from, escapes[i][0], strlen(escapes[i][0])) ==
                0) {
                page[to] = *escapes[i][1];
                skip = strlen(escapes[i][0]);
            }
        from += skip;
        to++;
    }
    page[to] = 0;
    return page;
}

Test(manual, it_has_every_command_and_option) {
    char *page = read_page();
    for (int i = 0; commands[i]; i++) {
        char text[256];
        snprintf(text, sizeof text, ".SS rpscope %s [options]",
                 commands[i]->name);
        const char *section = strstr(page, text);
        cr_assert(section != NULL, "no section of %s", commands[i]->name);
        const char *end = strstr(section + 1, ".S");
        for (int k = 0; k < OPTIONS_MAX && commands[i]->options[k].name; k++) {
            const struct option *o = &commands[i]->options[k];
            snprintf(text, sizeof text, "--%s%s%s %s", o->name,
                     o->value ? " " : "", o->value ? o->value : "", o->help);
            const char *at = strstr(section, text);
            cr_assert(at != NULL && at < end, "not there: %s", text);
        }
    }
    free(page);
}

Test(manual, it_has_every_key) {
    char *page = read_page();
    const struct binding *b;
    for (size_t v = 0; views[v]; v++) {
        char names[48], text[256];
        for (size_t i = 0; (b = keys_binding(&views[v]->keys, i)); i++) {
            keys_names(b, names, sizeof names);
            snprintf(text, sizeof text, "\"%s\" %s", names, b->help);
            cr_assert(strstr(page, text) != NULL, "not there: %s", text);
        }
        snprintf(text, sizeof text, "\"%c\" %s: %s", views[v]->digit,
                 views[v]->title, views[v]->says);
        cr_assert(strstr(page, text) != NULL, "not there: %s", text);
    }
    free(page);
}
