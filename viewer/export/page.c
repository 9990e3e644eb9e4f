// page.c - one page of HTML that can be shown to others.
#include "viewer/export/page.h"

#include <inttypes.h>

#include "viewer/answer/table_list.h"
#include "viewer/base/number.h"
#include "viewer/export/drawing.h"
#include "viewer/export/html.h"
#include "viewer/output/report_cell.h"
#include "viewer/query/selection.h"

enum { MOST_ROWS = 50, CELL_BYTES = 1200 };

// Colours follow the reader's own, light or dark.
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:72em;margin:2em auto;"
    "padding:0 1em}\n"
    "h1{font-size:1.3em}h2{font-size:1.05em;margin-top:2em}\n"
    "table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}\n"
    "td.n,th.n{text-align:right;white-space:nowrap;overflow-wrap:normal;"
    "font-variant-numeric:tabular-nums}\n"
    "th{border-bottom:1px solid}svg{width:100%;height:auto}\n"
    ".held{fill:#8886;stroke:#888}.used{fill:#0072b2aa;stroke:#0072b2}\n"
    ".mark{stroke:#d55e00}.axis{fill:currentColor;font-size:13px}\n"
    "</style>\n";

static void put_title(const struct answer *a, FILE *out) {
    fputs("<title>rpscope: ", out);
    html_text(a->command ? a->command : "?", out);
    fputs("</title></head><body>\n<h1>", out);
    html_text(a->command ? a->command : "?", out);
    fprintf(out, "</h1>\n<p>%s, %s events, %s recorded",
            number_time(a->duration_ns).text, number_exact(a->events).text,
            number_iec(a->trace_bytes).text);
    fprintf(out, "; shown at %s. The process ",
            number_time(a->now.time_ns).text);
    html_text(a->ended, out);
    fputs(".</p>\n", out);
    for (size_t i = 0; i < a->quality.sentence_count; i++) {
        fputs("<p><strong>", out);
        html_text(a->quality.sentences[i], out);
        fputs("</strong></p>\n", out);
    }
    for (size_t i = 0; i < a->verdict_count; i++) {
        fputs(i == 0 ? "<p><strong>" : "<p>", out);
        html_text(a->verdict[i], out);
        fputs(i == 0 ? "</strong></p>\n" : "</p>\n", out);
    }
}

static void put_number(struct number number, FILE *out) {
    fprintf(out, "<td class=\"n\">%s</td>", number.text);
}

static void put_parts(const struct answer *a, FILE *out) {
    fputs("<h2>Where the bytes are</h2>\n<table><tr><th></th>"
          "<th class=\"n\">now</th><th class=\"n\">at most held</th>"
          "<th class=\"n\">mean</th></tr>\n",
          out);
    for (enum part part = 0; part < PARTS; part++) {
        double mean = a->mean_part_bytes[part];
        fputs("<tr><td>", out);
        html_text(answer_part_name(part), out);
        fputs("</td>", out);
        put_number(number_iec(a->now.part_bytes[part]), out);
        put_number(number_iec(a->peak_held.part_bytes[part]), out);
        put_number(number_iec(mean > 0 ? (uint64_t)mean : 0), out);
        fputs("</tr>\n", out);
    }
    fputs("<tr><th>held</th>", out);
    put_number(number_iec(a->now.held_bytes), out);
    put_number(number_iec(a->peak_held.held_bytes), out);
    put_number(number_iec((uint64_t)a->mean_held_bytes), out);
    fputs("</tr></table>\n", out);
}

static void put_cell(const struct answer *a, const struct table_column *column,
                     const void *row, FILE *out) {
    char words[CELL_BYTES];
    report_cell(a, column, row, words, sizeof words);
    fputs(report_cell_is_words(column) ? "<td>" : "<td class=\"n\">", out);
    html_text(words, out);
    fputs("</td>", out);
}

// The columns that the report has of the table.
static void put_table(struct answer *a, const char *key, const char *sort,
                      FILE *out) {
    const struct table_column *columns[TABLE_MOST_SHOWN];
    struct failure failure;
    struct selection rows;
    if (!selection_make(&rows, a,
                        &(struct selection_wish){
                            .table = key, .sort = sort, .top = MOST_ROWS},
                        &failure))
        return;
    int count = table_shown(rows.table, TABLE_REPORT, columns);
    fputs("<h2>", out);
    html_text(rows.table->title, out);
    fputs("</h2>\n<table><tr>", out);
    for (int i = 0; i < count; i++) {
        fputs(report_cell_is_words(columns[i]) ? "<th>" : "<th class=\"n\">",
              out);
        html_text(table_title(columns[i], TABLE_REPORT), out);
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    for (size_t r = 0; r < rows.row_count; r++) {
        fputs("<tr>", out);
        for (int i = 0; i < count; i++)
            put_cell(a, columns[i], rows.rows[r], out);
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
    if (rows.matched > rows.row_count)
        fprintf(out, "<p>and %zu more</p>\n", rows.matched - rows.row_count);
    selection_free(&rows);
}

static void put_findings(const struct answer *a, FILE *out) {
    static const char *const severities[] = {"error", "warning", "note"};
    if (a->finding_count == 0)
        return;
    fputs("<h2>Findings</h2>\n<ul>\n", out);
    for (size_t i = 0; i < a->finding_count && i < MOST_ROWS; i++) {
        fprintf(out, "<li>%s, ", severities[a->findings[i].severity]);
        html_text(a->findings[i].kind, out);
        fputs(": ", out);
        html_text(a->findings[i].text, out);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
    if (a->finding_count > MOST_ROWS)
        fprintf(out, "<p>and %zu more</p>\n", a->finding_count - MOST_ROWS);
}

bool page_write(struct answer *answer, const struct export_wish *wish,
                FILE *out, struct export_told *told) {
    fputs(head, out);
    put_title(answer, out);
    drawing_put(answer, out);
    put_parts(answer, out);
    put_table(answer, "pins", NULL, out);
    put_table(answer, "sites", NULL, out);
    put_table(answer, "classes", "free_bytes", out);
    put_findings(answer, out);
    fputs("</body></html>\n", out);
    export_tell(told, "a page for any browser: %s", wish->path);
    return true;
}
