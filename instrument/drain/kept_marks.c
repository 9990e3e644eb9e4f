// kept_marks.c - see kept_marks.h.
#include "instrument/drain/kept_marks.h"

#include <string.h>

void rp_kept_marks_add(struct rp_kept_marks *kept, const char *text,
                       uint64_t ticks) {
    struct rp_kept_mark *mark = &kept->marks[kept->count++ % RP_KEPT_MARKS];
    size_t bytes = strnlen(text, sizeof mark->text - 1);

    mark->ticks = ticks;
    memcpy(mark->text, text, bytes);
    mark->text[bytes] = 0;
}

void rp_kept_marks_write(const struct rp_kept_marks *kept,
                         struct rp_trace_writer *writer) {
    uint64_t first =
        kept->count > RP_KEPT_MARKS ? kept->count - RP_KEPT_MARKS : 0;

    for (uint64_t i = first; i < kept->count; i++) {
        const struct rp_kept_mark *mark = &kept->marks[i % RP_KEPT_MARKS];
        uint64_t steps = (mark->ticks - writer->base_ticks) >> writer->shift;
        if (steps > writer->notes->start)
            rp_trace_writer_tell_at(
                writer, TRACE_EVENT_MARK,
                rp_tables_text(&writer->tables, mark->text, strlen(mark->text)),
                0, mark->ticks);
    }
}
