// json.c - writing JSON: commas, quotes and escapes in one place.
#include "viewer/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/text.h"

static const uint64_t exact_limit = UINT64_C(1) << 53;

static void put_line(const struct json *json) {
    if (json->compact)
        return;
    putc('\n', json->out);
    for (int i = 0; i < json->depth; i++)
        putc(' ', json->out);
}

static void begin(struct json *json, const char *key) {
    if (json->after_value)
        putc(',', json->out);
    if (json->depth > 0)
        put_line(json);
    if (key)
        fprintf(json->out, json->compact ? "\"%s\":" : "\"%s\": ", key);
    json->after_value = true;
}

void json_open(struct json *json, const char *key, char bracket) {
    begin(json, key);
    putc(bracket, json->out);
    json->depth++;
    json->after_value = false;
}

void json_close(struct json *json, char bracket) {
    json->depth--;
    if (json->after_value)
        put_line(json);
    putc(bracket, json->out);
    json->after_value = true;
}

static void put_base64(FILE *out, const char *text, size_t size) {
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < size ? (unsigned char)text[i + j] : 0);
        putc(digits[bits >> 18], out);
        putc(digits[bits >> 12 & 63], out);
        putc(i + 1 < size ? digits[bits >> 6 & 63] : '=', out);
        putc(i + 2 < size ? digits[bits & 63] : '=', out);
    }
}

// Returns false when some byte was not valid.
static bool put_text(FILE *out, const char *text) {
    bool valid = true;
    size_t left = strlen(text);
    putc('"', out);
    while (left > 0) {
        uint32_t c;
        size_t length = text_decode(text, left, &c);
        if (length == 0) {
            valid = false;
            length = 1;
            fputs("\\ufffd", out);
        } else if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", (int)c);
        } else if (c == '\n') {
            fputs("\\n", out);
        } else if (c == '\t') {
            fputs("\\t", out);
        } else if (escape_is_printable(c)) {
            fwrite(text, 1, length, out);
        } else if (c < 0x10000) {
            fprintf(out, "\\u%04x", (unsigned)c);
        } else {
            fprintf(out, "\\u%04x\\u%04x",
                    (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                    (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
        }
        text += length;
        left -= length;
    }
    putc('"', out);
    return valid;
}

void json_text(struct json *json, const char *key, const char *text) {
    if (!text) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    if (put_text(json->out, text) || !key)
        return;
    char raw_key[80];
    snprintf(raw_key, sizeof raw_key, "%s_raw_b64", key);
    begin(json, raw_key);
    putc('"', json->out);
    put_base64(json->out, text, strlen(text));
    putc('"', json->out);
}

void json_number(struct json *json, const char *key, uint64_t number) {
    begin(json, key);
    fprintf(json->out, number < exact_limit ? "%" PRIu64 : "\"%" PRIu64 "\"",
            number);
}

void json_signed(struct json *json, const char *key, int64_t number) {
    bool exact =
        number > -(int64_t)exact_limit && number < (int64_t)exact_limit;
    begin(json, key);
    fprintf(json->out, exact ? "%" PRId64 : "\"%" PRId64 "\"", number);
}

void json_real(struct json *json, const char *key, double number) {
    if (!isfinite(number)) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    fprintf(json->out, "%.6g", number);
}

void json_exact(struct json *json, const char *key, double number, int digits) {
    begin(json, key);
    fprintf(json->out, "%.*g", digits, number);
}

void json_double(struct json *json, const char *key, double number) {
    if (fabs(number) < 0x1p53 && number == floor(number))
        json_signed(json, key, (int64_t)number);
    else
        json_real(json, key, number);
}

void json_literal(struct json *json, const char *key, const char *value) {
    begin(json, key);
    fputs(value, json->out);
}

void json_bool(struct json *json, const char *key, bool value) {
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key) {
    begin(json, key);
    fputs("null", json->out);
}

void json_hex(struct json *json, const char *key, uint64_t number) {
    begin(json, key);
    fprintf(json->out, "\"0x%" PRIx64 "\"", number);
}
