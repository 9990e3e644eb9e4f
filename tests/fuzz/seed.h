// seed.h - first inputs, and traces as inputs.
#ifndef RPSCOPE_FUZZ_SEED_H
#define RPSCOPE_FUZZ_SEED_H

#include <stddef.h>
#include <stdint.h>

// Puts an input of that name into the folders of the corpus, which are among
// the arguments of the program.
void seed_put(int count, char **arguments, const char *name, const void *bytes,
              size_t size);

// Sets what says that it is a trace, and the checksums of the header and of
// every block that can be followed.
void seed_seal_trace(uint8_t *data, size_t size);

// A file in memory that has these bytes; its path is good until the next one.
// Ends the program when it cannot be had.
const char *seed_file(const void *bytes, size_t size);

#endif
