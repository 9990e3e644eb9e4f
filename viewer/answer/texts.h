// texts.h - lists of texts that are written here.
#ifndef RPSCOPE_ANSWER_TEXTS_H
#define RPSCOPE_ANSWER_TEXTS_H

#include <stdarg.h>
#include <stddef.h>

#include "viewer/base/pool.h"

// Formats a text at the end of the list, which has *count; all of the pool.
// Returns it.
const char *texts_add(struct pool *pool, char ***list, size_t *count,
                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const char *texts_add_list(struct pool *pool, char ***list, size_t *count,
                           const char *format, va_list arguments)
    __attribute__((format(printf, 4, 0)));

#endif
