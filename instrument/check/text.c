// text.c - see text.h.
#include "instrument/check/text.h"

#include "instrument/check/guard.h"
#include "instrument/check/thread.h"
#include "instrument/os/clock.h"

enum { FRAMES = 64, WINDOW = 32 };

static uint64_t start_ticks, start_ns;

void rp_text_start(void) {
    rp_clock_start();
    start_ticks = rp_clock_now();
    start_ns = rp_clock_monotonic();
}

void rp_text_hex(struct rp_line *line, uint64_t value) {
    char digits[18];
    size_t first = sizeof digits;

    do
        digits[--first] = "0123456789abcdef"[value & 15];
    while ((value >>= 4) != 0);
    digits[--first] = 'x';
    digits[--first] = '0';
    rp_line_bytes(line, digits + first, sizeof digits - first);
}

void rp_text_count(struct rp_line *line, uint64_t count, const char *one,
                   const char *more) {
    rp_line_number(line, count);
    rp_line_text(line, " ");
    rp_line_text(line, count == 1 ? one : more);
}

void rp_text_ago(struct rp_line *line, uint32_t at) {
    uint64_t ticks = rp_clock_now(), ns = rp_clock_monotonic();
    uint64_t passed = (uint64_t)(uint32_t)((ticks >> RP_TEXT_TIME_SHIFT) - at)
                      << RP_TEXT_TIME_SHIFT;
    uint64_t ticks_ever = ticks - start_ticks, ns_ever = ns - start_ns;
    // In two steps, since the product of both may have more than 64 bits.
    uint64_t us = ticks_ever == 0
                      ? 0
                      : (uint64_t)((double)passed * (double)ns_ever /
                                   (double)ticks_ever / 1000);
    char digits[4] = {0};

    rp_line_number(line, us / 1000000);
    rp_line_text(line, ".");
    for (unsigned i = 0, part = (unsigned)(us / 1000 % 1000); i < 3; i++)
        digits[2 - i] = (char)('0' + part % 10), part /= 10;
    rp_line_text(line, digits);
    rp_line_text(line, " s before");
}

void rp_text_thread(struct rp_line *line, uint32_t number) {
    const struct rp_check_thread *thread = rp_check_thread_find(number);

    if (thread == NULL) {
        rp_line_text(line, "by a thread that is not known");
        return;
    }
    rp_line_text(line, "by thread ");
    rp_line_number(line, thread->id);
    rp_line_text(line, " (");
    rp_line_text(line, thread->name);
    rp_line_text(line, ")");
}

void rp_text_block(struct rp_line *line, const struct rp_check_found *found) {
    static const char *const families[] = {
        [RP_FAMILY_MALLOC] = "malloc",
        [RP_FAMILY_NEW] = "new",
        [RP_FAMILY_NEW_ARRAY] = "new[]",
        [RP_FAMILY_ANY] = "new",
    };
    uint64_t word = load_relaxed(&found->block->word); // relaxed: a look
    const char *tag = rp_check_thread_tag(found->block->made_by);

    rp_text_hex(line, found->pointer);
    rp_line_text(line, ", ");
    rp_text_count(line, rp_word_size(word), "byte", "bytes");
    rp_line_text(line, " by ");
    rp_line_text(line, families[rp_word_family(word)]);
    if (tag != NULL) {
        rp_line_text(line, ", of tag \"");
        rp_line_text(line, tag);
        rp_line_text(line, "\"");
    }
    if (rp_word_alignment(word) > 16) {
        rp_line_text(line, ", aligned to ");
        rp_line_number(line, rp_word_alignment(word));
    }
    rp_line_text(line, "; ");
    if (found->span->is_single) {
        rp_line_text(line, "with memory of its own, ");
    } else {
        rp_line_text(line, "block ");
        rp_line_number(line, (uint64_t)(found->block - found->span->blocks));
        rp_line_text(line, " of span ");
        rp_line_number(line, found->span->span);
        rp_line_text(line, ", ");
    }
    rp_text_count(line, found->span->bytes, "byte", "bytes");
    rp_line_text(line, " with what is around it");
}

static void add_bytes(struct rp_line *line, const uint8_t *at, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        char text[4] = {i == 0 ? ' ' : ' ', "0123456789abcdef"[at[i] >> 4],
                        "0123456789abcdef"[at[i] & 15], 0};
        rp_line_text(line, text);
    }
}

void rp_text_damage(struct rp_line *line, const struct rp_finding *f) {
    size_t first = rp_guard_intact(f->damage, f->damage_bytes, f->fill);
    size_t end = rp_guard_damage_end(f->damage, f->damage_bytes, f->fill);
    uintptr_t at = (uintptr_t)f->damage + first;
    size_t size = rp_word_size(load_relaxed(&f->found.block->word));
    size_t shown = end - first < WINDOW ? end - first : WINDOW;

    rp_line_text(line, "  damage     ");
    rp_text_count(line, end - first, "byte", "bytes");
    rp_line_text(line, " from ");
    rp_text_hex(line, at);
    rp_line_text(line, " on, ");
    if (at < f->found.pointer) {
        rp_line_number(line, f->found.pointer - at);
        rp_line_text(line, " before the block");
    } else if (at >= f->found.pointer + size) {
        rp_line_number(line, at - f->found.pointer - size);
        rp_line_text(line, " behind the end of the block");
    } else {
        rp_line_number(line, at - f->found.pointer);
        rp_line_text(line, " behind the start of the block");
    }
    rp_line_text(line, "; what was ");
    add_bytes(line, &f->fill, 1);
    rp_line_text(line, " is\n            ");
    add_bytes(line, f->damage + first, shown);
    rp_line_text(line, shown < end - first ? " ...\n" : "\n");
}

void rp_text_place(struct rp_line *line, const struct rp_places *places,
                   uint64_t address) {
    struct rp_mapped place;
    uint64_t own;

    if (rp_places_in_file(places, address, &place, &own)) {
        rp_line_text(line, "in the data of ");
        rp_line_bytes(line, place.name, place.name_bytes);
        rp_line_text(line, "+");
        rp_text_hex(line, own);
        return;
    }
    if (!rp_places_find(places, address, &place)) {
        rp_line_text(line, "where no memory is");
        return;
    }
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (here >= place.start && here < place.end)
        rp_line_text(line, "on the stack of this thread");
    else if (place.name_bytes != 0) {
        rp_line_text(line, "in ");
        rp_line_bytes(line, place.name, place.name_bytes);
    } else
        rp_line_text(line, "in memory that is not this allocator's, or where "
                           "it has no block");
}

void rp_text_stack(struct rp_line *line, const struct rp_places *places,
                   uint32_t stack) {
    uint64_t frames[FRAMES], own;
    struct rp_mapped place;
    unsigned count = rp_check_thread_frames(stack, frames, FRAMES);

    if (count == 0)
        rp_line_text(line, "    (no stack)\n");
    for (unsigned i = 0; i < count; i++) {
        rp_line_text(line, "    #");
        rp_line_number(line, i);
        rp_line_text(line, " ");
        rp_text_hex(line, frames[i]);
        // The call is before the address that it returns to.
        if (rp_places_in_file(places, frames[i] - 1, &place, &own)) {
            rp_line_text(line, " (");
            rp_line_bytes(line, place.name, place.name_bytes);
            rp_line_text(line, "+");
            rp_text_hex(line, own + 1);
            rp_line_text(line, ")");
        }
        rp_line_text(line, "\n");
    }
}
