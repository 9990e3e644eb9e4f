// cache_scratch.c - does freeing another thread's block give this thread memory
// that shares a cache line with what others write (passive false sharing)?
//
// Arguments: rounds, threads.
#include "cache_sharing.h"

int main(int argc, char **argv) {
    return sharing_main(argc, argv, 1);
}
