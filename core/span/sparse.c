// sparse.c - pages of sparse spans, given back and taken again.
#include "core/span/sparse.h"

#include "core/hook.h"
#include "core/memory/memory.h"
#include "core/memory/surplus.h"
#include "core/os/check.h"
#include "core/os/os.h"
#include "core/span/block_set.h"
#include "core/span/huge_unit.h"

enum { LEAST_BLOCKS = 16, PAGE_LEAST = 4096 };

static size_t page_bytes(void) {
    size_t page = rp_os_page_bytes();

    return page < PAGE_LEAST ? PAGE_LEAST : page;
}

uint32_t rp_sparse_mark(const struct span *span, uint32_t used) {
    uint32_t first = span->capacity / 8;
    uint32_t second = span->capacity / 10;

    if (span->capacity < LEAST_BLOCKS || !rp_memory_is_paged())
        return 0;
    return used > first ? first : used > second ? second : 0;
}

// ---- the queue ----

void rp_sparse_enter(struct sparse_queue *queue, struct span *span) {
    if (span->waiting)
        return;
    span->waiting = (uint16_t)(queue->moves | 1);
    span->later = NULL;
    span->earlier = queue->newest;
    if (queue->newest != NULL)
        queue->newest->later = span;
    else
        queue->oldest = span;
    queue->newest = span;
    ++queue->count;
}

void rp_sparse_leave(struct sparse_queue *queue, struct span *span) {
    if (!span->waiting)
        return;
    span->waiting = 0;
    *(span->earlier != NULL ? &span->earlier->later : &queue->oldest) =
        span->later;
    *(span->later != NULL ? &span->later->earlier : &queue->newest) =
        span->earlier;
    --queue->count;
}

static uint32_t waited(const struct sparse_queue *queue,
                       const struct span *span) {
    return (uint16_t)(queue->moves - span->waiting + 1);
}

// Goes to the end of the queue.
static void wait_again(struct sparse_queue *queue, struct span *span) {
    rp_sparse_leave(queue, span);
    rp_sparse_enter(queue, span);
}

void rp_sparse_move(struct sparse_queue *queue, uint32_t wait,
                    int splits_huge) {
    uint32_t count = queue->count / SPARSE_PART;

    if (count < SPARSE_PART)
        count = SPARSE_PART;
    ++queue->moves;
    for (; count > 0 && queue->oldest != NULL; --count) {
        struct span *span = queue->oldest;
        if (waited(queue, span) < wait)
            break;
        if (!splits_huge && rp_huge_unit_has(span->number)) {
            wait_again(queue, span);
            continue;
        }
        rp_sparse_leave(queue, span);
        rp_surplus_let_go(rp_sparse_release(span));
    }
}

// ---- blocks and pages ----

// The pages that a block overlaps, a bit each.
static uint32_t block_pages(const struct span *span, uint32_t block,
                            size_t page) {
    size_t start = span->start + (size_t)block * span->block_bytes;
    size_t last = start + span->block_bytes - 1;
    unsigned first_page = (unsigned)(start / page);

    return (uint32_t)bit_run(first_page,
                             (unsigned)(last / page) - first_page + 1);
}

int rp_sparse_is_withheld(const struct span *span, uint32_t block) {
    return span->released != 0 &&
           (block_pages(span, block, page_bytes()) & span->released) != 0;
}

// The blocks that overlap a page: first .. end - 1.
static void page_blocks(const struct span *span, unsigned page_index,
                        size_t page, uint32_t *first, uint32_t *end) {
    size_t start = page_index * page - span->start; // not of a header's page
    uint32_t last = block_index(span->reciprocal, (uint32_t)(start + page - 1));

    *first = block_index(span->reciprocal, (uint32_t)start);
    *end = last < span->capacity ? last + 1 : span->capacity;
}

// The first page without a header.
static unsigned first_page(const struct span *span) {
    return span->memory == (const char *)span;
}

// Pages, a bit each, on which only free blocks lie; not a header's.
static uint32_t free_pages(const struct span *span,
                           const struct block_set *free, size_t page) {
    uint32_t pages = 0;

    for (unsigned p = first_page(span); p < SPAN_BYTES / page; ++p) {
        uint32_t block, end;
        page_blocks(span, p, page, &block, &end);
        if ((span->released >> p & 1) != 0 || block >= end)
            continue;
        while (block < end && (block_set_has(free, block) ||
                               rp_sparse_is_withheld(span, block)))
            ++block;
        if (block == end)
            pages |= 1u << p;
    }
    return pages;
}

