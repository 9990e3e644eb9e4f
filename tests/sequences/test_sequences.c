// test_sequences.c - random sequences of calls, of fixed seeds.
//
// Without arguments the seeds of the suite; else: the first seed, and how many.
#include "tests/sequences/sequence.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    unsigned long long first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    unsigned long long count = argc > 2 ? strtoull(argv[2], NULL, 10) : 50;

    sequence_run_seeds(first, count);
    printf("ok - every_call_of_%llu_sequences_is_as_it_should_be\n", count);
    return 0;
}
