// lines.c - sentences in lines that are not too long to read.
#include "viewer/output/lines.h"

#include <stdarg.h>
#include <string.h>

#include "viewer/base/escape.h"

static void wrap(FILE *out, size_t indent, const char *text) {
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " "), width = 0;
        for (size_t i = 0; i < word; i++)
            width += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (column > 0 && column + 1 + width > LINES_WIDTH) {
            putc('\n', out);
            column = 0;
        }
        if (column == 0) {
            fprintf(out, "%*s", (int)indent, "");
            column = indent;
        } else {
            putc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        column += width;
        text += word + (text[word] == ' ');
    }
    putc('\n', out);
}

void lines_heading(FILE *out, const char *text) {
    fprintf(out, "\n%s\n", text);
}

void lines_print(FILE *out, size_t indent, const char *format, ...) {
    char text[2048], safe[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    escape_text(safe, sizeof safe, text);
    wrap(out, indent, safe);
}
