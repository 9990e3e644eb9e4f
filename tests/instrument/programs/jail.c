// jail.c - forbids itself system calls, then goes on allocating. Arguments:
// what happens to a call that is forbidden (errno, kill), and the names of
// those that are. Prints what it has done; its exit code is 3.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BLOCKS = 30000, KEPT = 64, MOST = 16 };

static const struct {
    const char *name;
    int number;
} calls[] = {
    {"openat", SYS_openat},
    {"clone", SYS_clone},
    {"futex", SYS_futex},
    {"madvise", SYS_madvise},
    {"memfd_create", SYS_memfd_create},
    {"pwrite64", SYS_pwrite64},
    {"flock", SYS_flock},
    {"ftruncate", SYS_ftruncate},
    {"fallocate", SYS_fallocate},
    {"process_vm_readv", SYS_process_vm_readv},
    {"mincore", SYS_mincore},
    {"mmap", SYS_mmap},
    {"kill", SYS_kill},
    {"tgkill", SYS_tgkill},
    {"gettid", SYS_gettid},
    {"readlinkat", SYS_readlinkat},
    {"unlinkat", SYS_unlinkat},
};

static int number_of(const char *name) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    }
    exit(1);
}

static void forbid(unsigned action, char **names, int count) {
    struct sock_filter filter[2 * MOST + 2];
    unsigned used = 0;

    filter[used++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < count && i < MOST; i++) {
        filter[used++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number_of(names[i]), 0, 1);
        filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
    }
    filter[used++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)used, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        exit(2);
}

int main(int count, char **arguments) {
    void *kept[KEPT] = {NULL};
    unsigned done = 0;

    for (unsigned i = 0; i < BLOCKS; i++) {
        if (i == BLOCKS / 10 && count > 2)
            forbid(strcmp(arguments[1], "kill") == 0
                       ? SECCOMP_RET_KILL_PROCESS
                       : SECCOMP_RET_ERRNO | EPERM,
                   arguments + 2, count - 2);
        free(kept[i % KEPT]);
        kept[i % KEPT] = malloc(i % 3000);
        done += kept[i % KEPT] != NULL;
    }
    for (unsigned i = 0; i < KEPT; i++)
        free(kept[i]);
    printf("%u\n", done);
    return 3;
}
