// json.h - writing JSON: commas, quotes and escapes in one place.
//
// `key` is NULL for the elements of an array and for the outermost value. What
// a terminal would act on is written as \u escapes, so the output can be shown.
#ifndef RPSCOPE_BASE_JSON_H
#define RPSCOPE_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;
    int depth;
    bool after_value; // a comma is due
    bool compact;     // no lines and blanks between values
};

void json_open(struct json *json, const char *key, char bracket); // { or [
void json_close(struct json *json, char bracket);                 // } or ]
// NULL is null. Bytes that are not UTF-8 become U+FFFD; then the text is
// written once more as KEY_raw_b64 (not in arrays).
void json_text(struct json *json, const char *key, const char *text);
// Beyond 2^53, where readers lose digits, it is written as a string.
void json_number(struct json *json, const char *key, uint64_t number);
void json_signed(struct json *json, const char *key, int64_t number);
void json_real(struct json *json, const char *key, double number);
// With as many digits as are asked for; it is finite.
void json_exact(struct json *json, const char *key, double number, int digits);
// A whole number as json_signed, another as json_real.
void json_double(struct json *json, const char *key, double number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
// What is JSON already.
void json_literal(struct json *json, const char *key, const char *value);
void json_hex(struct json *json, const char *key, uint64_t number); // "0x.."

#endif
