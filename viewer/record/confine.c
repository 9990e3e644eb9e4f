// confine.c - see confine.h. By the filter for system calls that Linux has.
#include "viewer/record/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define CONFINE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CONFINE_ARCH AUDIT_ARCH_AARCH64
#else
#define CONFINE_ARCH 0
#endif

// The run-time of a sanitizer needs more than that.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#else
#define CONFINE_SANITIZED 0
#endif

enum { FILTER_MOST = 160 };

struct filter {
    struct sock_filter steps[FILTER_MOST];
    unsigned short count;
};

static void filter_add(struct filter *f, unsigned short code, unsigned value,
                       unsigned char yes, unsigned char no) {
    if (f->count < FILTER_MOST)
        f->steps[f->count++] = (struct sock_filter){code, yes, no, value};
}

static void filter_load(struct filter *f, size_t offset) {
    filter_add(f, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

// The lower half of an argument: processors here are little-endian.
static void filter_argument(struct filter *f, unsigned i) {
    filter_load(f, offsetof(struct seccomp_data, args) + i * sizeof(__u64));
}

static void filter_return(struct filter *f, unsigned what) {
    filter_add(f, BPF_RET | BPF_K, what, 0, 0);
}

static void filter_refuse(struct filter *f) {
    filter_return(f, SECCOMP_RET_ERRNO | EPERM);
}

// The call, with the number loaded: whatever its arguments are.
static void filter_allow(struct filter *f, long call) {
    filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1);
    filter_return(f, SECCOMP_RET_ALLOW);
}

// The same where its first argument is one of these files.
static void filter_allow_files(struct filter *f, long call, const int *files,
                               unsigned count) {
    filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0,
               (unsigned char)(2 * count + 2));
    filter_argument(f, 0);
    for (unsigned i = 0; i < count; i++) {
        filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)files[i], 0, 1);
        filter_return(f, SECCOMP_RET_ALLOW);
    }
    filter_refuse(f);
}

// Memory of its own that holds no code.
static void filter_allow_memory(struct filter *f) {
    filter_add(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 6);
    filter_argument(f, 2);
    filter_add(f, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 3, 0);
    filter_argument(f, 3);
    filter_add(f, BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1);
    filter_return(f, SECCOMP_RET_ALLOW);
    filter_refuse(f);
}

bool confine(const int *files, unsigned count) {
    static const long harmless[] = {
        SYS_munmap,          SYS_madvise,   SYS_exit,
        SYS_exit_group,      SYS_futex,     SYS_clock_gettime,
        SYS_clock_nanosleep, SYS_nanosleep, SYS_rt_sigreturn,
        SYS_rt_sigprocmask,  SYS_getpid,    SYS_gettid,
        SYS_getrandom,
    };
    struct filter f = {.count = 0};
    int good[3];
    unsigned n = 0;

    for (unsigned i = 0; i < count && n < 3; i++) {
        if (files[i] >= 0)
            good[n++] = files[i];
    }
    if (CONFINE_ARCH == 0 || CONFINE_SANITIZED || n == 0)
        return false;
    filter_load(&f, offsetof(struct seccomp_data, arch));
    filter_add(&f, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)CONFINE_ARCH, 1, 0);
    filter_refuse(&f);
    filter_load(&f, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        filter_allow(&f, harmless[i]);
    filter_allow_files(&f, SYS_read, good, n);
    filter_allow_files(&f, SYS_pread64, good, n);
    filter_allow_files(&f, SYS_lseek, good, n);
    filter_allow_files(&f, SYS_write, good, 1);
    filter_allow_files(&f, SYS_pwrite64, good, 1);
    filter_allow_files(&f, SYS_ftruncate, good, 1);
    filter_allow_memory(&f);
    filter_refuse(&f);
    struct sock_fprog program = {f.count, f.steps};
    return f.count < FILTER_MOST &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
