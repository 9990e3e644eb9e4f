// html.c - texts in a page.
#include "viewer/export/html.h"

#include "viewer/base/escape.h"

void html_text(const char *text, FILE *out) {
    char escaped[HTML_TEXT_BYTES];
    escape_text(escaped, sizeof escaped, text);
    for (const char *at = escaped; *at; at++)
        switch (*at) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            putc(*at, out);
        }
}
