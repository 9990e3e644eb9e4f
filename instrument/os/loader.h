// loader.h - which files are in memory, without the loader's lock.
//
// dl_iterate_phdr takes that lock. In malloc that would be a deadlock with a
// program that holds it, in a callback of the loader, and waits for what the
// caller of malloc holds. A file that has code on a stack stays, and can be
// read as it is. Of others the loader's list is read, while another thread may
// change it: by a system call that copies memory, or says that there is none.
//
// Nothing here takes a lock or allocates; it works in signal handlers.
#ifndef RP_INSTRUMENT_OS_LOADER_H
#define RP_INSTRUMENT_OS_LOADER_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rp_loaded_file {
    // Tell it from every other that is loaded at the time.
    uint64_t map, bias, dynamic;
    char name[4096]; // as the loader has it; the program's is empty
    bool may_go;     // while it is read
};

// The file with the code at that address, of which a frame of the calling
// thread's stack is. false: there is none.
bool rp_loader_find(uint64_t address, struct rp_loaded_file *file);

// Calls `visit` for each file, which it finds in *file. false: these may not be
// all.
bool rp_loader_each(struct rp_loaded_file *file, void (*visit)(void *context),
                    void *context);

// Copies the file's program headers, at most `most`; returns how many; 0: they
// are not to be had.
unsigned rp_loader_parts(const struct rp_loaded_file *file, ElfW(Phdr) * parts,
                         unsigned most);

// Copies from the file's memory; returns how many bytes could be had.
size_t rp_loader_read(const struct rp_loaded_file *file, uint64_t address,
                      void *to, size_t bytes);

#endif
