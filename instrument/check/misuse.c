// misuse.c - see misuse.h.
#include "instrument/check/misuse.h"

#include "instrument/check/report.h"
#include "instrument/check/whole.h"
#include "instrument/options/checking.h"

#include <string.h>

// ---- pointers ----

static void tell_pointer(const void *pointer, const char *call, uint32_t now,
                         const struct rp_check_found *found, const char *what,
                         const char *detail, const char *advice) {
    rp_report(&(struct rp_finding){
        .kind = RP_CHECK_FREE,
        .what = what,
        .detail = detail,
        .advice = advice,
        .call = call,
        .address = pointer,
        .found = *found,
        .now = now,
        .is_freed = found->block != NULL &&
                    rp_word_state(load_relaxed(&found->block->word)) >
                        RP_BLOCK_LIVE, // relaxed: a look
    });
}

void rp_misuse_pointer(const void *pointer, const char *call, bool is_free,
                       uint32_t now) {
    static const char again[] =
        "one of the two must not free it; a pointer that is set to NULL when "
        "its block is freed shows which";
    static const char gone[] =
        "rpmalloc_heap_free_all frees all blocks of a heap; leave this one to "
        "it, or free it before";
    static const char start[] =
        "give back the pointer that the allocation returned";
    struct rp_check_found found = rp_table_search(pointer);
    uintptr_t at = (uintptr_t)pointer;

    if (found.block != NULL) {
        uint64_t word = load_relaxed(&found.block->word); // relaxed: a look
        enum rp_check_state state = rp_word_state(word);
        if (state == RP_BLOCK_GONE && at == found.pointer) {
            tell_pointer(pointer, call, now, &found,
                         is_free ? "free after its heap was freed,"
                                 : "use after its heap was freed,",
                         NULL, gone);
            return;
        }
        if (state > RP_BLOCK_LIVE && at == found.pointer) {
            tell_pointer(pointer, call, now, &found,
                         is_free ? "double free" : "use after free", NULL,
                         again);
            return;
        }
        if (state != RP_BLOCK_NONE) {
            const char *what = state == RP_BLOCK_LIVE
                                   ? "pointer into the middle"
                                   : "pointer into the middle, after free,";
            tell_pointer(pointer, call, now, &found, what, NULL, start);
            return;
        }
    }
    found = (struct rp_check_found){0};
    tell_pointer(pointer, call, now, &found, "pointer to no block",
                 at % 16 != 0 ? "no block begins at an odd address" : NULL,
                 "only what malloc, new and their like returned can be freed");
}

// ---- what was written where nobody may ----

// Tells it, and makes it good, so that it is told once.
static void tell_damage(const struct rp_check_found *found, const char *call,
                        uint32_t now, enum rp_check_kind kind, const char *what,
                        const char *advice, uint8_t *at, size_t bytes,
                        uint8_t fill, bool is_freed) {
    rp_report(&(struct rp_finding){
        .kind = kind,
        .what = what,
        .advice = advice,
        .call = call,
        .address = (const void *)found->pointer,
        .found = *found,
        .damage = at,
        .damage_bytes = bytes,
        .fill = fill,
        .is_freed = is_freed,
        .now = now,
    });
    memset(at, fill, bytes);
}

void rp_misuse_guards(const struct rp_check_found *found, const char *call,
                      uint32_t now, bool is_freed) {
    static const char advice[] =
        "look where its bytes are written, by the code that has it";
    size_t size = rp_word_size(load_relaxed(&found->block->word));
    size_t front_bytes = rp_whole_front(found);
    uint8_t *front = (uint8_t *)found->pointer - front_bytes;
    uint8_t *rear = (uint8_t *)found->pointer + size;
    size_t rear_bytes = rp_whole_rear(found, size);

    if (!rp_guard_is_whole(front, front_bytes, RP_FILL_GUARD))
        tell_damage(found, call, now, RP_CHECK_GUARDS, "write before the start",
                    advice, front, front_bytes, RP_FILL_GUARD, is_freed);
    if (!rp_guard_is_whole(rear, rear_bytes, RP_FILL_GUARD))
        tell_damage(found, call, now, RP_CHECK_GUARDS, "write past the end",
                    advice, rear, rear_bytes, RP_FILL_GUARD, is_freed);
}

