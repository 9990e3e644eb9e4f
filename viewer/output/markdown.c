// markdown.c - the answer as Markdown, for an issue or a pull request.
#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/names/short_name.h"
#include "viewer/output/markdown_text.h"
#include "viewer/output/report.h"
#include "viewer/output/report_cell.h"
#include "viewer/query/selection.h"

enum { TEXT_BYTES = 4096, NAME_COLUMNS = 60, DEFAULT_TOP = 10 };

static void put_escaped(const char *text, FILE *out) {
    char escaped[TEXT_BYTES];
    escape_text(escaped, sizeof escaped, text ? text : "?");
    markdown_text(escaped, out);
}

static void put_head(const struct answer *a, FILE *out) {
    fputs("## rpscope report: ", out);
    put_escaped(a->command, out);
    fprintf(out, "\n\n%s, %s events, shown at %s; the process ",
            number_time(a->duration_ns).text, number_exact(a->events).text,
            number_time(a->now.time_ns).text);
    put_escaped(a->ended, out);
    fputs(".\n\n", out);
    for (size_t i = 0; i < a->quality.sentence_count; i++) {
        fputs("**", out);
        put_escaped(a->quality.sentences[i], out);
        fputs("**\n\n", out);
    }
    for (size_t i = 0; i < a->verdict_count; i++) {
        fputs("> ", out);
        put_escaped(a->verdict[i], out);
        fputs(i + 1 < a->verdict_count ? "  \n" : "\n\n", out);
    }
}

static void put_bytes(const struct answer *a, FILE *out) {
    fputs("### Where the bytes are\n\n"
          "| | now | at most held | at most used | mean over time |\n"
          "| --- | ---: | ---: | ---: | ---: |\n",
          out);
    for (enum part part = 0; part < PARTS; part++) {
        double mean = a->mean_part_bytes[part];
        fprintf(out, "| %s | %s | %s | %s | %s |\n", answer_part_name(part),
                number_iec(a->now.part_bytes[part]).text,
                number_iec(a->peak_held.part_bytes[part]).text,
                number_iec(a->peak_used.part_bytes[part]).text,
                number_iec(mean > 0 ? (uint64_t)mean : 0).text);
    }
    fprintf(out, "| **held** | %s | %s | %s | %s |\n",
            number_iec(a->now.held_bytes).text,
            number_iec(a->peak_held.held_bytes).text,
            number_iec(a->peak_used.held_bytes).text,
            number_iec((uint64_t)a->mean_held_bytes).text);
}

static void put_cell(const struct answer *a, const struct table_column *column,
                     const void *row, FILE *out) {
    char words[TEXT_BYTES], fitted[TEXT_BYTES];
    report_cell(a, column, row, words, sizeof words);
    short_fit(fitted, sizeof fitted, words, NAME_COLUMNS);
    fputs("| ", out);
    markdown_text(fitted, out);
    putc(' ', out);
}

// The columns that the report has of the table; nothing of one that is
// optional and has no row.
static void put_table(struct answer *a, const char *key, const char *title,
                      const char *sort, bool optional, size_t top, FILE *out) {
    const struct table_column *columns[TABLE_MOST_SHOWN];
    struct failure failure;
    struct selection rows;
    if (!selection_make(
            &rows, a,
            &(struct selection_wish){.table = key, .sort = sort, .top = top},
            &failure))
        return;
    if (optional && rows.row_count == 0) {
        selection_free(&rows);
        return;
    }
    int count = table_shown(rows.table, TABLE_REPORT, columns);
    fprintf(out, "\n### %s\n\n", title ? title : rows.table->title);
    if (rows.row_count == 0)
        fputs("None.\n", out);
    for (int i = 0; i < count && rows.row_count > 0; i++)
        fprintf(out, "| %s ", table_title(columns[i], TABLE_REPORT));
    for (int i = 0; i < count && rows.row_count > 0; i++)
        fprintf(out, "%s| %s ", i == 0 ? "|\n" : "",
                report_cell_is_words(columns[i]) ? "---" : "---:");
    fputs(rows.row_count > 0 ? "|\n" : "", out);
    for (size_t r = 0; r < rows.row_count; r++) {
        for (int i = 0; i < count; i++)
            put_cell(a, columns[i], rows.rows[r], out);
        fputs("|\n", out);
    }
    if (rows.matched > rows.row_count)
        fprintf(out, "\nand %zu more\n", rows.matched - rows.row_count);
    selection_free(&rows);
}

static void put_groups(struct answer *a, const char *by, size_t top,
                       FILE *out) {
    char title[64];
    snprintf(title, sizeof title, "live blocks by %s", by);
    put_table(a, "groups", title, NULL, false, top, out);
}

static void put_findings(const struct answer *a, size_t top, FILE *out) {
    static const char *const severities[] = {"error", "warning", "note"};
    fputs("\n### findings\n\n", out);
    if (a->finding_count == 0)
        fputs("None.\n", out);
    for (size_t i = 0; i < a->finding_count && i < top; i++) {
        fprintf(out, "- %s, ", severities[a->findings[i].severity]);
        put_escaped(a->findings[i].kind, out);
        fputs(": ", out);
        put_escaped(a->findings[i].text, out);
        putc('\n', out);
    }
    if (a->finding_count > top)
        fprintf(out, "\nand %zu more\n", a->finding_count - top);
}

void report_markdown(struct answer *answer,
                     const struct report_options *options, FILE *out) {
    size_t top = options && options->top ? options->top : DEFAULT_TOP;
    put_head(answer, out);
    put_bytes(answer, out);
    put_table(answer, "pins", NULL, NULL, false, top, out);
    if (options && options->by)
        put_groups(answer, options->by, top, out);
    else
        put_table(answer, "sites", NULL, NULL, false, top, out);
    put_table(answer, "classes", NULL, "free_bytes", false, top, out);
    put_table(answer, "tags", NULL, NULL, true, top, out);
    put_table(answer, "frames", NULL, NULL, true, top, out);
    put_table(answer, "freed_by", NULL, NULL, true, top, out);
    put_findings(answer, top, out);
}
