// fuzz_sequence.c - sequences of calls that a fuzzer chooses.
//
// A corpus that is empty begins with those of some seeds.
#include "tests/sequences/sequence.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEDS = 20, MOST = 2000 };

// The last argument is the folder of the corpus, if it is none of the fuzzer's
// options.
int LLVMFuzzerInitialize(int *count, char ***arguments) {
    const char *folder = (*arguments)[*count - 1];
    uint8_t bytes[SEQUENCE_MOST];
    char path[4096];

    for (unsigned long long i = 0; *count > 1 && i < SEEDS; ++i) {
        snprintf(path, sizeof path, "%s/seed-%llu", folder, i);
        FILE *file = folder[0] != '-' ? fopen(path, "wx") : NULL;
        if (file == NULL)
            continue; // it is there, or there is no folder
        size_t size = sequence_draw(i, bytes);
        if (fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
            abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sequence_run(data, size < MOST ? size : MOST);
    return 0;
}
