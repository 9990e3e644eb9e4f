// html.h - texts in a page, or in XML.
#ifndef RPSCOPE_EXPORT_HTML_H
#define RPSCOPE_EXPORT_HTML_H

#include <stdio.h>

// Writes a text so that a browser shows it and does nothing else, whatever is
// in it; also within quotes. What is longer than HTML_TEXT_BYTES is cut.
enum { HTML_TEXT_BYTES = 1 << 14 };
void html_text(const char *text, FILE *out);

#endif
