// hiding.c - what a trace that is shown to others need not say.
#include "viewer/trim/hiding.h"

#include <stdio.h>
#include <string.h>

#include "viewer/base/text.h"
#include "viewer/trace/past.h"

bool hiding_read(const char *text, struct hiding *hiding,
                 struct failure *failure) {
    *hiding = (struct hiding){.names = false};
    for (;; text++) {
        size_t length = strcspn(text, ",");
        if (length == 5 && strncmp(text, "names", 5) == 0)
            hiding->names = true;
        else if (length == 5 && strncmp(text, "paths", 5) == 0)
            hiding->paths = true;
        else if (length == 9 && strncmp(text, "arguments", 9) == 0)
            hiding->arguments = true;
        else
            return fail(failure,
                        "--hide takes " HIDING_WORDS
                        ", or some with commas, not \"%.40s\"",
                        text);
        text += length;
        if (!*text)
            return true;
    }
}

// ---- texts ----

static char *numbered(struct trace_tables *tables, const char *what,
                      size_t number) {
    char text[64];
    snprintf(text, sizeof text, "%s %zu", what, number);
    return pool_text(tables->pool, text, strlen(text));
}

static char *last_part(struct trace_tables *tables, const char *path) {
    const char *name = text_base_name(path);
    return pool_text(tables->pool, name, strlen(name));
}

// ---- facts ----

static void set_value(struct trace_fact *fact, char *value, size_t bytes) {
    fact->value = value;
    fact->value_bytes = bytes;
}

// NULs stand between them.
static void hide_arguments(const struct hiding *hiding,
                           struct trace_tables *tables,
                           struct trace_fact *fact) {
    char *value = pool_get(tables->pool, fact->value_bytes + 16);
    size_t size = 0;
    for (size_t at = 0; at < fact->value_bytes;) {
        const char *argument = fact->value + at;
        const char *shown = at == 0 && hiding->names ? "program"
                            : hiding->paths          ? text_base_name(argument)
                                                     : argument;
        at += strlen(argument) + 1;
        memcpy(value + size, shown, strlen(shown) + 1);
        size += strlen(shown) + 1;
        if (hiding->arguments || hiding->names)
            break;
    }
    set_value(fact, value, size > 0 ? size - 1 : 0);
    value[fact->value_bytes] = '\0';
}

static void hide_fact(const struct hiding *hiding, struct trace_tables *tables,
                      struct trace_fact *fact) {
    static const char *const dropped[] = {"working_directory", "options",
                                          "rings"};
    const char *key = fact->key;
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (strcmp(key, dropped[i]) == 0)
            fact->key = pool_text(tables->pool, "", 0);
    if (strcmp(key, "arguments") == 0) {
        hide_arguments(hiding, tables, fact);
    } else if (strcmp(key, "program") == 0 || strcmp(key, "command") == 0) {
        char *value = hiding->names   ? pool_text(tables->pool, "program", 7)
                      : hiding->paths ? last_part(tables, fact->value)
                                      : fact->value;
        set_value(fact, value, strlen(value));
    }
}

// ---- functions, modules, threads ----

static void hide_functions(const struct hiding *hiding,
                           struct trace_names *names) {
    for (size_t i = 0; hiding->paths && i < names->function_count; i++)
        if (names->functions[i].file)
            names->functions[i].file = text_base_name(names->functions[i].file);
    if (hiding->names)
        names->call_count = 0;
}

static void hide_modules(const struct hiding *hiding,
                         struct trace_tables *tables) {
    for (size_t i = 0; i < tables->module_count; i++) {
        struct trace_module *module = &tables->modules[i];
        if (!module->path)
            continue;
        module->path = hiding->names ? numbered(tables, "module", i)
                                     : last_part(tables, module->path);
        if (hiding->names)
            module->build_id_bytes = 0;
    }
}

void hiding_apply(const struct hiding *hiding, struct trace_tables *tables) {
    if (!hiding->names && !hiding->paths && !hiding->arguments)
        return;
    for (size_t i = 0; i < tables->fact_count; i++)
        hide_fact(hiding, tables, &tables->facts[i]);
    if (hiding->names || hiding->paths)
        hide_modules(hiding, tables);
    hide_functions(hiding, &tables->names);
    for (struct trace_past *past = tables->past; past; past = past->older)
        hide_functions(hiding, &past->names);
    for (size_t i = 0; hiding->names && i < tables->text_count; i++)
        if (tables->texts[i])
            tables->texts[i] = numbered(tables, "name", i);
}
