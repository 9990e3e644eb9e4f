// table_help.h - what tables and columns there are, and what they mean.
#ifndef RPSCOPE_OUTPUT_TABLE_HELP_H
#define RPSCOPE_OUTPUT_TABLE_HELP_H

#include <stdbool.h>
#include <stdio.h>

// Writes all tables, or the one with this key (NULL: all): of each column its
// key, what its values are, and what it says. As JSON it is one object of the
// schema "rpscope.tables/1".
void table_help(const char *table, bool json, FILE *out);

#endif
