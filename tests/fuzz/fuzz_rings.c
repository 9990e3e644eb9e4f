// fuzz_rings.c - finishes the traces of processes that were killed, whose rings
// were spoilt.
//
// The input is not the file, nearly all of which would be left alone: it says
// what becomes of a whole one.
//
//   byte 0     bits: whether the trace has begun, whether there is a spill,
//              whether the recording is paused
//   then, any number of times:
//     byte 0   which part (enum ring_file_part; beyond: the trace)
//     byte 1-2 where in it
//     byte 3   how many bytes, and then these
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "instrument/drain/recovery.h"
#include "instrument/os/clock.h"
#include "instrument/shm/spill.h"
#include "tests/fuzz/ring_file.h"
#include "tests/fuzz/seed.h"
#include "viewer/answer/analyse.h"

enum { BEGUN = 1, SPILLED = 2, PAUSED = 4, MOST = 16 << 20 };

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ring_file whole, spoilt;
static uint8_t *begun; // what a trace of it has when its recorder is killed
static size_t begun_bytes;

// An input for each part.
static void make_corpus(int count, char **arguments) {
    for (uint8_t part = 0; part <= RING_FILE_PARTS; part++) {
        const uint8_t bytes[] = {part, part, 0, 0, 1, 1};
        char name[16];
        snprintf(name, sizeof name, "part-%u", part);
        seed_put(count, arguments, name, bytes, part == 0 ? 1 : sizeof bytes);
    }
}

static int make_file(const void *bytes, size_t used, uint64_t size) {
    int file = memfd_create("fuzz", 0);

    if (file < 0 || ftruncate(file, (off_t)size) != 0 ||
        pwrite(file, bytes, used, 0) != (ssize_t)used)
        abort();
    return file;
}

// Rescues what is spoilt into a trace with these bytes; returns the file, or -1
// when it cannot be.
static int rescue(const uint8_t *trace, size_t bytes, bool spills) {
    struct rp_recovered recovered;
    struct rp_recovery files = {
        .rings = make_file(spoilt.bytes, spoilt.used, spoilt.size),
        .trace = make_file(trace, bytes, bytes),
        .spill =
            spills ? make_file("", 0, RP_SPILL_REGIONS * RP_SPILL_LEAST) : -1,
        .bytes = bytes,
        .most = MOST,
        .path = "/nowhere/fuzz.rptrace"};
    int error = rp_recovery_map(&files);

    if (error == 0)
        error = rp_recovery_rescue(&files, &recovered);
    close(files.rings);
    if (files.spill >= 0)
        close(files.spill);
    if (error == 0)
        return files.trace;
    close(files.trace);
    return -1;
}

// All but the end of what is made of the whole file.
static void begin_trace(void) {
    struct trace_block_header block;

    memcpy(spoilt.bytes, whole.bytes, whole.used);
    int file = rescue(NULL, 0, true);
    off_t size = file >= 0 ? lseek(file, 0, SEEK_END) : 0;
    begun = malloc((size_t)size + 1);
    if (begun == NULL || size <= (off_t)sizeof(struct trace_file_header) ||
        pread(file, begun, (size_t)size, 0) != size)
        abort();
    begun_bytes = sizeof(struct trace_file_header);
    do {
        memcpy(&block, begun + begun_bytes, sizeof block);
        if (block.kind != TRACE_TRAILER)
            begun_bytes += sizeof block + block.stored_bytes;
    } while (block.kind != TRACE_TRAILER);
    close(file);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static char silent[] = "-close_fd_mask=2"; // what the drainer says
    static char *more[64];

    make_corpus(*count, *arguments);
    for (int i = 0; i < *count && i < 60; i++)
        more[i + (i > 0)] = (*arguments)[i];
    more[1] = silent;
    *arguments = more;
    ++*count;
    ring_file_make(&whole, "/nowhere/fuzz.rptrace");
    spoilt = whole;
    spoilt.bytes = malloc(whole.used);
    if (spoilt.bytes == NULL)
        abort();
    begin_trace();
    return 0;
}

// Makes what the input says of the file and of the beginning of the trace.
static void spoil(uint8_t *trace, const uint8_t *data, size_t size) {
    memcpy(spoilt.bytes, whole.bytes, whole.used);
    memcpy(trace, begun, begun_bytes);
    while (size > 4) {
        unsigned part = data[0] % (RING_FILE_PARTS + 1);
        size_t bytes = data[3] < size - 4 ? data[3] : size - 4;
        size_t room =
            part == RING_FILE_PARTS ? begun_bytes : whole.length[part];
        // Words are what is there; the head is long.
        size_t at = ((size_t)data[1] | (size_t)data[2] << 8) * 4 % room;
        uint8_t *to = part == RING_FILE_PARTS
                          ? trace + at
                          : spoilt.bytes + whole.start[part] + at;
        if (bytes > room - at)
            bytes = room - at;
        memcpy(to, data + 4, bytes);
        data += 4 + bytes;
        size -= 4 + bytes;
    }
}

// What was rescued is a whole trace, and its sums are right.
static void check(int trace, bool was_whole) {
    struct analyse_options options = {.at = AT_END};
    struct failure failure;
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", trace);
    struct answer *answer = analyse_trace(path, &options, &failure);
    if (answer == NULL || (was_whole && answer->quality.damaged_blocks != 0) ||
        answer->now.residual_bytes != 0 ||
        answer->quality.identity_failures != 0)
        abort();
    answer_free(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t trace[1 << 16];
    uint8_t flags = size > 0 ? data[0] : 0;
    uint32_t paused = (flags & PAUSED) != 0;

    if (begun_bytes > sizeof trace)
        abort();
    spoil(trace, data + (size > 0), size - (size > 0));
    if (paused != 0)
        memcpy(spoilt.bytes + offsetof(struct rp_shared, paused), &paused,
               sizeof paused);
    int file = rescue(trace, (flags & BEGUN) != 0 ? begun_bytes : 0,
                      (flags & SPILLED) != 0);
    if (file >= 0) {
        check(file, memcmp(trace, begun, begun_bytes) == 0);
        close(file);
    }
    return 0;
}
