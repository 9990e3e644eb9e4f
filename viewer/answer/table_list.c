// table_list.c - all tables of an answer.
#include "viewer/answer/table_list.h"

#include <string.h>

#include "viewer/answer/heap_tables.h"
#include "viewer/answer/site_tables.h"
#include "viewer/answer/span_table.h"
#include "viewer/answer/time_tables.h"
#include "viewer/answer/totals_table.h"

const struct data_table *const data_tables[] = {&totals_table,
                                                &classes_table,
                                                &sites_table,
                                                &pins_table,
                                                &together_table,
                                                &heaps_table,
                                                &threads_table,
                                                &timeline_table,
                                                &marks_table,
                                                &snapshots_table,
                                                &findings_table,
                                                &spans_table,
                                                NULL};

const struct data_table *data_table(const char *key) {
    for (size_t i = 0; data_tables[i]; i++)
        if (strcmp(data_tables[i]->key, key) == 0)
            return data_tables[i];
    return NULL;
}
