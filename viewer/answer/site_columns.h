// site_columns.h - the columns that name the call site of a row: of one with a
// member `where`, a site or NULL.
#ifndef RPSCOPE_ANSWER_SITE_COLUMNS_H
#define RPSCOPE_ANSWER_SITE_COLUMNS_H

#include "viewer/answer/table_columns.h"

#define SITE_TEXTS(name)                                                       \
    static const char *name##_function(const void *row) {                      \
        const struct name *r = row;                                            \
        return r->where ? r->where->function : NULL;                           \
    }                                                                          \
    static const char *name##_file(const void *row) {                          \
        const struct name *r = row;                                            \
        return r->where ? r->where->file : NULL;                               \
    }                                                                          \
    static const char *name##_module(const void *row) {                        \
        const struct name *r = row;                                            \
        return r->where ? r->where->module : NULL;                             \
    }                                                                          \
    static uint32_t name##_line(const struct answer *answer,                   \
                                const void *row) {                             \
        const struct name *r = row;                                            \
        (void)answer;                                                          \
        return r->where && r->where->line ? r->where->line : ANSWER_NONE;      \
    }

#define SITE_COLUMNS(name)                                                     \
    {.key = "function",                                                        \
     .title = "function",                                                      \
     .kind = TABLE_TEXT,                                                       \
     .text = name##_function,                                                  \
     .help = "the nearest frame of the user's own"},                           \
        {.key = "file",                                                        \
         .title = "file",                                                      \
         .kind = TABLE_TEXT,                                                   \
         .text = name##_file,                                                  \
         .help = "of its source"},                                             \
        {.key = "line",                                                        \
         .title = "line",                                                      \
         .kind = TABLE_SMALL,                                                  \
         .optional = true,                                                     \
         .small = name##_line,                                                 \
         .help = "in that file"},                                              \
    {                                                                          \
        .key = "module", .title = "module", .kind = TABLE_TEXT,                \
        .text = name##_module, .help = "the loaded file it is in"              \
    }

#endif
