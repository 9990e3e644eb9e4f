// map.h - keeps what the unwinder maps out of the program's way.
//
// A program may go by addresses: by those of its blocks, or of what it maps.
// The recorder maps its own memory far away, but libunwind, which is in its
// library, maps where the system likes, and so would move what comes later. So
// the mmap that stands in front puts that aside, too. It tells libunwind from
// core by its flags, and from the program by who calls.
#ifndef RP_INSTRUMENT_VERIFY_MAP_H
#define RP_INSTRUMENT_VERIFY_MAP_H

// Learns where the library behind this one lies, by a function of it. Once.
void rp_map_learn(void *function);

#endif
