// others_blocks.c - a thread frees all that another one has allocated, while
// that one goes on with one size, or sleeps and this one allocates as much; and
// a forked child does so.
//
// Prints what is resident then, in MiB.
//
// Arguments: MiB, bytes of a block.
#include "figures.h"

#include <sys/wait.h>

static void **blocks;
static size_t count, size, start;
static pthread_barrier_t together;

static void fill(void) {
    for (size_t i = 0; i < count; i++) {
        blocks[i] = bench_take(size);
        memset(blocks[i], bench_mark(size), size);
    }
}

static void empty(void) {
    for (size_t i = 0; i < count; i++) {
        bench_give(blocks[i], size);
    }
}

static void *own_and_wait(void *argument) {
    fill();
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    return argument;
}

static void *free_all(void *argument) {
    empty();
    return argument;
}

// The owner does a pair of one size after the other.
static void busy_owner(void) {
    fill();
    bench_join(bench_start(free_all, NULL));
    for (int i = 0; i < 1000000; i++) {
        bench_give(bench_take(64), 64);
    }
    figures_say("MiB resident, freed for an owner that does pairs",
                figures_above(start));
}

static void sleeping_owner(void) {
    pthread_t owner = bench_start(own_and_wait, NULL);
    pthread_barrier_wait(&together);
    empty();
    fill();
    figures_say("MiB resident, freed for an owner that sleeps, and as much "
                "allocated",
                figures_above(start));
    empty();
    pthread_barrier_wait(&together);
    bench_join(owner);
}

static void forked_child(void) {
    pthread_t owner = bench_start(own_and_wait, NULL);
    pthread_barrier_wait(&together);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        empty();
        fill();
        figures_say("MiB resident, freed by a forked child, and as much "
                    "allocated",
                    figures_above(start));
        fflush(stdout);
        _exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        bench_fail("the child failed");
    }
    pthread_barrier_wait(&together);
    bench_join(owner);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {{"busy", busy_owner},
               {"sleeping", sleeping_owner},
               {"forked", forked_child}};

    figures_begin();
    size = bench_argument(argc, argv, 3, 1000);
    count = bench_argument(argc, argv, 2, 395) * FIGURES_MIB / size;
    blocks = malloc(count * sizeof(*blocks));
    if (!blocks || pthread_barrier_init(&together, NULL, 2)) {
        bench_fail("no memory");
    }
    memset(blocks, 1, count * sizeof(*blocks)); // touched before the start
    start = figures_resident();
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (argc < 2 || !strcmp(argv[1], all[i].name)) {
            all[i].run();
        }
    }
    return 0;
}
