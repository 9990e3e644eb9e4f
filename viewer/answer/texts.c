// texts.c - lists of texts that are written here and freed together.
#include "viewer/answer/texts.h"

#include <stdio.h>
#include <stdlib.h>

#include "viewer/base/memory.h"

const char *texts_add_list(char ***list, size_t *count, const char *format,
                           va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = memory_get((size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    *list = memory_resize(*list, *count + 1, sizeof **list);
    return (*list)[(*count)++] = text;
}

const char *texts_add(char ***list, size_t *count, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *text = texts_add_list(list, count, format, arguments);
    va_end(arguments);
    return text;
}

void texts_free(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}
