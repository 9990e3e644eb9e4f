// fail.c - an error is one sentence: what, where, found, expected, what next.
#include "viewer/base/fail.h"

#include <stdarg.h>
#include <stdio.h>

#include "viewer/base/escape.h"

bool fail(struct failure *failure, const char *format, ...) {
    char text[sizeof failure->text];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    escape_text(failure->text, sizeof failure->text, text);
    return false;
}