// Calls act for each run of pages in `pages`; returns those for which it did.
static uint32_t each_run(const struct span *span, uint32_t pages, size_t page,
                         int (*act)(const struct span *span, unsigned first,
                                    unsigned count, size_t page)) {
    uint32_t done = 0;

    while (pages != 0) {
        unsigned first = lowest_bit(pages);
        unsigned count = lowest_bit(~((uint64_t)pages >> first));
        uint32_t run = (uint32_t)bit_run(first, count);
        if (act(span, first, count, page))
            done |= run;
        pages &= ~run;
    }
    return done;
}

static int decommit_run(const struct span *span, unsigned first, unsigned count,
                        size_t page) {
    char *start = span->memory + first * page;

    rp_huge_unit_split_at(span->number);
    if (rp_os_discard(start, count * page) != 0)
        return 0;
    rp_on_span_decommit(span->number, first * page, count * page);
    return 1;
}

static int replay_run(const struct span *span, unsigned first, unsigned count,
                      size_t page) {
    rp_on_span_decommit(span->number, first * page, count * page);
    return 1;
}

int rp_sparse_discard(const struct span *span) {
    size_t page = page_bytes();
    unsigned first = first_page(span);

    return rp_memory_is_paged() && page < SPAN_BYTES &&
           decommit_run(span, first, (unsigned)(SPAN_BYTES / page) - first,
                        page);
}

void rp_sparse_tell_gone(const struct span *span) {
    size_t first = first_page(span) * page_bytes();

    rp_on_span_decommit(span->number, first, SPAN_BYTES - first);
}

void rp_sparse_tell_back(const struct span *span) {
    size_t first = first_page(span) * page_bytes();

    rp_on_span_commit(span->number, first, SPAN_BYTES - first);
}

void rp_sparse_replay(const struct span *span) {
    each_run(span, span->released, page_bytes(), replay_run);
}

// Puts the blocks that are withheld for a page in front of `list`.
static struct block *page_return(struct span *span, unsigned page_index,
                                 struct block *list) {
    uint32_t block, end;

    span->released &= (uint16_t) ~(1u << page_index);
    page_blocks(span, page_index, page_bytes(), &block, &end);
    for (; block < end; ++block) {
        if (rp_sparse_is_withheld(span, block))
            continue;
        span_block(span, block)->next = list;
        list = span_block(span, block);
        ++span->carved;
    }
    return list;
}

size_t rp_sparse_release(struct span *span) {
    size_t page = page_bytes();
    struct block_set free;

    block_set_clear(&free);
    block_set_add_list(&free, span, span->free);
    uint32_t pages = free_pages(span, &free, page);
    if (pages == 0)
        return 0;

    // First out of the list, then away.
    struct block *list = NULL;
    uint32_t withheld = 0;
    for (uint32_t i = span->capacity; i-- > 0;) {
        if (!block_set_has(&free, i))
            continue;
        if ((block_pages(span, i, page) & pages) != 0) {
            ++withheld;
            continue;
        }
        span_block(span, i)->next = list;
        list = span_block(span, i);
    }
    span->free = list;
    span->carved -= withheld;
    span->released |= (uint16_t)pages;
    // Pages that the system did not take back, as locked ones, stay in use.
    uint32_t gone = each_run(span, pages, page, decommit_run);
    for (uint32_t kept = pages & ~gone; kept != 0; kept &= kept - 1)
        span->free = page_return(span, lowest_bit(kept), span->free);
    return count_bits(gone) * page;
}

struct block *rp_sparse_restore(struct span *span) {
    size_t page = page_bytes();
    uint32_t carved = span->carved;
    struct block *list = NULL;

    while (list == NULL && span->released != 0) {
        unsigned p = lowest_bit(span->released);
        rp_on_span_commit(span->number, p * page, page);
        rp_surplus_missed(page);
        list = page_return(span, p, list);
    }
    span->used += span->carved - carved;
    return list;
}

void rp_sparse_forget(struct span *span) {
    size_t page = page_bytes();

    while (span->released != 0) {
        unsigned p = lowest_bit(span->released);
        rp_on_span_commit(span->number, p * page, page);
        span->released &= (uint16_t) ~(1u << p);
    }
}
