// test_life_sample.c - sums of a sample are near those of all.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>

#include "viewer/export/life_sample.h"

enum { LIVES = 40000 };

static struct life life_of(unsigned i, bool comes) {
    return (struct life){.comes = comes,
                         .span = i / 500,
                         .block = i % 500,
                         .birth = i,
                         .bytes = 16 + i * 2654435761u % 200,
                         .ns = i};
}

// Comes and goes of all, but for those that stay.
static bool stays(unsigned i) {
    return i % 3 == 0;
}

static void add_all(struct life_sample *sample) {
    for (unsigned i = 0; i < LIVES; i++) {
        struct life life = life_of(i, true);
        life_sample_add(sample, &life);
    }
    for (unsigned i = 0; i < LIVES; i++) {
        struct life life = life_of(i, false);
        if (!stays(i))
            life_sample_add(sample, &life);
    }
}

static double sum_of(const struct life_sample *sample) {
    double sum = 0;
    for (size_t i = 0; i < sample->count; i++) {
        double weight = (double)life_sample_weight(sample, &sample->list[i]);
        sum += sample->list[i].comes ? weight : -weight;
    }
    return sum;
}

static double sum_of_all(void) {
    double sum = 0;
    for (unsigned i = 0; i < LIVES; i++)
        if (stays(i))
            sum += (double)life_of(i, true).bytes;
    return sum;
}

Test(life_sample, all_are_kept_where_there_is_room) {
    struct life_sample sample = {.most = 2 * LIVES};

    add_all(&sample);

    cr_expect(eq(u64, sample.threshold, 0));
    cr_expect(eq(sz, sample.count, sample.seen));
    cr_expect(eq(dbl, sum_of(&sample), sum_of_all()));
    life_sample_free(&sample);
}

Test(life_sample, there_are_never_more_than_there_is_room_for) {
    struct life_sample sample = {.most = 100};

    for (unsigned i = 0; i < LIVES; i++) {
        struct life life = life_of(i, true);
        life_sample_add(&sample, &life);
        cr_assert(le(sz, sample.count, sample.most));
    }

    cr_expect(gt(u64, sample.threshold, 0));
    life_sample_free(&sample);
}

Test(life_sample, what_is_retained_is_near_in_a_sample_of_an_eighth) {
    struct life_sample sample = {.most = LIVES / 4};

    add_all(&sample);

    // The error of one in so many, at the most five times its deviation.
    double error = sqrt((double)sample.threshold * sum_of_all());
    cr_expect(gt(u64, sample.threshold, 0));
    cr_expect(le(dbl, fabs(sum_of(&sample) - sum_of_all()), 5 * error));
    life_sample_free(&sample);
}

Test(life_sample, both_ends_of_a_life_are_kept_or_none) {
    struct life_sample sample = {.most = LIVES / 4};
    char *lives = calloc(LIVES, 1);

    add_all(&sample);
    for (size_t i = 0; i < sample.count; i++)
        lives[sample.list[i].birth] += sample.list[i].comes ? 1 : -1;

    for (unsigned i = 0; i < LIVES; i++)
        cr_assert(ge(int, lives[i], 0));
    for (size_t i = 0; i < sample.count; i++)
        if (!stays((unsigned)sample.list[i].birth))
            cr_assert(eq(int, lives[sample.list[i].birth], 0));
    free(lives);
    life_sample_free(&sample);
}

Test(life_sample, what_lives_at_the_end_is_exact_beside_all_that_went) {
    struct life_sample sample = {.most = 5000}, staying = {.most = 1250};
    enum { STAYING = 1000 };
    uint64_t sum = 0, last = 0;
    size_t seen = 0;

    for (unsigned i = 0; i < LIVES; i++) {
        struct life life = life_of(i, true);
        life_sample_add(&sample, &life);
        life.comes = false;
        if (i % (LIVES / STAYING) != 0) {
            life_sample_add(&sample, &life);
            continue;
        }
        life.stays = true;
        sum += life.bytes;
        life_sample_add(&staying, &life);
    }
    life_sample_join(&sample, &staying);

    cr_expect(gt(u64, sample.threshold, 0));
    cr_expect(le(sz, sample.count, sample.most));
    cr_expect(eq(dbl, sum_of(&sample), (double)sum));
    for (size_t i = 0; i < sample.count; i++) {
        cr_assert(ge(u64, sample.list[i].ns, last));
        last = sample.list[i].ns;
        seen += sample.list[i].stays;
    }
    cr_expect(eq(sz, seen, STAYING));
    life_sample_free(&sample);
    life_sample_free(&staying);
}

Test(life_sample, a_block_of_the_threshold_is_always_kept_as_it_is) {
    struct life_sample sample = {.most = 100};
    struct life large = {.comes = true, .birth = LIVES, .bytes = 1 << 20};

    add_all(&sample);
    life_sample_add(&sample, &large);

    struct life *last = &sample.list[sample.count - 1];
    cr_expect(eq(u64, last->bytes, large.bytes));
    cr_expect(eq(u64, life_sample_weight(&sample, last), large.bytes));
    life_sample_free(&sample);
}
