// wish.c - what is to be exported, and what is said of it afterwards.
#include "viewer/export/wish.h"

#include <stdarg.h>

void export_tell(struct export_told *told, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(told->text, sizeof told->text, format, arguments);
    va_end(arguments);
}
