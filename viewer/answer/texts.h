// texts.h - lists of texts that are written here and freed together.
#ifndef RPSCOPE_ANSWER_TEXTS_H
#define RPSCOPE_ANSWER_TEXTS_H

#include <stdarg.h>
#include <stddef.h>

// Formats a text at the end of the list, which has *count. Returns it.
const char *texts_add(char ***list, size_t *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *texts_add_list(char ***list, size_t *count, const char *format,
                           va_list arguments)
    __attribute__((format(printf, 3, 0)));
void texts_free(char **texts, size_t count);

#endif
