// json_value.c - one value of a table as JSON.
#include "viewer/output/json_value.h"

static void put_frames(struct json *json, struct answer *a, size_t stack) {
    size_t count;
    const struct frame *frames = answer_frames(a, stack, &count);
    json_open(json, "frames", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "function", frames[i].function);
        json_text(json, "file", frames[i].file);
        if (frames[i].line)
            json_number(json, "line", frames[i].line);
        else
            json_null(json, "line");
        json_text(json, "module", frames[i].module);
        json_hex(json, "offset", frames[i].offset);
        json_hex(json, "address", frames[i].address);
        json_bool(json, "inlined", frames[i].inlined);
        json_text(json, "kind",
                  frames[i].kind == FRAME_USER        ? "user"
                  : frames[i].kind == FRAME_ALLOCATOR ? "allocator"
                  : frames[i].kind == FRAME_WRAPPER   ? "wrapper"
                                                      : "library");
        json_close(json, '}');
    }
    json_close(json, ']');
}

void json_value(struct json *json, struct answer *a,
                const struct table_column *column, const void *row) {
    struct table_value value = table_value(a, column, row);
    switch (column->kind) {
    case TABLE_NUMBER:
    case TABLE_SMALL:
    case TABLE_MEAN:
        if (value.known)
            json_number(json, column->key, value.number);
        else
            json_null(json, column->key);
        return;
    case TABLE_REAL:
        if (value.known)
            json_real(json, column->key, value.real);
        else
            json_null(json, column->key);
        return;
    case TABLE_SIGNED:
        json_signed(json, column->key, value.signed_number);
        return;
    case TABLE_BOOL:
        json_bool(json, column->key, value.number);
        return;
    case TABLE_TEXT:
        json_text(json, column->key, value.text);
        return;
    case TABLE_LIST:
        json_open(json, column->key, '[');
        for (int i = 0; i < column->length; i++)
            json_number(json, NULL, value.list[i]);
        json_close(json, ']');
        return;
    case TABLE_FRAMES:
        put_frames(json, a, value.number);
        return;
    default: // for people only
        return;
    }
}
