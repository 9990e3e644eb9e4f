// pages.c - see pages.h.
#include "instrument/check/pages.h"

#include "core/base/bits.h"
#include "core/os/os.h"
#include "instrument/capture/tags.h"
#include "instrument/check/guard.h"
#include "instrument/check/report.h"
#include "instrument/check/site.h"
#include "instrument/check/text.h"
#include "instrument/options/checking.h"
#include "instrument/os/fault.h"
#include "instrument/os/system.h"

#include <string.h>

#if UINTPTR_MAX > UINT32_MAX
#define ADDRESSES ((size_t)1 << 35)
#else
#define ADDRESSES ((size_t)1 << 28)
#endif

enum {
    LIVE_MOST = 16 << 10, // each takes two of the system's mappings
    BYTES_MOST = 1 << 30, // of a block
    ALIGNMENT = 8,        // of a block that ends with its pages, at least
};

static char *base;
static size_t page;
static _Atomic size_t used; // bytes of the addresses
static _Atomic uint32_t live;

bool rp_pages_start(void) {
    page = rp_os_page_bytes();
    base = rp_system_addresses(ADDRESSES);
    if (base == NULL || !rp_table_start_pages((uintptr_t)base, ADDRESSES, page))
        return false;
    rp_site_start();
    rp_system_watch_faults(rp_pages_fault);
    return true;
}

// ---- made ----

// Whether it is one of those that were chosen by their size, tag and site.
static bool is_chosen(struct rp_check_thread *thread, size_t size,
                      struct rp_frame from) {
    const struct rp_page_choice *choice = &rp_checking.pages;

    if (size < choice->least || size > choice->most)
        return false;
    if (choice->tag[0] != 0) {
        const char *tag = rp_tags_current();
        if (tag == NULL || strcmp(tag, choice->tag) != 0)
            return false;
    }
    return choice->site[0] == 0 ||
           rp_site_has(rp_check_thread_stack(thread, from));
}

bool rp_pages_is_turn(struct rp_check_thread *thread, size_t size,
                      struct rp_frame from) {
    if (size > BYTES_MOST || !is_chosen(thread, size, from) ||
        thread->until_pages-- != 0)
        return false;
    thread->until_pages = (uint32_t)rp_checking.pages.every - 1;
    return true;
}

// Addresses for so many bytes, with a page behind them that is never used. The
// page before them is that of the block before, or none yet.
static char *take(size_t bytes) {
    // relaxed: a number
    size_t at = add_relaxed(&used, bytes + page) + page;

    return at + bytes + page <= ADDRESSES ? base + at : NULL;
}

// Where in its pages the block begins.
static size_t place_in(const struct rp_request *request, size_t bytes,
                       bool begins) {
    size_t alignment = request->alignment;

    if (begins)
        return 0;
    if (alignment <= 16) {
        unsigned low = request->size != 0 ? lowest_bit(request->size) : 4;
        alignment = (size_t)1 << (low < 4 ? low : 4);
        if (alignment < ALIGNMENT)
            alignment = ALIGNMENT;
    }
    return round_down(bytes - request->size, alignment);
}

void *rp_pages_make(const struct rp_request *request,
                    struct rp_check_thread *thread, uint32_t stack) {
    size_t size = request->size, bytes = round_up(size + (size == 0), page);
    bool begins = rp_checking.pages.begins ||
                  (rp_checking.pages.every > 1 && (thread->pages++ & 1) != 0);
    size_t alignment = request->alignment > RP_GUARD_LEAST ? request->alignment
                                                           : RP_GUARD_LEAST;
    if (alignment > page)
        return NULL;
    if (add_relaxed(&live, 1) >= LIVE_MOST) { // relaxed: a count
        sub_relaxed(&live, 1);                // relaxed: as above
        return NULL;
    }
    char *start = take(bytes);
    if (start == NULL || !rp_system_open_pages(start, bytes)) {
        sub_relaxed(&live, 1); // relaxed: as above
        return NULL;
    }
    size_t front = place_in(request, bytes, begins);
    struct rp_check_block *block =
        rp_table_place(&(struct rp_place_of_block){.block = start,
                                                   .bytes = bytes,
                                                   .first = start,
                                                   .count = 1,
                                                   .heap = RP_NO_HEAP,
                                                   .is_single = 1},
                       (uint32_t)front, thread->number & UINT16_MAX);
    if (block == NULL)
        return NULL;
    uint8_t *pointer = (uint8_t *)start + front;
    size_t before = front < RP_GUARD_LEAST ? front : RP_GUARD_LEAST;
    size_t rear = bytes - front - size;
    memset(pointer - before, RP_FILL_GUARD, before);
    memset(pointer + size, RP_FILL_GUARD,
           rear < RP_GUARD_MOST ? rear : RP_GUARD_MOST);
    if (request->kind != RP_ALLOC_CALLOC)
        memset(pointer, RP_FILL_NEW, size < RP_FILL_MOST ? size : RP_FILL_MOST);
    const char *tag = rp_tags_current();
    block->made_by = tag != NULL ? rp_check_thread_tagged(stack, tag) : stack;
    block->made_in = (uint16_t)thread->number;
    block->made_at = rp_text_now();
    // release [live]: who frees it sees all of it
    store_release(&block->word, rp_word_of(request, alignment, RP_BLOCK_LIVE));
    return pointer;
}

