// pin_causes.c - blocks that stay among blocks that go, and keep their spans or
// segments.
#include "viewer/answer/pin_causes.h"

#include "viewer/answer/cause_list.h"
#include "viewer/answer/state.h"
#include "viewer/base/number.h"

enum {
    SPARSE_FREE_PART = 16,
    NAMED_SITES = 3,  // of a cause of many
    PIN_PER_BYTE = 4, // a pin keeps more than a 4th of its own data
};

static const char *sites_name(struct answer *a,
                              const struct answer_cause *cause) {
    const char *text = answer_site_name(a, cause->sites[0]);
    uint32_t named =
        cause->site_count < NAMED_SITES ? cause->site_count : NAMED_SITES;
    for (uint32_t i = 1; i < named; i++)
        text = state_text(a->state, "%s%s%s", text,
                          i + 1 == cause->site_count ? " and " : ", ",
                          answer_site_name(a, cause->sites[i]));
    if (named < cause->site_count)
        text = state_text(a->state, "%s and %u more", text,
                          cause->site_count - named);
    return text;
}

static const char *heap_code(const struct answer *a) {
    return causes_call_malloc(a)
               ? "// link with -lrpscope-malloc, or preload "
                 "librpscope-malloc.so; then, with rpmalloc.h:\n"
                 "struct rpmalloc_heap *stays = rpmalloc_heap_acquire();\n"
                 "block = rpmalloc_heap_alloc(stays, size); // in place of "
                 "malloc; free works as before\n"
                 "rpmalloc_heap_free_all(stays); // when all of them may go\n"
               : "struct rpmalloc_heap *stays = rpmalloc_heap_acquire();\n"
                 "block = rpmalloc_heap_alloc(stays, size); // in place of "
                 "rpmalloc; rpfree works as before\n"
                 "rpmalloc_heap_free_all(stays); // when all of them may go\n";
}

// ---- for less ----

// What is empty of spans and segments of these blocks once each has moved that
// should. Who has moved all has a 16th of its blocks free at the most
// (core/api/should_move.c), in part of a span more.
static void find_moved(const struct answer *a, const struct pins_lever *of,
                       struct answer_cause *cause) {
    if (!a->gives_pages || causes_call_malloc(a))
        return;
    cause->move_bytes =
        minus(of->held,
              of->own_spans + of->own_spans / SPARSE_FREE_PART + a->span_bytes);
    cause->move_most_bytes =
        minus(of->held + of->segment_unused, of->own_spans);
}

static const char *say_collect(struct answer *a,
                               const struct answer_cause *cause) {
    return state_text(a->state,
                      "Cheaper: %s alone gives back %s, by pages, until "
                      "something is allocated there again.",
                      causes_call_malloc(a) ? "malloc_trim(0)"
                                            : "rpmalloc_thread_collect()",
                      number_iec(cause->collect_bytes).text);
}

static const char move_code[] =
    "// or, for each of them, again and again until none moves:\n"
    "if (rpmalloc_should_move(block)) {\n"
    "    void *moved = rpmalloc(size);\n"
    "    memcpy(moved, block, size);\n"
    "    rpfree(block);\n"
    "    block = moved;\n"
    "}\n"
    "rpmalloc_thread_collect(); // then\n";

static const char *say_move(struct answer *a,
                            const struct answer_cause *cause) {
    return state_text(
        a->state,
        "Without a second heap: ask of each of these blocks, in its thread, "
        "rpmalloc_should_move, and allocate it anew, copy and free it where "
        "that is 1, until it is 0 for all; then collect: between %s and %s go "
        "back.",
        number_iec(cause->move_bytes).text,
        number_iec(cause->move_most_bytes).text);
}

static void add_cheaper(struct answer *a, const struct pins_lever *of,
                        struct answer_cause *cause) {
    cause->collect_bytes = a->keepers[KEEPER_BLOCKS].back_bytes;
    find_moved(a, of, cause);
    const char *collect =
        cause->collect_bytes < CAUSE_LEAST ? NULL : say_collect(a, cause);
    const char *move =
        cause->move_bytes < CAUSE_LEAST ? NULL : say_move(a, cause);
    if (move)
        cause->code = state_text(a->state, "%s%s", cause->code, move_code);
    cause->also = collect && move ? state_text(a->state, "%s %s", collect, move)
                                  : (collect ? collect : move);
}

// True when little of the free bytes in spans would come back if the live
// blocks were packed densely: then nobody's blocks are to blame.
static bool is_dense(const struct answer *a) {
    uint64_t spans = 0;
    for (size_t i = 0; i < a->class_count; i++)
        spans += a->classes[i].compactable_spans;
    return spans * a->span_bytes < a->now.part_bytes[PART_SPAN_FREE] / 4;
}

