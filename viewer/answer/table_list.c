// table_list.c - all tables of an answer.
#include "viewer/answer/table_list.h"

#include <stdio.h>
#include <string.h>

#include "viewer/answer/between_tables.h"
#include "viewer/answer/block_tables.h"
#include "viewer/answer/cause_tables.h"
#include "viewer/answer/free_table.h"
#include "viewer/answer/groups.h"
#include "viewer/answer/heap_tables.h"
#include "viewer/answer/leak_table.h"
#include "viewer/answer/life_tables.h"
#include "viewer/answer/history_tables.h"
#include "viewer/answer/part_table.h"
#include "viewer/answer/site_tables.h"
#include "viewer/answer/span_table.h"
#include "viewer/answer/span_use_tables.h"
#include "viewer/answer/stack_tables.h"
#include "viewer/answer/tag_tables.h"
#include "viewer/answer/time_tables.h"
#include "viewer/answer/totals_table.h"
#include "viewer/answer/untouched.h"
#include "viewer/answer/wait_table.h"
#include "viewer/base/options.h"

enum { KEY_BYTES = 64, TABLES_MOST = 40 };

const struct data_table *const data_tables[] = {&totals_table,
                                                &parts_table,
                                                &keepers_table,
                                                &causes_table,
                                                &classes_table,
                                                &sites_table,
                                                &pins_table,
                                                &together_table,
                                                &heaps_table,
                                                &threads_table,
                                                &timeline_table,
                                                &marks_table,
                                                &tags_table,
                                                &frames_table,
                                                &freed_by_table,
                                                &waits_table,
                                                &snapshots_table,
                                                &findings_table,
                                                &spans_table,
                                                &blocks_table,
                                                &between_table,
                                                &lifetimes_table,
                                                &class_lifetimes_table,
                                                &leaks_table,
                                                &reallocs_table,
                                                &last_stacks_table,
                                                &span_sources_table,
                                                &stranded_table,
                                                &new_classes_table,
                                                &untouched_table,
                                                &groups_table,
                                                &history_table,
                                                &holders_table,
                                                &between_classes_table,
                                                &between_pins_table,
                                                &between_parts_table,
                                                NULL};

const struct data_table *data_table(const char *key) {
    for (size_t i = 0; data_tables[i]; i++)
        if (strcmp(data_tables[i]->key, key) == 0)
            return data_tables[i];
    return NULL;
}

const struct data_table *data_table_find(const char *key, size_t length,
                                         struct failure *failure) {
    const char *names[TABLES_MOST + 1] = {NULL};
    char word[KEY_BYTES], guess[OPTIONS_GUESS_BYTES];
    snprintf(word, sizeof word, "%.*s", (int)length, key);
    const struct data_table *table = data_table(word);
    if (table)
        return table;
    for (size_t i = 0; data_tables[i] && i < TABLES_MOST; i++)
        names[i] = data_tables[i]->key;
    fail(failure, "there is no table \"%s\"%s; rpscope query --list tells all",
         word, options_guess(guess, word, names, ""));
    return NULL;
}
