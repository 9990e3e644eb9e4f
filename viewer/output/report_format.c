// report_format.c - the formats of the report, by name.
#include "viewer/output/report_format.h"

#include <string.h>

enum report_format report_format(const char *word) {
    return !word                           ? REPORT_AS_TEXT
           : strcmp(word, "json") == 0     ? REPORT_AS_JSON
           : strcmp(word, "markdown") == 0 ? REPORT_AS_MARKDOWN
                                           : REPORT_AS_TEXT;
}

void report_write(struct answer *answer, const struct report_options *options,
                  enum report_format format, FILE *out) {
    static void (*const write[])(struct answer *, const struct report_options *,
                                 FILE *) = {
        [REPORT_AS_TEXT] = report_text,
        [REPORT_AS_JSON] = report_json,
        [REPORT_AS_MARKDOWN] = report_markdown,
    };
    write[format](answer, options, out);
}
