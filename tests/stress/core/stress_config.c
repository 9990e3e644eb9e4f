// stress_config.c - several threads configure at once: one of them counts, and
// nobody allocates by a half of its config.
#include "core/heap/cache.h"
#include "tests/stress/core/stress.h"

#include <errno.h>

enum { THREADS = 4, ROUNDS = 500, SPAN = 65536 };

static void work(int index, void *context) {
    struct rpmalloc_config config = {
        .thread_cache_bytes = (size_t)(index + 1) * SPAN,
        .segment_bytes = 256 * 1024,
    };

    (void)context;
    while (rpmalloc_initialize_config(index == 0 ? NULL : &config) != 0)
        STRESS_EXPECT(errno == EAGAIN);
    stress_free(stress_alloc(1000, 1));
    rpmalloc_thread_reset();
}

int main(void) {
    for (size_t round = 0; round < ROUNDS; ++round) {
        threads_run(THREADS, work, NULL);
        STRESS_EXPECT(rp_cache_limit >= 2);
        stress_end();
    }
    return 0;
}
