// test_properties.c - random programs: the answer against brute force.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/state.h"
#include "viewer/metric/collected.h"

// Runs `steps` steps and analyses the trace of them.
static struct answer *run(struct sim_heap *sim, struct trace_builder *b,
                          uint64_t seed, int steps) {
    struct failure failure;
    trace_builder_start(b);
    b->block_events = 1 + (uint32_t)(seed * 37 % 500);
    b->raw = seed % 3 == 0;
    sim_start(sim, b, seed);
    for (int i = 0; i < steps; i++)
        sim_step(sim);
    BUILD(b, 1, sim->time, MARK, 0); // time goes on to the end
    trace_builder_end(b, 0);
    struct answer *a = analyse_trace(trace_builder_save(b), NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

static void finish(struct sim_heap *sim, struct trace_builder *b,
                   struct answer *a) {
    answer_free(a);
    sim_free(sim);
    trace_builder_free(b);
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-6;
}

Test(properties, every_part_is_what_brute_force_finds) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        static struct sim_heap sim;
        struct trace_builder b;
        struct answer *a = run(&sim, &b, seed, 300 + (int)seed * 20);
        int64_t parts[PARTS];

        sim_parts(&sim, parts);

        for (int i = 0; i < PARTS; i++)
            cr_expect(eq(u64, a->now.part_bytes[i], (uint64_t)parts[i]),
                      "seed %d: %s", (int)seed, answer_part_name(i));
        cr_expect(eq(u64, a->now.held_bytes, sim_held(&sim)));
        cr_expect(eq(i64, a->now.residual_bytes, 0));
        cr_expect(eq(u64, a->quality.identity_failures, 0));
        cr_expect(eq(u64, a->quality.unresolved, 0));
        cr_expect(a->quality.complete);
        finish(&sim, &b, a);
    }
}

Test(properties, means_over_time_are_what_brute_force_finds) {
    for (uint64_t seed = 100; seed < 120; seed++) {
        static struct sim_heap sim;
        struct trace_builder b;
        struct answer *a = run(&sim, &b, seed, 800);

        double steps = (double)(sim.time - sim.start);
        for (int i = 0; i < PARTS; i++)
            cr_expect(near(a->mean_part_bytes[i], sim.part_steps[i] / steps),
                      "seed %d: %s: %f, expected %f", (int)seed,
                      answer_part_name(i), a->mean_part_bytes[i],
                      sim.part_steps[i] / steps);
        for (size_t i = 0; i < a->site_count; i++) {
            uint64_t site = a->sites[i].where.offset / 0x1000 - 1;
            cr_expect(near(a->sites[i].counts.share_mean,
                           sim.share_steps[site] / steps),
                      "seed %d: site %d", (int)seed, (int)site);
        }
        finish(&sim, &b, a);
    }
}

static unsigned bit_of(const struct answer *a, uint32_t site) {
    return 1u << (a->sites[site].where.offset / 0x1000 - 1);
}

// The lever frees half, and no set without one of it does; when one site is
// enough, it is one.
static void expect_a_smallest_set(const struct sim_heap *sim,
                                  const struct answer *a) {
    uint64_t half = (sim_freed_by(sim, ~0u) + 1) / 2;
    unsigned set = 0;
    for (size_t i = 0; i < a->together_count; i++)
        set |= bit_of(a, a->together[i].site);
    cr_expect(ge(u64, sim_freed_by(sim, set), half));
    for (size_t i = 0; i < a->together_count && a->together_count > 1; i++)
        cr_expect(lt(u64,
                     sim_freed_by(sim, set & ~bit_of(a, a->together[i].site)),
                     half));
    for (size_t i = 0; i < a->site_count; i++)
        cr_expect(a->together_count <= 1 ||
                  sim_freed_by(sim, bit_of(a, (uint32_t)i)) < half);
}

Test(properties, share_alone_and_together_are_what_brute_force_finds) {
    for (uint64_t seed = 200; seed < 240; seed++) {
        static struct sim_heap sim;
        struct trace_builder b;
        struct answer *a = run(&sim, &b, seed, 400 + (int)seed);
        double share[SIM_SITES];
        uint64_t alone[SIM_SITES], sum = 0;
        unsigned set = 0;

        sim_pins(&sim, share, alone);

        for (size_t i = 0; i < a->site_count; i++) {
            const struct answer_counts *c = &a->sites[i].counts;
            uint64_t site = a->sites[i].where.offset / 0x1000 - 1;
            cr_expect(fabs((double)c->share_bytes - share[site]) <= 1.0);
            cr_expect(eq(u64, c->alone_bytes, alone[site]));
            sum += c->share_bytes;
        }
        cr_expect(eq(u64, sum, a->free_block_bytes));
        cr_expect(eq(u64, sim_freed_by(&sim, ~0u), a->free_block_bytes));
        cr_expect(a->quality.pins_conserved);
        for (size_t i = 0; i < a->together_count; i++) {
            set |=
                1u << (a->sites[a->together[i].site].where.offset / 0x1000 - 1);
            cr_expect(eq(u64, a->together[i].bytes, sim_freed_by(&sim, set)));
        }
        expect_a_smallest_set(&sim, a);
        finish(&sim, &b, a);
    }
}

Test(properties, what_keeps_is_all_that_is_held_and_not_used) {
    for (uint64_t seed = 300; seed < 330; seed++) {
        static struct sim_heap sim;
        struct trace_builder b;
        struct answer *a = run(&sim, &b, seed, 300 + (int)seed);
        uint64_t sum = 0;

        for (int i = 0; i < KEEPERS; i++) {
            sum += a->keepers[i].bytes;
            cr_expect(le(u64, a->keepers[i].back_bytes, a->keepers[i].bytes));
        }

        cr_expect(
            eq(u64, sum, a->now.held_bytes - a->now.part_bytes[PART_USED]));
        finish(&sim, &b, a);
    }
}

Test(properties, what_goes_back_is_what_is_not_held_once_all_is_collected) {
    int pages = 0;
    for (uint64_t seed = 400; seed < 410; seed++) {
        static struct sim_heap sim;
        struct trace_builder b;
        struct answer *a = run(&sim, &b, seed, 100 + (int)seed);
        uint64_t back = a->state->beside_frees, before = 0;

        for (int i = 0; i < KEEPERS; i++)
            back += i == KEEPER_BLOCKS ? 0 : a->keepers[i].back_bytes;

        const struct heap *heap = &a->state->now->heap;
        uint64_t held = collected_held(heap, &a->state->way, 0);
        if (a->gives_pages)
            cr_expect(eq(u64, a->now.held_bytes - back, held));
        else
            cr_expect(le(u64, held, a->now.held_bytes - back));
        for (uint64_t more = 0; more < 100; more += 7) {
            uint64_t with = collected_held(heap, &a->state->way, more);
            cr_expect(le(u64, before, with));
            before = with;
        }
        pages += a->gives_pages;
        finish(&sim, &b, a);
    }
    cr_assert(gt(int, pages, 0));
}
