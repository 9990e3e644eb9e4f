// sample_history.c - who held a span of the sample, and what happened to it.
#include "tests/viewer/sample.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct site parse = {.function = "req_parse",
                                  .file = "/src/kv/parse.c",
                                  .line = 40,
                                  .module = "/usr/bin/kv-server",
                                  .recorded = true};
static const struct site session = {.function = "session_new",
                                    .file = "/src/kv/session.c",
                                    .line = 88,
                                    .module = "/usr/bin/kv-server",
                                    .recorded = true};

static struct answer_holder holders[] = {
    {.what = "kept empty",
     .span = 1,
     .block = ANSWER_NONE,
     .heap = 2,
     .from_ns = 1100000000,
     .to_ns = 1100020000,
     .held_ns = 20000},
    {.what = "block",
     .span = 1,
     .block = 58,
     .heap = 2,
     .bytes = 144,
     .from_ns = 1100020000,
     .to_ns = 19000000000,
     .held_ns = 17899980000,
     .thread = "io-2",
     .where = &parse},
    {.what = "block",
     .span = 1,
     .block = 116,
     .heap = 2,
     .bytes = 144,
     .from_ns = 12800000000,
     .to_ns = 41300000000,
     .held_ns = 28500000000,
     .holds = true,
     .thread = "io-2",
     .where = &session},
};

static struct answer_history history[] = {
    {.time_ns = 1100000000,
     .what = "to a heap",
     .from = "global cache",
     .span = 1,
     .block = ANSWER_NONE,
     .count = 1,
     .thread = "io-2"},
    {.time_ns = 1100020000,
     .what = "allocated",
     .span = 1,
     .block = 58,
     .bytes = 144,
     .thread = "io-2",
     .where = &parse},
    {.time_ns = 12800000000,
     .what = "allocated",
     .span = 1,
     .block = 116,
     .bytes = 144,
     .thread = "io-2",
     .where = &session},
    {.time_ns = 19000000000,
     .what = "freed by another thread",
     .span = 1,
     .block = 58,
     .bytes = 144,
     .age_ns = 17899980000,
     .thread = "io-3",
     .where = &parse},
    {.time_ns = 19400000000,
     .what = "taken back",
     .span = 1,
     .block = ANSWER_NONE,
     .count = 12,
     .age_ns = 400000000,
     .thread = "io-2"},
};

void sample_history(struct answer *answer) {
    answer->history_of = (struct subject){.kind = SUBJECT_SPAN, .number = 1};
    answer->history = history;
    answer->history_count = COUNT(history);
    answer->holders = holders;
    answer->holder_count = COUNT(holders);
}
