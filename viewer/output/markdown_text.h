// markdown_text.h - texts in Markdown.
#ifndef RPSCOPE_OUTPUT_MARKDOWN_TEXT_H
#define RPSCOPE_OUTPUT_MARKDOWN_TEXT_H

#include <stdio.h>

// Writes a text that was escaped (base/escape.h), so that it is shown as it is:
// no table, link, picture or HTML is made of what is in it.
void markdown_text(const char *text, FILE *out);

#endif
