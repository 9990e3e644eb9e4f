// only.c - see only.h.
#include "instrument/options/only.h"

#include "instrument/options/options.h"
#include "instrument/os/system.h"

#include <string.h>

enum { NAME_BYTES = 16 }; // of a thread, with the NUL

bool rp_only_has(const char *list, const char *path, bool cut) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t bytes = strlen(name);

    if (*list == 0)
        return true;
    if (bytes == 0)
        return false;
    for (const char *at = list; *at != 0;) {
        size_t length = strcspn(at, ",");
        size_t compared =
            cut && length > NAME_BYTES - 1 ? NAME_BYTES - 1 : length;
        if (compared == bytes && memcmp(at, name, bytes) == 0)
            return true;
        at += length + (at[length] != 0);
    }
    return false;
}

bool rp_only_has_me(const char *list) {
    char path[RP_PATH_BYTES], thread[NAME_BYTES] = {0};

    if (*list == 0)
        return true;
    rp_system_link("/proc/self/exe", path, sizeof path);
    if (rp_only_has(list, path, false))
        return true;
    size_t bytes =
        rp_system_read_file("/proc/self/cmdline", path, sizeof path - 1);
    path[bytes] = 0;
    if (rp_only_has(list, path, false))
        return true;
    rp_system_thread_name(0, 0, thread);
    return rp_only_has(list, thread, true);
}