void rp_misuse_freed(const struct rp_check_found *found, const char *call,
                     uint32_t now) {
    size_t size = rp_word_size(load_relaxed(&found->block->word));
    uint8_t *at = (uint8_t *)found->pointer;
    size_t bytes = rp_whole_filled(size);

    if (!rp_whole_freed(found, size, false))
        tell_damage(found, call, now, RP_CHECK_POISON, "write after free",
                    "somebody kept a pointer to it", at, bytes, RP_FILL_FREED,
                    true);
    if (rp_checking_has(RP_CHECK_GUARDS))
        rp_misuse_guards(found, call, now, true);
}

// ---- how it is given back ----

static const char *wrong_family(enum rp_family made, enum rp_family freed) {
    if (made == freed || made == RP_FAMILY_ANY || freed == RP_FAMILY_ANY)
        return NULL;
    switch (freed) {
    case RP_FAMILY_MALLOC:
        return "what new made is not for free; delete calls destructors first";
    case RP_FAMILY_NEW:
        return made == RP_FAMILY_NEW_ARRAY
                   ? "what new[] made is for delete[]"
                   : "what malloc made is for free, and not for delete";
    default:
        return made == RP_FAMILY_NEW
                   ? "what new made is for delete, not for delete[]"
                   : "what malloc made is for free, and not for delete[]";
    }
}

void rp_misuse_match(const struct rp_check_found *found,
                     const struct rp_return *how, uint32_t now) {
    uint64_t word = load_relaxed(&found->block->word); // relaxed: a look
    const char *detail = wrong_family(rp_word_family(word), how->family);
    const char *what = "mismatched free";

    if (detail == NULL && how->size != RP_UNSAID &&
        how->size != rp_word_size(word)) {
        what = "mismatched size at the free";
        detail = how->size > rp_word_size(word) ? "a larger size is said"
                                                : "a smaller size is said";
    }
    if (detail == NULL && how->alignment != 0 &&
        how->alignment != rp_word_alignment(word) &&
        (how->alignment > 16 || rp_word_alignment(word) > 16)) {
        what = "mismatched alignment at the free";
        detail = "see the block's above";
    }
    if (detail == NULL)
        return;
    rp_report(&(struct rp_finding){
        .kind = RP_CHECK_MATCH,
        .what = what,
        .detail = detail,
        .advice = "is it the type that was made? A destructor that is not "
                  "virtual makes it another",
        .call = how->call,
        .address = (const void *)found->pointer,
        .found = *found,
        .now = now,
    });
}

// ---- the rest ----

void rp_misuse_no_alloc(const struct rp_request *request, uint32_t now) {
    static const char *const calls[] = {
        [RP_ALLOC_MALLOC] = "malloc",
        [RP_ALLOC_CALLOC] = "calloc",
        [RP_ALLOC_ALIGNED] = "an aligned allocation",
        [RP_ALLOC_REALLOC] = "realloc",
    };

    rp_report(&(struct rp_finding){
        .kind = RP_CHECK_NO_ALLOC,
        .what = "allocation where none may be",
        .advice = "take the memory before rpmalloc_no_alloc_begin",
        .call = calls[request->kind],
        .now = now,
    });
}

void rp_misuse_span(const struct rp_check_found *found, const char *call,
                    uint32_t now) {
    rp_report(&(struct rp_finding){
        .kind = RP_CHECK_SPANS,
        .what = "the allocator's own state was overwritten, at the span",
        .advice = "something writes far from its blocks; guards and pages see "
                  "nearer ones",
        .call = call,
        .address = (const void *)found->pointer,
        .found = *found,
        .now = now,
    });
}
