// check_site.h - the code whose blocks get pages of their own: where it is.
#ifndef RPSCOPE_RECORD_CHECK_SITE_H
#define RPSCOPE_RECORD_CHECK_SITE_H

#include <stdbool.h>

#include "viewer/base/fail.h"

// The checks with the name of the function in site=FUNCTION, or
// site=/LIBRARY:FUNCTION, put as the library understands it, for free(); a copy
// where they have none. program: the file that has FUNCTION. NULL with a
// sentence: that file has no such function in its tables of symbols.
char *check_site_resolve(const char *checks, const char *program,
                         struct failure *failure);

#endif
