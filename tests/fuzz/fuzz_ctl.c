// fuzz_ctl.c - rpscope ctl asks how a recording goes whose shared memory was
// spoilt.
//
// The input says what becomes of its head, any number of times:
//
//   byte 0-1   which word
//   byte 2     how many bytes, and then these
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "instrument/shm/shared.h"
#include "tests/fuzz/ring_file.h"
#include "tests/fuzz/seed.h"
#include "viewer/record/ctl.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ring_file whole;
static char rings[128], trace[128];
static int said; // what ctl writes to stdout

static void leave(void) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char folder[64];

    snprintf(folder, sizeof folder, "%s/rpscope", runtime);
    unlink(rings);
    unlink(trace);
    rmdir(folder);
    rmdir(runtime);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    enum { TRACE = offsetof(struct rp_shared, trace) / 4 };
    const uint8_t seed[] = {TRACE & 255, TRACE >> 8, 4, '/', 'x', 27, '['};
    seed_put(*count, *arguments, "trace", seed, sizeof seed);
    const char *folder = ring_file_folder(&whole);
    snprintf(rings, sizeof rings, "%s" RING_FILE_NAME, folder);
    snprintf(trace, sizeof trace, "%s/fuzz.rptrace", folder);
    int file = open(trace, O_RDWR | O_CREAT, 0600);
    // As if somebody wrote it.
    if (file < 0 || flock(file, LOCK_EX) != 0)
        abort();
    said = memfd_create("said", 0);
    if (said < 0 || dup2(said, STDOUT_FILENO) < 0)
        abort();
    atexit(leave);
    return 0;
}

static void spoil(uint8_t *head, size_t room, const uint8_t *data,
                  size_t size) {
    while (size > 3) {
        size_t at = ((size_t)data[0] | (size_t)data[1] << 8) * 4 % room;
        size_t bytes = data[2] < size - 3 ? data[2] : size - 3;
        memcpy(head + at, data + 3, bytes < room - at ? bytes : room - at);
        data += 3 + bytes;
        size -= 3 + bytes;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t head[sizeof(struct rp_shared)];
    static char process[16], status[] = "status", text[1 << 16];
    char *operands[] = {process, status, NULL};
    struct arguments arguments = {.operands = operands, .operand_count = 2};

    memcpy(head, whole.bytes, sizeof head);
    spoil(head, sizeof head, data, size);
    ring_file_write(&whole, rings, head, sizeof head);
    snprintf(process, sizeof process, "%d", RING_FILE_PROCESS);
    ctl_command.run(&arguments);
    fflush(stdout);
    ssize_t bytes = pread(said, text, sizeof text, 0);
    // Nothing that a terminal would act on.
    for (ssize_t i = 0; i < bytes; i++) {
        if ((unsigned char)text[i] < ' ' && text[i] != '\n')
            abort();
    }
    if (ftruncate(said, 0) != 0 || lseek(said, 0, SEEK_SET) != 0)
        abort();
    return 0;
}
