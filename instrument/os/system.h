// system.h - what the recorder needs of a system, beyond core/os/os.h.
//
// Every function leaves errno alone, allocates nothing through malloc and
// works in a signal handler. Those that return int return 0 or an errno value
// and touch their result only when they return 0.
#ifndef RP_INSTRUMENT_OS_SYSTEM_H
#define RP_INSTRUMENT_OS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What becomes of a mapping when the process forks.
enum rp_mapping {
    RP_MAP_OWN,    // the child does not have it
    RP_MAP_WIPED,  // the child finds it zeroed
    RP_MAP_SHARED, // the child does not have it
    RP_MAP_KEPT,   // the child has it, too
};

// `bytes` zeroed bytes, rounded up to pages; NULL when there are none.
void *rp_system_map(size_t bytes, enum rp_mapping kind);
void rp_system_unmap(void *address, size_t bytes);
// Whole pages of this library's own memory: the child finds them zeroed, too.
// false: it finds them as they are.
bool rp_system_wipe(void *address, size_t bytes);
// How much of [start, end), both at the start of a page, can be read without a
// gap from `start` on, whoever has mapped it.
uint64_t rp_system_readable(uint64_t start, uint64_t end);

// An address in the outermost page of the calling thread's own stack, which is
// there as long as the thread; 0: not known.
uint64_t rp_system_stack_end(void);

uint32_t rp_system_process(void);
uint32_t rp_system_thread(void);
uint32_t rp_system_user(void);
// Whether there is a process with that id, or a thread of that process.
bool rp_system_process_lives(uint32_t process);
bool rp_system_thread_lives(uint32_t process, uint32_t thread);
// How many threads the process has now; 0: that cannot be told.
uint32_t rp_system_threads(void);
// A descriptor by which to learn of a process' death; -1: the system has none.
// And whether it has died; watch: that descriptor, or -1.
int rp_system_watch(uint32_t process);
bool rp_system_has_died(uint32_t process, int watch);
// Whether this thread has given up the right to make some system calls: those
// that it can do without might end the process.
bool rp_system_is_confined(void);
// The name of a thread of some process: at most 15 bytes and a NUL. Only
// thread 0, the caller itself, needs no file descriptor.
void rp_system_thread_name(uint32_t process, uint32_t thread, char name[16]);

// Which signals the calling thread lets wait, a bit each; returns the last
// ones.
uint64_t rp_system_block(uint64_t signals);

// Sleeps while *word is `expected`, until woken or `ns` have passed. May
// return early.
void rp_system_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t ns);
void rp_system_wake(_Atomic uint32_t *word);

uint64_t rp_system_random(void); // never 0

// Memory that several processes have in common, as a file.
//
// Makes the file, for this user only; it may be read and written. EEXIST: there
// is one already. And opens one.
int rp_system_share(const char *path, uint64_t bytes, int *file);
// The same without a name. It is sealed: nobody can make it smaller, so that
// whoever has mapped it can touch it.
int rp_system_share_unnamed(uint64_t bytes, int *file);
bool rp_system_is_sealed(int file);
// Opens one, not through a symbolic link and without waiting. EPERM: it is not
// a regular file of this user's alone, with one name.
int rp_system_share_again(const char *path, int *file);
// The same by its name in a folder that is open; folder: see below.
int rp_system_share_in(int folder, const char *name, int *file);
// Opens a folder, not through a symbolic link. own: EPERM unless it is this
// user's and nobody else may write into it.
int rp_system_open_folder(const char *path, bool own, int *folder);
// Removes the name of a file that is open; nothing, if by now that is the name
// of another one.
void rp_system_remove(const char *path, int file);
void rp_system_remove_in(int folder, const char *name, int file);
// Holds the file, together with others or alone, as long as this descriptor is
// open or what was mapped through it is. So it tells who lives, also across
// namespaces of processes. false: others hold it in a way that forbids it. A
// system that cannot tell says true.
bool rp_system_hold(int file, bool alone);
// Makes the file larger; the new bytes are zero.
int rp_system_grow(int file, uint64_t bytes);
// Maps `room` bytes of addresses; beyond the end of the file they must not be
// touched. kind: RP_MAP_SHARED, or RP_MAP_KEPT for a child to have it, too.
void *rp_system_map_file(int file, size_t room, enum rp_mapping kind);
// Whether memory for these zeroed pages could be had now. Without it, to touch
// them could end the process. A system that cannot tell says true: there, what
// the file is to hold is reserved first (rp_system_reserve).
bool rp_system_populate(void *address, size_t bytes);
bool rp_system_can_populate(void);
// Gives back what these bytes of the file take of the disk.
void rp_system_punch(int file, uint64_t offset, uint64_t bytes);
// Makes a folder for this user only; false: there is none that is safe to use.
bool rp_system_private_folder(const char *path);
void rp_system_unlink(const char *path);
uint64_t rp_system_file_bytes(int file); // 0: it cannot be told
// How many bytes there still is room for in the file's file system.
uint64_t rp_system_free_bytes(int file);

// Files. Writing writes everything or fails. A created file is empty and locked
// as long as it is open. EEXIST: there is one, and `replace` is false; EBUSY:
// there is one that another process holds in this way.
int rp_system_create(const char *path, bool replace, int *file);
// Opens a trace to go on with it, at its end, locked as above. EBUSY: a living
// process is writing it.
int rp_system_go_on(const char *path, uint64_t *bytes, int *file);
int rp_system_write(int file, const void *data, size_t bytes);
// For a process of our own: to write beyond the limit on files sends it no
// signal from now on, so that none need be held back with each write.
void rp_system_ignore_limit(void);
int rp_system_write_at(int file, const void *data, size_t bytes,
                       uint64_t offset);
int rp_system_truncate(int file, uint64_t bytes); // and goes to the new end
// Makes sure that so many bytes can be written from `offset` on, where the file
// system can promise it; its size stays. ENOSPC, EDQUOT, EFBIG: they cannot.
int rp_system_reserve(int file, uint64_t offset, uint64_t bytes);
void rp_system_close(int file);
// As much as there is from `offset` on, up to `bytes`; returns how much.
size_t rp_system_read_at(int file, void *data, size_t bytes, uint64_t offset);
// As much of the file as there is room for; returns how much.
size_t rp_system_read_file(const char *path, void *data, size_t room);
// Opens a file of the system's to be read from.
int rp_system_open(const char *path, int *file);
// The folder in which the process is, or an empty string.
void rp_system_folder(char *path, size_t room);
// The target of a symbolic link, or an empty string.
void rp_system_link(const char *path, char *target, size_t room);

// What an errno value means, in words that nobody frees; NULL: it is none.
const char *rp_system_reason(int error);

// Writes a line to the program's stderr; also where the caller has no stderr
// of its own, see rp_spawn.
void rp_system_say(const char *line);

// The environment, also before the C library has set it up; NULL: not set.
// Empty when the program runs with more rights than its caller.
const char *rp_system_environment(const char *name);
// Whether it does: a set-user-id program, one with capabilities.
bool rp_system_is_privileged(void);

// One line about the system: name, release, machine.
void rp_system_describe(char *text, size_t room);

#endif
