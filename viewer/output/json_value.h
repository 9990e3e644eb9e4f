// json_value.h - one value of a table as JSON.
#ifndef RPSCOPE_OUTPUT_JSON_VALUE_H
#define RPSCOPE_OUTPUT_JSON_VALUE_H

#include "viewer/answer/table.h"
#include "viewer/base/json.h"

// Writes KEY: VALUE; null where it is not known. Frames are written in full.
void json_value(struct json *json, struct answer *answer,
                const struct table_column *column, const void *row);

#endif
