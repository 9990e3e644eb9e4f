// speedscope.c - stacks as speedscope's own file.
#include "viewer/export/speedscope.h"

#include <string.h>

#include "viewer/base/json.h"
#include "viewer/export/frames.h"

static uint64_t sum_of(const struct answer *answer,
                       const struct export_metric *metric) {
    uint64_t sum = 0;
    for (size_t i = 0; i < answer->stack_count; i++)
        sum += export_value(&answer->stacks[i].counts, metric);
    return sum;
}

// The frames of a stack, the outermost first.
static void put_stack(struct json *json, struct answer *answer, size_t stack,
                      struct export_frames *frames) {
    size_t count;
    const struct frame *list = answer_frames(answer, stack, &count);
    json_open(json, NULL, '[');
    for (size_t i = count; i > 0; i--)
        json_number(json, NULL, frames_number(frames, &list[i - 1]));
    if (count == 0)
        json_number(json, NULL, frames_no_stack_number(frames));
    json_close(json, ']');
}

static void put_profile(struct json *json, struct answer *answer,
                        const struct export_metric *metric, uint64_t sum,
                        struct export_frames *frames) {
    bool is_bytes = strcmp(metric->unit, "bytes") == 0;
    json_open(json, NULL, '{');
    json_text(json, "type", "sampled");
    json_text(json, "name", metric->key);
    json_text(json, "unit", is_bytes ? "bytes" : "none");
    json_number(json, "startValue", 0);
    json_number(json, "endValue", sum);
    json_open(json, "samples", '[');
    for (size_t i = 0; i < answer->stack_count; i++)
        if (export_value(&answer->stacks[i].counts, metric) > 0)
            put_stack(json, answer, i, frames);
    json_close(json, ']');
    json_open(json, "weights", '[');
    for (size_t i = 0; i < answer->stack_count; i++) {
        uint64_t value = export_value(&answer->stacks[i].counts, metric);
        if (value > 0)
            json_number(json, NULL, value);
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void put_frames(struct json *json, const struct export_frames *frames) {
    json_open(json, "shared", '{');
    json_open(json, "frames", '[');
    for (size_t i = 0; i < frames->count; i++) {
        const struct export_frame *frame = &frames->list[i];
        json_open(json, NULL, '{');
        json_text(json, "name", frames_text(frames, frame->name));
        if (frame->file != FRAMES_NONE)
            json_text(json, "file", frames_text(frames, frame->file));
        if (frame->line > 0)
            json_number(json, "line", frame->line);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

bool speedscope_write(struct answer *answer, const struct export_wish *wish,
                      FILE *out, struct export_told *told) {
    struct json json = {.out = out, .compact = true};
    struct export_frames frames = {.list = NULL};
    size_t profiles = 0, active = 0;
    json_open(&json, NULL, '{');
    json_text(&json, "$schema",
              "https://www.speedscope.app/file-format-schema.json");
    json_text(&json, "exporter", "rpscope");
    json_text(&json, "name", answer->command ? answer->command : "rpscope");
    json_open(&json, "profiles", '[');
    for (size_t i = 0; i < export_metric_count; i++) {
        const struct export_metric *metric = &export_metrics[i];
        uint64_t sum = sum_of(answer, metric);
        if (sum == 0 && metric != wish->metric)
            continue;
        if (metric == wish->metric)
            active = profiles;
        put_profile(&json, answer, metric, sum, &frames);
        profiles++;
    }
    json_close(&json, ']');
    json_number(&json, "activeProfileIndex", active);
    put_frames(&json, &frames);
    json_close(&json, '}');
    putc('\n', out);
    export_tell(told, "%zu profiles of %zu frames; speedscope %s", profiles,
                frames.count, wish->path);
    frames_free(&frames);
    return true;
}
