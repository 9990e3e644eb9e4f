// ring_file.h - a file of rings with something of everything, to be spoilt.
#ifndef RP_FUZZ_RING_FILE_H
#define RP_FUZZ_RING_FILE_H

#include <stddef.h>
#include <stdint.h>

// No system has a process of that number.
enum { RING_FILE_PROCESS = 4999999, RING_FILE_ID = 0x1234 };

// The parts of it that input may spoil.
enum ring_file_part {
    RING_FILE_HEAD,  // struct rp_shared
    RING_FILE_RING,  // a ring of all events, and its head
    RING_FILE_SPILL, // a ring that goes on in a spill
    RING_FILE_STAGE, // of that
    RING_FILE_NAMES, // texts and modules
    RING_FILE_STACKS,
    RING_FILE_PARTS,
};

struct ring_file {
    uint8_t *bytes; // what is in use of it
    size_t used;
    uint64_t size;                    // of the file
    uint64_t start[RING_FILE_PARTS];  // offsets
    uint32_t length[RING_FILE_PARTS]; // bytes
};

// Makes it, in memory, as a process with that id would; its trace is to be
// `trace`. The same each time.
void ring_file_make(struct ring_file *file, const char *trace);

// Its name, in a folder: the rest of the path.
#define RING_FILE_NAME "/.rings.4999999.0000000000001234"

// Writes it there, for this user alone. spoilt: NULL, or what its first bytes
// are instead.
void ring_file_write(const struct ring_file *file, const char *path,
                     const void *spoilt, size_t bytes);

// A folder of our own, with a file of rings whose trace is to be in it, and
// where such files are looked for. Returns its path. All of it goes at the end
// of the program.
const char *ring_file_folder(struct ring_file *file);

#endif