bool rp_pages_are_around(const void *address) {
    return base != NULL && (uintptr_t)address - (uintptr_t)base < ADDRESSES;
}

// ---- freed ----

void rp_pages_shut(const struct rp_check_found *found) {
    rp_system_shut_pages((void *)found->start, found->span->bytes);
    sub_relaxed(&live, 1); // relaxed: a count
}

// ---- touched ----

// How far an address is from what the program asked for.
static uint64_t away_from(const struct rp_check_found *found,
                          uint64_t address) {
    // relaxed: a look
    uint64_t end =
        found->pointer + rp_word_size(load_relaxed(&found->block->word));

    if (address < found->pointer)
        return found->pointer - address;
    return address >= end ? address - end : 0;
}

// The block that an address is in, or the nearer of the two that it is between.
static struct rp_check_found nearest(uint64_t address) {
    struct rp_check_found found = {0};

    for (struct rp_check_span *span = rp_table_spans(); span != NULL;
         span = span->next) {
        if (!rp_table_is_paged(span) ||
            address >= span->first + span->bytes + page ||
            address + page < span->first)
            continue;
        struct rp_check_found other = {span, &span->blocks[0], span->first,
                                       span->first + span->blocks[0].front};
        if (found.span == NULL ||
            away_from(&other, address) < away_from(&found, address))
            found = other;
    }
    return found;
}

static const char *what_of(const struct rp_check_found *found,
                           const struct rp_fault *fault) {
    static const char *const words[3][2] = {
        {"read after free", "write after free"},
        {"read before the start", "write before the start"},
        {"read past the end", "write past the end"}};
    // relaxed: a look
    uint64_t word = load_relaxed(&found->block->word);
    unsigned which = rp_word_state(word) != RP_BLOCK_LIVE ? 0
                     : fault->address < found->pointer    ? 1
                                                          : 2;
    return words[which][fault->is_write];
}

static const char *distance(const struct rp_check_found *found,
                            uint64_t address, char *text, size_t room) {
    struct rp_line line = rp_line_start(text, room);
    uint64_t end =
        found->pointer + rp_word_size(load_relaxed(&found->block->word));

    rp_text_count(&line,
                  address < found->pointer ? found->pointer - address
                  : address >= end         ? address - end
                                           : address - found->pointer,
                  "byte", "bytes");
    rp_line_text(&line, address < found->pointer ? " before the block"
                        : address >= end ? " behind the end of the block"
                                         : " behind the start of the block");
    return text;
}

bool rp_pages_fault(const struct rp_fault *fault) {
    struct rp_check_thread *thread = rp_check_thread_mine();
    char text[80];

    if (!rp_pages_are_around((const void *)(uintptr_t)fault->address))
        return false;
    struct rp_check_found found = nearest(fault->address);
    if (found.span == NULL)
        return false;
    // As if a call returned behind the instruction.
    struct rp_frame from = {fault->pc + 1, fault->sp, fault->bp};
    uint64_t word = load_relaxed(&found.block->word); // relaxed: a look
    rp_report(&(struct rp_finding){
        .kind = RP_CHECK_PAGES,
        .what = what_of(&found, fault),
        .detail = distance(&found, fault->address, text, sizeof text),
        .advice = "the first frame is where it is done",
        .call = "an access",
        .address = (const void *)(uintptr_t)fault->address,
        .found = found,
        .is_freed = rp_word_state(word) != RP_BLOCK_LIVE,
        .now = thread != NULL && fault->pc != 0
                   ? rp_check_thread_stack(thread, from)
                   : 0,
    });
    // It goes on with memory there.
    return rp_system_open_pages(
        (void *)(uintptr_t)round_down(fault->address, page), page);
}
