// trace_decode.c - from the columns of a block of events to single events.
#include "viewer/trace_decode.h"

bool trace_cursor_start(struct trace_cursor *cursor, struct bytes payload,
                        const struct trace_block_header *header) {
    for (int i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t size;
        const uint8_t *start;
        if (!bytes_u32(&payload, &size) || !bytes_run(&payload, size, &start))
            return false;
        cursor->columns[i] = (struct bytes){start, start + size};
    }
    if (bytes_left(&payload) != 0 ||
        bytes_left(&cursor->columns[TRACE_COLUMN_TYPE]) !=
            header->event_count ||
        header->event_count > TRACE_MAX_BLOCK_EVENTS)
        return false;
    cursor->time = header->first_time;
    cursor->ring = header->ring;
    cursor->left = header->event_count;
    memset(&cursor->predictor, 0, sizeof cursor->predictor);
    return true;
}

static inline bool take(struct trace_cursor *cursor, enum trace_column column,
                        uint64_t *value) {
    uint64_t code;
    if (!bytes_varint(&cursor->columns[column], &code))
        return false;
    *value = trace_predict(&cursor->predictor, column) + trace_unzigzag(code);
    trace_learn(&cursor->predictor, column, *value);
    return true;
}

// Any event, by the schema; the switch in trace_cursor_next only saves time.
static bool take_fields(struct trace_cursor *cursor,
                        struct trace_event *event) {
    const struct trace_event_info *info = trace_event_info(event->type);
    if (!info->text)
        return false;
    for (int i = 0; i < TRACE_MAX_FIELDS && info->columns[i]; i++)
        if (!take(cursor, info->columns[i], &event->value[i]))
            return false;
    return true;
}

size_t trace_cursor_next(struct trace_cursor *cursor,
                         struct trace_event *events, size_t room, bool *bad) {
    size_t count = 0;
    *bad = false;
    while (count < room && cursor->left > 0) {
        struct trace_event *event = &events[count];
        uint64_t step;
        event->type = *cursor->columns[TRACE_COLUMN_TYPE].at++;
        event->ring = cursor->ring;
        bool whole = bytes_varint(&cursor->columns[TRACE_COLUMN_TIME], &step) &&
                     step <= UINT64_MAX - cursor->time;
        if (whole) {
            cursor->time += step;
            event->time = cursor->time;
            switch (event->type) {
            case TRACE_EVENT_ALLOC:
            case TRACE_EVENT_CALLOC:
            case TRACE_EVENT_REALLOC:
                whole =
                    take(cursor, TRACE_COLUMN_STACK, &event->value[0]) &&
                    take(cursor, TRACE_COLUMN_SIZE, &event->value[1]) &&
                    take(cursor, TRACE_COLUMN_ALLOC_SPAN, &event->value[2]) &&
                    take(cursor, TRACE_COLUMN_ALLOC_BLOCK, &event->value[3]);
                break;
            case TRACE_EVENT_FREE:
            case TRACE_EVENT_FREE_DEFERRED:
                whole =
                    take(cursor, TRACE_COLUMN_FREE_SPAN, &event->value[0]) &&
                    take(cursor, TRACE_COLUMN_FREE_BLOCK, &event->value[1]);
                break;
            default:
                whole = take_fields(cursor, event);
            }
        }
        if (!whole) {
            *bad = true;
            return count;
        }
        cursor->left--;
        count++;
    }
    return count;
}
