// csv.c - a table of the answer, for spreadsheets.
#include "viewer/export/csv.h"

#include "viewer/output/table.h"

bool csv_write(struct answer *answer, const struct export_wish *wish, FILE *out,
               struct export_told *told) {
    struct failure failure = {.text = ""};
    struct selection selection;
    if (!selection_make(&selection, answer,
                        &(struct selection_wish){.table = wish->table},
                        &failure)) {
        export_tell(told, "%s", failure.text);
        return false;
    }
    table_print(answer, &selection, TABLE_AS_CSV, out);
    export_tell(told, "%zu rows of the table %s in %s", selection.row_count,
                wish->table, wish->path);
    selection_free(&selection);
    return true;
}
