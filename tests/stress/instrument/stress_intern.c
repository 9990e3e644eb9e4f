// stress_intern.c - threads that intern the same rows at once: a number always
// means the same row, and a row has few numbers.
#include "instrument/os/system.h"
#include "instrument/shm/intern.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, ROWS = 60000, MOST_WORDS = 12 };

static struct rp_intern *intern;
static struct rp_shm shm;
static uint32_t numbers[THREADS][ROWS];

static uint32_t make_row(uint32_t row, uint64_t words[MOST_WORDS]) {
    uint32_t count = 1 + row % MOST_WORDS;

    for (uint32_t i = 0; i < count; i++)
        words[i] = (uint64_t)row << (i % 5) ^ i;
    words[0] = row;
    return count;
}

static void check(uint32_t number, const uint64_t *words, uint32_t count) {
    const struct rp_row *row = rp_intern_row(intern, number);

    if (number == 0 || row->count != count ||
        memcmp(row->words, words, count * sizeof *words) != 0) {
        fprintf(stderr, "stress_intern: number %u is another row\n", number);
        exit(1);
    }
}

static void *work(void *argument) {
    uint32_t *mine = argument;

    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < ROWS; i++) {
            uint64_t words[MOST_WORDS];
            uint32_t row = i * 7919 % ROWS;
            uint32_t count = make_row(row, words);
            bool added;
            mine[row] = rp_intern(intern, words, count, &added);
            check(mine[row], words, count);
        }
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    unsigned twice = 0;

    intern = rp_system_map(sizeof *intern, RP_MAP_OWN);
    if (!rp_shm_make_private(&shm, sizeof(struct rp_shm_head)))
        return 1;
    intern->pool.shm = &shm;
    intern->pool.shared =
        rp_system_map(sizeof *intern->pool.shared, RP_MAP_OWN);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, numbers[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < ROWS; i++) {
        for (int t = 1; t < THREADS; t++)
            twice += numbers[t][i] != numbers[0][i];
    }
    if (twice > ROWS / 100) {
        fprintf(stderr, "stress_intern: %u rows have two numbers\n", twice);
        return 1;
    }
    return 0;
}
