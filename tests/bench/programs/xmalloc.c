// xmalloc.c - half of the threads only allocate, the other half only free.
//
// After the producer and consumer test of Lever and Boreham (malloc-test) and
// its successor in SuperMalloc. What it finds out: the cost of a block that is
// always freed by another thread, and whether memory grows meanwhile.
//
// Arguments: batches of each producer, pairs of threads.
#include "bench.h"

enum {
    BATCH = 4096,
    WAITING_MAX = 8, // batches on their way
};

struct batch {
    struct batch *next;
    void *blocks[BATCH];
};

static const size_t sizes[] = {8,    12,   16,   24,   32,  48,  64,
                               96,   128,  192,  256,  384, 512, 768,
                               1024, 1536, 2048, 3072, 4096};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

struct pair {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct batch *first; // under the mutex, as are the next two
    unsigned waiting;
    int ended;
    unsigned long batches;
    struct bench_random random; // the producer's
    uint64_t produced;          // the producer's
    uint64_t consumed;          // the consumer's
};

// The size stands in the block: an index, as 8 bytes hold no more with a stamp.
static void *produce(void *argument) {
    struct pair *pair = argument;
    for (unsigned long i = 0; i < pair->batches; i++) {
        struct batch *batch = malloc(sizeof(*batch));
        if (!batch) {
            bench_fail("malloc returned NULL");
        }
        for (int j = 0; j < BATCH; j++) {
            uint32_t index = bench_below(&pair->random, SIZES);
            uint8_t *block = bench_take(sizes[index]);
            block[1] = (uint8_t)index;
            batch->blocks[j] = block;
            pair->produced += sizes[index];
        }
        pthread_mutex_lock(&pair->mutex);
        while (pair->waiting == WAITING_MAX) {
            pthread_cond_wait(&pair->changed, &pair->mutex);
        }
        batch->next = pair->first;
        pair->first = batch;
        pair->waiting++;
        pthread_cond_signal(&pair->changed);
        pthread_mutex_unlock(&pair->mutex);
    }
    pthread_mutex_lock(&pair->mutex);
    pair->ended = 1;
    pthread_cond_signal(&pair->changed);
    pthread_mutex_unlock(&pair->mutex);
    return NULL;
}

static void consume_batch(struct pair *pair, struct batch *batch) {
    for (int j = 0; j < BATCH; j++) {
        uint8_t *block = batch->blocks[j];
        if (block[1] >= SIZES) {
            bench_fail("a block does not hold what was written into it");
        }
        pair->consumed += sizes[block[1]];
        bench_give(block, sizes[block[1]]);
    }
    free(batch);
}

static void *consume(void *argument) {
    struct pair *pair = argument;
    pthread_mutex_lock(&pair->mutex);
    while (pair->first || !pair->ended) {
        struct batch *batch = pair->first;
        if (!batch) {
            pthread_cond_wait(&pair->changed, &pair->mutex);
            continue;
        }
        pair->first = batch->next;
        pair->waiting--;
        pthread_cond_signal(&pair->changed);
        pthread_mutex_unlock(&pair->mutex);
        consume_batch(pair, batch);
        pthread_mutex_lock(&pair->mutex);
    }
    pthread_mutex_unlock(&pair->mutex);
    return NULL;
}

int main(int argc, char **argv) {
    static struct pair pairs[BENCH_THREADS_MAX];
    unsigned long batches = bench_argument(argc, argv, 1, 100);
    unsigned count = bench_threads(argc, argv, 2);
    pthread_t consumers[BENCH_THREADS_MAX];

    for (unsigned i = 0; i < count; i++) {
        struct pair *pair = &pairs[i];
        pthread_mutex_init(&pair->mutex, NULL);
        pthread_cond_init(&pair->changed, NULL);
        pair->batches = batches;
        pair->random = bench_seed(i);
        consumers[i] = bench_start(consume, pair);
    }
    bench_run(count, produce, pairs, sizeof(pairs[0]));

    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        bench_join(consumers[i]);
        if (pairs[i].produced != pairs[i].consumed) {
            bench_fail("a block was lost on its way");
        }
        sum += pairs[i].consumed;
    }
    return bench_report(sum);
}
