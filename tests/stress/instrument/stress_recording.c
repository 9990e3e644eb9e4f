// stress_recording.c - a storm of threads under recording: they come and go
// faster than the drainer looks, hand blocks over, and use small rings. No
// event may be lost, and the trace must end as it should.
#include "instrument/capture/control.h"
#include "instrument/format/crc32c.h"
#include "instrument/format/trace_format.h"

#include "core/base/atomic.h"
#include "core/rpmalloc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum { WAVES = 30, THREADS = 12, STEPS = 400, SHELVES = 64 };

static _Atomic(void *) shelves[SHELVES];

static void expect(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "stress_recording: %s\n", what);
        exit(1);
    }
}

static void *work(void *argument) {
    unsigned dice = (unsigned)(uintptr_t)argument;

    for (int i = 0; i < STEPS; i++) {
        dice = dice * 1664525 + 1013904223;
        void *fresh = rpmalloc(dice >> 8 & (i % 50 == 0 ? 0x3ffff : 0x3ff));
        // acq_rel [shelf]: the block, mine and the other one's
        rpfree(swap_acq_rel(&shelves[dice >> 24 & (SHELVES - 1)], fresh));
        if (i % 100 == 0)
            rpmalloc_mark("now and then");
    }
    rpmalloc_thread_reset();
    return NULL;
}

// Reads the block headers of the trace; returns the last block's payload.
static struct trace_trailer read_trailer(const char *path, uint64_t *events) {
    static char data[64 << 20], raw[1 << 20];
    struct trace_block_header header = {0};
    struct trace_trailer trailer;
    FILE *file = fopen(path, "rb");
    expect(file != NULL, "there is no trace");
    size_t size = fread(data, 1, sizeof data, file);
    size_t at = sizeof(struct trace_file_header);

    fclose(file);
    const char *payload = data;
    for (*events = 0; at + sizeof header <= size;
         at += sizeof header + header.stored_bytes) {
        memcpy(&header, data + at, sizeof header);
        payload = data + at + sizeof header;
        expect(header.magic == TRACE_BLOCK_MAGIC, "a block has no magic");
        expect(rp_crc32c(0, payload, header.stored_bytes) == header.payload_crc,
               "a block has a wrong checksum");
        *events += header.event_count;
    }
    expect(at == size, "the file ends inside a block");
    expect(header.kind == TRACE_TRAILER, "there is no trailer");
    if (header.codec == TRACE_ZSTD) {
        ZSTD_decompress(raw, sizeof raw, payload, header.stored_bytes);
        payload = raw;
    }
    memcpy(&trailer, payload, sizeof trailer);
    return trailer;
}

int main(void) {
    char path[64];
    uint64_t events;

    snprintf(path, sizeof path, "/tmp/rpscope-stress.%d.rptrace", getpid());
    setenv("RPSCOPE_RECORD", "on", 1);
    setenv("RPSCOPE_FILE", path, 1);
    setenv("RPSCOPE_BUFFER", "64K", 1);
    for (uintptr_t wave = 0; wave < WAVES; wave++) {
        pthread_t threads[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, work,
                           (void *)(wave * THREADS + i));
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < SHELVES; i++)
        rpfree(swap_acq_rel(&shelves[i], NULL)); // acq_rel [shelf]: as above
    rp_control_stop();

    struct trace_trailer trailer = read_trailer(path, &events);
    unlink(path);
    expect(trailer.lost_events == 0, "events were lost");
    expect(trailer.events == events, "the trailer counts other events");
    expect(events > WAVES * THREADS * STEPS * 2, "events are missing");
    expect(trailer.in_use_bytes == 0, "blocks are left");
    return 0;
}
