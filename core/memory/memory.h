// memory.h - where memory comes from: the embedder or the system.
#ifndef RP_CORE_MEMORY_MEMORY_H
#define RP_CORE_MEMORY_MEMORY_H

#include "core/rpmalloc.h"

#include <stddef.h>

// Chooses the source. config: NULL or its functions NULL: the functions the
// program was linked with, or else the system. Only while nothing is mapped.
void rp_memory_configure(const struct rpmalloc_config *config);

// Whether the functions of the config, or without one of what the program was
// linked with, go together: both of each pair or none, memory from one source.
int rp_memory_config_is_whole(const struct rpmalloc_config *config);

// `bytes` bytes, or NULL. From the system they start at a multiple of `align`
// (a power of two, at least a page; bytes is then rounded up to pages), from
// the embedder anywhere.
void *rp_memory_map(size_t bytes, size_t align);
// Takes back what rp_memory_map(bytes, ...) returned.
void rp_memory_unmap(void *address, size_t bytes);

// Makes what rp_memory_map returned `to` bytes long, maybe at another multiple
// of `align`, and returns where it is; what it holds may be kept. NULL: it
// cannot be done, and all is as it was.
void *rp_memory_resize(void *address, size_t from, size_t to, size_t align);

// Whether new memory is known to be zero, and single pages may be given back:
// true for the system's memory, false for the embedder's.
int rp_memory_is_paged(void);

// Whether a part of what was mapped may be unmapped by itself, and neighbours
// as one.
int rp_memory_is_divisible(void);

// Whether spans may be given back while their addresses stay; then that, and
// making them ready again, with anything in them. Return 0 or an errno value.
int rp_memory_may_decommit(void);
int rp_memory_decommit(void *address, size_t bytes);
int rp_memory_commit(void *address, size_t bytes);

// Bytes mapped now, and the most ever.
size_t rp_memory_mapped(void);
size_t rp_memory_mapped_peak(void);

#endif
