// markdown_text.c - texts in Markdown.
#include "viewer/output/markdown_text.h"

#include <string.h>

void markdown_text(const char *text, FILE *out) {
    for (; *text; text++) {
        if (strchr("|\\`*_<[&~", *text))
            putc('\\', out);
        putc(*text, out);
    }
}
