// texts.c - lists of texts that are written here.
#include "viewer/answer/texts.h"

#include <stdio.h>
#include <stdlib.h>

const char *texts_add_list(struct pool *pool, char ***list, size_t *count,
                           const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = pool_get(pool, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    *list = pool_resize(pool, *list, *count + 1, sizeof **list);
    return (*list)[(*count)++] = text;
}

const char *texts_add(struct pool *pool, char ***list, size_t *count,
                      const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = texts_add_list(pool, list, count, format, arguments);
    va_end(arguments);
    return text;
}
