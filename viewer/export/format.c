// format.c - the formats that there are.
#include "viewer/export/format.h"

#include <string.h>

#include "viewer/export/csv.h"
#include "viewer/export/firefox.h"
#include "viewer/export/folded.h"
#include "viewer/export/page.h"
#include "viewer/export/perfetto.h"
#include "viewer/export/pprof.h"
#include "viewer/export/speedscope.h"

static const struct export_format formats[] = {
    {.word = "folded",
     .needs_stacks = true,
     .has_metric = true,
     .write = folded_write},
    {.word = "pprof",
     .needs_stacks = true,
     .is_binary = true,
     .write = pprof_write},
    {.word = "speedscope",
     .needs_stacks = true,
     .has_metric = true,
     .write = speedscope_write},
    {.word = "firefox", .write = firefox_write},
    {.word = "perfetto", .is_binary = true, .write = perfetto_write},
    {.word = "csv", .has_table = true, .write = csv_write},
    {.word = "html", .write = page_write},
};

const struct export_format *export_format(const char *word) {
    for (size_t i = 0; word && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].word, word) == 0)
            return &formats[i];
    return &formats[0];
}
