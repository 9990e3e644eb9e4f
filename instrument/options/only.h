// only.h - RPSCOPE_ONLY: which programs are recorded, by their names.
#ifndef RP_INSTRUMENT_OPTIONS_ONLY_H
#define RP_INSTRUMENT_OPTIONS_ONLY_H

#include <stdbool.h>

// Whether a list of names with commas between them has the last part of `path`.
// An empty list has any. As the system cuts the names of threads to 15 bytes,
// so may `path` be when `cut`.
bool rp_only_has(const char *list, const char *path, bool cut);

// The same for this process: by the file that it runs, by what it was called,
// or by the script that its interpreter was started for.
bool rp_only_has_me(const char *list);

#endif
