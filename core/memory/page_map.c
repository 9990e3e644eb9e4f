// page_map.c - fulfils page_map.h.
#include "core/memory/page_map.h"

#include "core/memory/bookkeeping.h"

_Atomic(void *) rp_page_map_root[PAGE_MAP_ROOT];

// Nodes that wait for their use. The first ones are static: a program that
// needs no more asks for no bookkeeping.
static struct page_map_node first_nodes[2];
static _Atomic(struct page_map_node *) spare[2] = {&first_nodes[0],
                                                   &first_nodes[1]};

int rp_page_map_prepare(struct page_map_nodes *nodes) {
    for (unsigned i = 0; i < 2; ++i) {
        // acquire [page map]: the node's zeroes.
        nodes->node[i] = swap_acquire(&spare[i], NULL);
        if (nodes->node[i] == NULL)
            nodes->node[i] = rp_bookkeeping_alloc(sizeof *nodes->node[i]);
    }
    if (nodes->node[0] != NULL && nodes->node[1] != NULL)
        return 1;
    rp_page_map_done(nodes);
    return 0;
}

void rp_page_map_done(const struct page_map_nodes *nodes) {
    for (unsigned i = 0; i < 2; ++i) {
        struct page_map_node *none = NULL;
        // release [page map]: the node's zeroes. When another thread has put
        // one there meanwhile, this one is left to bookkeeping.
        if (nodes->node[i] != NULL)
            cas_strong_acq_rel(&spare[i], &none, nodes->node[i]);
    }
}

// The node at a place, which is *made from now on when there is none.
static struct page_map_node *node_at(_Atomic(void *) *place,
                                     struct page_map_node **made) {
    // acquire [page map]: the node's zeroes.
    void *node = load_acquire(place);

    if (node != NULL)
        return node;
    // release [page map]: the node's zeroes.
    if (!cas_strong_acq_rel(place, &node, *made))
        return node;
    node = *made;
    *made = NULL;
    return node;
}

void rp_page_map_set(const void *address, void *what,
                     struct page_map_nodes *nodes) {
    struct page_map_node *leaf = page_map_leaf(address);

    if (leaf == NULL) {
        struct page_map_node *middle =
            node_at(page_map_top(address), &nodes->node[0]);
        leaf = node_at(&middle->entries[page_map_index(address, 1)],
                       &nodes->node[1]);
    }
    // relaxed: told with the block.
    store_relaxed(&leaf->entries[page_map_index(address, 0)],
                  (char *)what + PAGE_MAP_STANDS);
}

void rp_page_map_clear(const void *address, size_t count) {
    const char *at = address;

    for (; count > 0; --count, at += SPAN_BYTES) {
        char *what = page_map_get(at);
        if (what == NULL)
            continue; // not written: the line may be others'
        struct page_map_node *leaf = page_map_leaf(at);
        // release [left]: what we did with it.
        store_release(&leaf->entries[page_map_index(at, 0)], what);
    }
}

void rp_page_map_reset(void) {
    __builtin_memset((void *)rp_page_map_root, 0, sizeof rp_page_map_root);
    __builtin_memset((void *)first_nodes, 0, sizeof first_nodes);
    // relaxed: the caller is alone.
    for (unsigned i = 0; i < 2; ++i)
        store_relaxed(&spare[i], &first_nodes[i]);
}
