// mutator.h - the mutator of targets whose inputs have checksums: these would
// turn away nearly every mutation at the door, so they are put right again.
//
// Included once by a program, which says how: fuzz_seal.
#ifndef RPSCOPE_FUZZ_MUTATOR_H
#define RPSCOPE_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

// Sets all checksums that can be followed.
static void fuzz_seal(uint8_t *data, size_t size);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed) {
    (void)seed;
    size = LLVMFuzzerMutate(data, size, most);
    fuzz_seal(data, size);
    return size;
}

#endif
