// perfetto.c - used and held bytes over time, for Perfetto.
//
// The fields are those of perfetto.protos.Trace. A packet says of a track what
// it is, or that something happened on it; all are of one sequence.
#include "viewer/export/perfetto.h"

#include <string.h>

#include "viewer/export/protobuf.h"

enum { TRACE_PACKET = 1 };
enum packet_field {
    PACKET_TIMESTAMP = 8,
    PACKET_SEQUENCE = 10,
    PACKET_TRACK_EVENT = 11,
    PACKET_SEQUENCE_FLAGS = 13,
    PACKET_TRACK = 60,
};
enum { SEQUENCE_CLEARED = 1, SEQUENCE = 1 };
enum track_field {
    TRACK_UUID = 1,
    TRACK_NAME = 2,
    TRACK_PROCESS = 3,
    TRACK_PARENT = 5,
    TRACK_COUNTER = 8,
};
enum { PROCESS_PID = 1, PROCESS_CMDLINE = 2, PROCESS_NAME = 6 };
enum { COUNTER_UNIT = 3, UNIT_SIZE_BYTES = 3 };
enum event_field {
    EVENT_TYPE = 9,
    EVENT_TRACK = 11,
    EVENT_NAME = 23,
    EVENT_COUNTER_VALUE = 30,
};
enum { TYPE_INSTANT = 3, TYPE_COUNTER = 4 };
enum track { // their numbers
    TRACK_OF_PROCESS = 1,
    TRACK_OF_USED,
    TRACK_OF_HELD,
    TRACK_OF_MARKS,
    TRACK_OF_FINDINGS,
    TRACK_OF_PARTS, // and those of the others behind it
};

struct writing {
    const struct answer *answer;
    struct protobuf message;
    FILE *out;
    size_t packets;
};

static size_t begin(struct writing *w, uint64_t ns) {
    size_t opened = protobuf_open(&w->message, TRACE_PACKET);
    protobuf_number(&w->message, PACKET_TIMESTAMP, ns);
    protobuf_number(&w->message, PACKET_SEQUENCE, SEQUENCE);
    if (w->packets++ == 0)
        protobuf_number(&w->message, PACKET_SEQUENCE_FLAGS, SEQUENCE_CLEARED);
    return opened;
}

static void end(struct writing *w, size_t opened) {
    protobuf_close(&w->message, opened);
    protobuf_flush(&w->message, w->out);
}

static void put_track(struct writing *w, uint64_t number, const char *name,
                      bool counts) {
    size_t packet = begin(w, w->answer->window_ns);
    size_t track = protobuf_open(&w->message, PACKET_TRACK);
    protobuf_number(&w->message, TRACK_UUID, number);
    protobuf_text(&w->message, TRACK_NAME, name);
    protobuf_number(&w->message, TRACK_PARENT, TRACK_OF_PROCESS);
    if (counts) {
        size_t counter = protobuf_open(&w->message, TRACK_COUNTER);
        protobuf_number(&w->message, COUNTER_UNIT, UNIT_SIZE_BYTES);
        protobuf_close(&w->message, counter);
    }
    protobuf_close(&w->message, track);
    end(w, packet);
}

static void put_process(struct writing *w) {
    const struct answer *a = w->answer;
    const char *name = a->command ? a->command : "?";
    size_t packet = begin(w, a->window_ns);
    size_t track = protobuf_open(&w->message, PACKET_TRACK);
    protobuf_number(&w->message, TRACK_UUID, TRACK_OF_PROCESS);
    protobuf_text(&w->message, TRACK_NAME, name);
    size_t process = protobuf_open(&w->message, TRACK_PROCESS);
    protobuf_number(&w->message, PROCESS_PID, a->process_id);
    for (size_t i = 0; i < a->argument_count; i++)
        protobuf_text(&w->message, PROCESS_CMDLINE, a->arguments[i]);
    protobuf_text(&w->message, PROCESS_NAME, name);
    protobuf_close(&w->message, process);
    protobuf_close(&w->message, track);
    end(w, packet);
}

static void put_value(struct writing *w, uint64_t track, uint64_t ns,
                      uint64_t value) {
    size_t packet = begin(w, ns);
    size_t event = protobuf_open(&w->message, PACKET_TRACK_EVENT);
    protobuf_number(&w->message, EVENT_TYPE, TYPE_COUNTER);
    protobuf_number(&w->message, EVENT_TRACK, track);
    protobuf_signed(&w->message, EVENT_COUNTER_VALUE, (int64_t)value);
    protobuf_close(&w->message, event);
    end(w, packet);
}

static void put_instant(struct writing *w, uint64_t track, uint64_t ns,
                        const char *text) {
    size_t packet = begin(w, ns);
    size_t event = protobuf_open(&w->message, PACKET_TRACK_EVENT);
    protobuf_number(&w->message, EVENT_TYPE, TYPE_INSTANT);
    protobuf_number(&w->message, EVENT_TRACK, track);
    protobuf_text(&w->message, EVENT_NAME, text);
    protobuf_close(&w->message, event);
    end(w, packet);
}

// The least and the most of a step, and what it was at its end; when within the
// step the first two were is not known.
static void put_step(struct writing *w, uint64_t track, uint64_t from,
                     uint64_t to, uint64_t least, uint64_t most,
                     uint64_t last) {
    uint64_t third = (to - from) / 3;
    if (least < last)
        put_value(w, track, from + third, least);
    if (most > last)
        put_value(w, track, from + 2 * third, most);
    put_value(w, track, to, last);
}

static void put_points(struct writing *w) {
    const struct answer *a = w->answer;
    uint64_t from = a->window_ns;
    for (size_t i = 0; i < a->point_count; i++) {
        const struct timeline_point *point = &a->points[i];
        uint64_t to = point->time_ns;
        put_step(w, TRACK_OF_USED, from, to, point->used_min, point->used_max,
                 point->used_bytes);
        put_step(w, TRACK_OF_HELD, from, to, point->held_min, point->held_max,
                 point->held_bytes);
        for (int part = 0; part < PARTS; part++)
            put_value(w, (uint64_t)(TRACK_OF_PARTS + part), to,
                      point->part_bytes[part]);
        from = to;
    }
}

bool perfetto_write(struct answer *answer, const struct export_wish *wish,
                    FILE *out, struct export_told *told) {
    struct writing w = {.answer = answer, .out = out};
    put_process(&w);
    put_track(&w, TRACK_OF_USED, "used bytes", true);
    put_track(&w, TRACK_OF_HELD, "held bytes", true);
    put_track(&w, TRACK_OF_MARKS, "marks", false);
    put_track(&w, TRACK_OF_FINDINGS, "findings", false);
    for (int part = 0; part < PARTS; part++)
        put_track(&w, (uint64_t)(TRACK_OF_PARTS + part),
                  answer_part_name((enum part)part), true);
    put_points(&w);
    for (size_t i = 0; i < answer->mark_count; i++)
        put_instant(&w, TRACK_OF_MARKS, answer->marks[i].time_ns,
                    answer->marks[i].text ? answer->marks[i].text : "?");
    for (size_t i = 0; i < answer->finding_count; i++)
        if (answer->findings[i].time_ns > 0)
            put_instant(&w, TRACK_OF_FINDINGS, answer->findings[i].time_ns,
                        answer->findings[i].text);
    protobuf_free(&w.message);
    export_tell(told, "%zu steps of time; open %s in ui.perfetto.dev",
                answer->point_count, wish->path);
    return true;
}
