// linux_rights.c - fulfils rights.h.
#include "instrument/os/rights.h"

#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

enum { STATUS_BYTES = 16 << 10, GROUPS_MOST = 256 };

struct rights {
    uint32_t users[3], groups[3]; // real, effective, saved
    uint32_t others[GROUPS_MOST]; // supplementary groups
    size_t other_count;
    struct __user_cap_data_struct power[2];
};

// ---- of this thread ----

static bool read_own(struct rights *own) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    long count = rp_call(SYS_getgroups, GROUPS_MOST, (long)own->others, 0, 0);

    own->other_count = count > 0 ? (size_t)count : 0;
    memset(own->power, 0, sizeof own->power); // memcheck knows of one only
    return rp_call(SYS_getresuid, (long)&own->users[0], (long)&own->users[1],
                   (long)&own->users[2], 0) == 0 &&
           rp_call(SYS_getresgid, (long)&own->groups[0], (long)&own->groups[1],
                   (long)&own->groups[2], 0) == 0 &&
           rp_call(SYS_capget, (long)&header, (long)own->power, 0, 0) == 0;
}

static bool is_root(const struct rights *own) {
    return own->users[0] == 0 || own->users[1] == 0 || own->users[2] == 0 ||
           (own->power[0].permitted | own->power[1].permitted) != 0;
}

// Groups first: to change them takes root.
static void become(const struct rights *own, const struct rights *wanted) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    bool dumped = rp_call(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0) == 1;

    if (own->other_count != wanted->other_count ||
        memcmp(own->others, wanted->others,
               wanted->other_count * sizeof *wanted->others) != 0)
        rp_call(SYS_setgroups, (long)wanted->other_count, (long)wanted->others,
                0, 0);
    if (memcmp(own->groups, wanted->groups, sizeof own->groups) != 0)
        rp_call(SYS_setresgid, wanted->groups[0], wanted->groups[1],
                wanted->groups[2], 0);
    if (memcmp(own->users, wanted->users, sizeof own->users) != 0)
        rp_call(SYS_setresuid, wanted->users[0], wanted->users[1],
                wanted->users[2], 0);
    if (memcmp(own->power, wanted->power, sizeof own->power) != 0)
        rp_call(SYS_capset, (long)&header, (long)wanted->power, 0, 0);
    // The kernel takes it for a program that must not be looked into any more;
    // whether it is, the program has decided already.
    if (dumped)
        rp_call(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0);
}

// ---- of the first thread, as /proc tells them ----

// Behind a name at the start of a line; NULL: there is no such line.
static const char *find(const char *status, const char *name) {
    const char *at = strstr(status, name);

    return at == NULL ? NULL : at + strlen(name);
}

// The numbers of a line; returns how many there are, at most `most`.
static size_t numbers(const char *at, unsigned base, uint64_t *to,
                      size_t most) {
    size_t count = 0;

    while (count < most) {
        at += strspn(at, " \t");
        unsigned digits = 0;
        uint64_t value = 0;
        for (;; at++, digits++) {
            unsigned digit = *at >= '0' && *at <= '9' ? (unsigned)(*at - '0')
                             : *at >= 'a' && *at <= 'f'
                                 ? (unsigned)(*at - 'a') + 10
                                 : base;
            if (digit >= base)
                break;
            value = value * base + digit;
        }
        if (digits == 0)
            break;
        to[count++] = value;
    }
    return count;
}

static bool read_ids(const char *status, const char *name, uint32_t ids[3]) {
    const char *at = find(status, name);
    uint64_t values[3];

    if (at == NULL || numbers(at, 10, values, 3) != 3)
        return false;
    for (int i = 0; i < 3; i++)
        ids[i] = (uint32_t)values[i];
    return true;
}

static bool read_power(const char *status, const char *name, uint64_t *set) {
    const char *at = find(status, name);

    return at != NULL && numbers(at, 16, set, 1) == 1;
}

static bool read_first(struct rights *first) {
    char status[STATUS_BYTES];
    uint64_t values[GROUPS_MOST], permitted, effective, inheritable;
    size_t length =
        rp_system_read_file("/proc/self/status", status, sizeof status - 1);
    status[length] = 0;
    const char *others = find(status, "\nGroups:");

    if (others == NULL || !read_ids(status, "\nUid:", first->users) ||
        !read_ids(status, "\nGid:", first->groups) ||
        !read_power(status, "\nCapPrm:", &permitted) ||
        !read_power(status, "\nCapEff:", &effective) ||
        !read_power(status, "\nCapInh:", &inheritable))
        return false;
    first->other_count = numbers(others, 10, values, GROUPS_MOST);
    for (size_t i = 0; i < first->other_count; i++)
        first->others[i] = (uint32_t)values[i];
    for (int i = 0; i < 2; i++)
        first->power[i] = (struct __user_cap_data_struct){
            .permitted = (uint32_t)(permitted >> 32 * i),
            .effective = (uint32_t)(effective >> 32 * i),
            .inheritable = (uint32_t)(inheritable >> 32 * i)};
    return true;
}

void rp_rights_follow(void) {
    struct rights own, first;

    if (rp_system_is_confined() || !read_own(&own) || !is_root(&own) ||
        !read_first(&first))
        return;
    become(&own, &first);
}