static void set_sites(struct answer *a, struct answer_cause *cause,
                      const struct pins_lever *of) {
    for (size_t i = 0; i < of->lever.count && i < CAUSE_SITES; i++)
        cause->sites[cause->site_count++] = of->lever.groups[i];
    cause->site = cause->sites[0];
    cause->who = sites_name(a, cause);
    cause->code = heap_code(a);
}

static const char *say_goes_back(struct answer *a,
                                 const struct answer_cause *cause) {
    const char *to = a->from_embedder ? "embedder" : "system";
    return cause->back_bytes > 0
               ? state_text(a->state,
                            "%s go back to the %s once "
                            "rpmalloc_thread_collect is called",
                            number_iec(cause->back_bytes).text, to)
               : state_text(a->state,
                            "nothing goes back to the %s, whose segments go as "
                            "a whole",
                            to);
}

static void say_pins(struct answer *a, struct answer_cause *cause,
                     const struct pins_lever *of, uint64_t frees) {
    const char *blocks =
        state_text(a->state, "%s: %s live block%s (%s)", cause->who,
                   number_count(of->blocks).text, of->blocks == 1 ? "" : "s",
                   number_iec(of->block_bytes).text);
    cause->says =
        of->lever.count == 1
            ? state_text(a->state,
                         "%s, by itself: without them %s of the %s that live "
                         "blocks keep become free for any size.",
                         blocks, number_iec(frees).text,
                         number_iec(of->lever.total).text)
            : state_text(a->state,
                         "%s, together: without all of these %s of the %s that "
                         "live blocks keep become free for any size, without "
                         "the first alone %s%s.",
                         blocks, number_iec(frees).text,
                         number_iec(of->lever.total).text,
                         number_iec(of->lever.bytes[0]).text,
                         of->lever.half ? ""
                                        : "; half of it takes more than 20 "
                                          "call sites");
    cause->cure = state_text(
        a->state,
        "Give these blocks a heap of their own: it takes %s, and %s. What they "
        "hold themselves stays.",
        number_iec(of->own_heap).text, say_goes_back(a, cause));
}

static void add_pins(struct answer *a) {
    const struct pins_lever *of = &a->state->span_lever;
    if (of->lever.count == 0 || is_dense(a))
        return;
    uint64_t frees = of->lever.bytes[of->lever.count - 1];
    uint64_t goes =
        a->gives_pages ? of->held + of->segment_unused : of->segment_held;
    if (frees < CAUSE_LEAST || frees < of->block_bytes / PIN_PER_BYTE)
        return; // it is data, with what is always free beside it
    struct answer_cause *cause = causes_add(
        a, of->lever.count == 1 ? "pin" : "shared pin",
        a->keepers[KEEPER_BLOCKS].bytes, frees, minus(goes, of->own_heap));
    if (!cause)
        return;
    set_sites(a, cause, of);
    if (!a->gives_pages)
        cause->resident_bytes =
            minus(of->segment_held, of->segment_unused + of->own_spans);
    else
        cause->resident_bytes = minus(of->held, of->own_spans);
    say_pins(a, cause, of, frees);
    add_cheaper(a, of, cause);
}

static void add_segments(struct answer *a) {
    const struct pins_lever *of = &a->state->segment_lever;
    const struct answer_keeper *keeper = &a->keepers[KEEPER_SEGMENTS];
    if (of->lever.count == 0 || a->gives_pages || keeper->bytes < CAUSE_LEAST ||
        keeper->bytes < a->keepers[KEEPER_BLOCKS].bytes)
        return;
    struct answer_cause *cause =
        causes_add(a, "segment pin", keeper->bytes, 0,
                   minus(of->segment_held, of->own_heap));
    if (!cause)
        return;
    set_sites(a, cause, of);
    cause->resident_bytes =
        minus(of->segment_held, of->segment_unused + of->own_spans);
    cause->says = state_text(
        a->state,
        "%s: %s live blocks (%s) hold whole segments, %s. Their empty spans "
        "are free for any size; without these blocks %s of segments go "
        "back%s.",
        cause->who, number_count(of->blocks).text,
        number_iec(of->block_bytes).text,
        of->lever.count == 1 ? "by itself" : "together",
        number_iec(of->segment_held).text,
        of->lever.half ? "" : "; half of it takes more than 20 call sites");
    cause->cure = state_text(
        a->state,
        "Give these blocks a heap of their own, which has segments of its own: "
        "it takes %s, and %s.",
        number_iec(of->own_heap).text, say_goes_back(a, cause));
}

void pin_causes_add(struct answer *a) {
    add_pins(a);
    add_segments(a);
}
