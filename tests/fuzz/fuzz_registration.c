// fuzz_registration.c - a drainer whose registration was spoilt by the programs
// that it drains.
//
// A dead process has announced its rings. The input says what becomes of the
// registration before the drainer looks at it, any number of times:
//
//   byte 0     0: of all processes; else the slot, one more
//   byte 1-2   which word there
//   byte 3     how many bytes, and then these
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/atomic.h"
#include "instrument/drain/drainer_process.h"
#include "instrument/shm/registration.h"
#include "tests/fuzz/ring_file.h"
#include "tests/fuzz/seed.h"
#include "viewer/answer/analyse.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ring_file whole;
static const char *folder;
static char rings[128], trace[128];

static void clean(void) {
    char path[400];
    DIR *entries = opendir(folder);

    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(entries);
}

static void leave(void) {
    clean();
    rmdir(folder);
    rmdir(getenv("XDG_RUNTIME_DIR"));
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static char silent[] = "-close_fd_mask=2"; // what the drainer says
    static char *more[64];
    const uint8_t seeds[][8] = {{0, 22, 0, 4, 1},  // root
                                {1, 0, 0, 4, 3},   // its state
                                {1, 2, 0, 1, 'x'}, // its path
                                {2, 0, 0, 4, 2}};  // another slot

    for (unsigned i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        char name[16];
        snprintf(name, sizeof name, "seed-%u", i);
        seed_put(*count, *arguments, name, seeds[i], sizeof *seeds);
    }
    for (int i = 0; i < *count && i < 60; i++)
        more[i + (i > 0)] = (*arguments)[i];
    more[1] = silent;
    *arguments = more;
    ++*count;
    folder = ring_file_folder(&whole);
    atexit(leave);
    snprintf(rings, sizeof rings, "%s" RING_FILE_NAME, folder);
    snprintf(trace, sizeof trace, "%s/fuzz.rptrace", folder);
    return 0;
}

static void spoil(struct rp_registration *registration, const uint8_t *data,
                  size_t size) {
    while (size > 4) {
        size_t bytes = data[3] < size - 4 ? data[3] : size - 4;
        size_t slot = data[0] % (RP_REGISTRATION_SLOTS + 1);
        uint8_t *to = slot == 0 ? (uint8_t *)registration
                                : (uint8_t *)&registration->slots[slot - 1];
        size_t room = slot == 0 ? offsetof(struct rp_registration, slots)
                                : sizeof *registration->slots;
        size_t at = ((size_t)data[1] | (size_t)data[2] << 8) * 4 % room;
        memcpy(to + at, data + 4, bytes < room - at ? bytes : room - at);
        data += 4 + bytes;
        size -= 4 + bytes;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct analyse_options options = {.at = AT_END};
    struct failure failure;
    struct rp_drainer_names names = {.before = ""};
    struct rp_registration *registration =
        aligned_alloc(64, sizeof *registration);
    struct rp_registration_slot *slot = &registration->slots[0];

    memset(registration, 0, sizeof *registration);
    ring_file_write(&whole, rings, NULL, 0);
    slot->process = RING_FILE_PROCESS;
    strcpy(slot->rings, rings);
    store_relaxed(&slot->state, RP_REGISTRATION_ANNOUNCED);
    store_relaxed(&registration->root_ended, 1);
    spoil(registration, data, size);
    store_relaxed(&registration->opener, 0); // or it would wait for that
    rp_drainer_process_run(registration, &names);
    if (access(trace, F_OK) == 0) {
        struct answer *answer = analyse_trace(trace, &options, &failure);
        if (answer == NULL || answer->quality.damaged_blocks != 0 ||
            answer->now.residual_bytes != 0)
            abort();
        answer_free(answer);
    } else if (size < 5) {
        abort(); // nothing was spoilt
    }
    clean();
    free(registration);
    return 0;
}
