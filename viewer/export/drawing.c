// drawing.c - what was used and held over time, as a drawing in a page.
#include "viewer/export/drawing.h"

#include "viewer/base/number.h"
#include "viewer/export/html.h"

enum { WIDTH = 1000, HEIGHT = 240, TOP = 20, BOTTOM = 24, MOST_MARKS = 200 };

struct scale {
    uint64_t from_ns, to_ns, most_bytes;
};

static double x_of(const struct scale *s, uint64_t ns) {
    if (s->to_ns <= s->from_ns || ns < s->from_ns)
        return 0;
    return WIDTH * (double)(ns - s->from_ns) / (double)(s->to_ns - s->from_ns);
}

static double y_of(const struct scale *s, uint64_t bytes) {
    return TOP + HEIGHT -
           HEIGHT * (double)bytes /
               (double)(s->most_bytes > 0 ? s->most_bytes : 1);
}

// An area of steps below a line: each is as high as its most.
static void put_area(const struct answer *a, const struct scale *s,
                     const char *what, size_t offset, FILE *out) {
    uint64_t from = s->from_ns;
    fprintf(out, "<path class=\"%s\" d=\"M0,%d", what, TOP + HEIGHT);
    for (size_t i = 0; i < a->point_count; i++) {
        double y =
            y_of(s, *(const uint64_t *)((const char *)&a->points[i] + offset));
        fprintf(out, "L%.1f,%.1fH%.1f", x_of(s, from), y,
                x_of(s, a->points[i].time_ns));
        from = a->points[i].time_ns;
    }
    fprintf(out, "V%dZ\"><title>%s</title></path>\n", TOP + HEIGHT, what);
}

void drawing_put(const struct answer *a, FILE *out) {
    struct scale s = {.from_ns = a->window_ns, .to_ns = a->duration_ns};
    for (size_t i = 0; i < a->point_count; i++)
        if (a->points[i].held_max > s.most_bytes)
            s.most_bytes = a->points[i].held_max;
    if (a->point_count > 0 && a->points[a->point_count - 1].time_ns > s.to_ns)
        s.to_ns = a->points[a->point_count - 1].time_ns;
    fprintf(out,
            "<h2>Over time</h2>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-label=\"held and used bytes over time\">\n",
            WIDTH, TOP + HEIGHT + BOTTOM);
    put_area(a, &s, "held", offsetof(struct timeline_point, held_max), out);
    put_area(a, &s, "used", offsetof(struct timeline_point, used_max), out);
    for (size_t i = 0; i < a->mark_count && i < MOST_MARKS; i++) {
        double x = x_of(&s, a->marks[i].time_ns);
        fprintf(out, "<path class=\"mark\" d=\"M%.1f,%dV%d\"><title>", x, TOP,
                TOP + HEIGHT);
        html_text(a->marks[i].text ? a->marks[i].text : "?", out);
        fputs("</title></path>\n", out);
    }
    fprintf(out,
            "<text class=\"axis\" x=\"4\" y=\"14\">%s held (grey) at most, "
            "used (blue)</text>\n",
            number_iec(s.most_bytes).text);
    fprintf(out, "<text class=\"axis\" x=\"0\" y=\"%d\">%s</text>\n",
            TOP + HEIGHT + 16, number_time(s.from_ns).text);
    fprintf(out,
            "<text class=\"axis\" x=\"%d\" y=\"%d\" "
            "text-anchor=\"end\">%s</text>\n</svg>\n",
            WIDTH, TOP + HEIGHT + 16, number_time(s.to_ns).text);
}
