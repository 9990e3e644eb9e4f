// stress_sequences.c - many more sequences, under sanitizers.
#include "tests/sequences/sequence.h"

int main(void) {
    sequence_run_seeds(100000, 300);
    return 0;
}
