// cache_thrash.c - do blocks of different threads share a cache line (active
// false sharing)?
//
// Arguments: rounds, threads.
#include "cache_sharing.h"

int main(int argc, char **argv) {
    return sharing_main(argc, argv, 0);
}
