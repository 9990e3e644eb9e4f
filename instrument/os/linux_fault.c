// linux_fault.c - see fault.h.
#include "instrument/os/fault.h"

#include "instrument/os/system.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

void *rp_system_addresses(size_t bytes) {
    void *address = rp_system_map(bytes, RP_MAP_KEPT);

    if (address != NULL && !rp_system_shut_pages(address, bytes)) {
        rp_system_unmap(address, bytes);
        address = NULL;
    }
    return address;
}

bool rp_system_open_pages(void *address, size_t bytes) {
    int saved = errno;
    bool done = mprotect(address, bytes, PROT_READ | PROT_WRITE) == 0;

    errno = saved;
    return done;
}

bool rp_system_shut_pages(void *address, size_t bytes) {
    int saved = errno;
    bool done = mprotect(address, bytes, PROT_NONE) == 0;

    madvise(address, bytes, MADV_DONTNEED);
    errno = saved;
    return done;
}

struct rp_fault rp_system_fault(const void *address, const void *context) {
    struct rp_fault fault = {.address = (uintptr_t)address};

#if defined(__x86_64__)
    enum { IS_WRITE = 2 };
    const ucontext_t *at = context;
    const greg_t *registers = at->uc_mcontext.gregs;

    fault.is_write = (registers[REG_ERR] & IS_WRITE) != 0;
    fault.pc = (uint64_t)registers[REG_RIP];
    fault.sp = (uint64_t)registers[REG_RSP];
    fault.bp = (uint64_t)registers[REG_RBP];
#else
    (void)context;
#endif
    return fault;
}

static bool (*handle)(const struct rp_fault *fault);

static void on_fault(int number, siginfo_t *info, void *context) {
    struct rp_fault fault = rp_system_fault(info->si_addr, context);

    if (handle(&fault))
        return;
    // As without us: with the default action, the access does it again.
    signal(number, SIG_DFL);
}

void rp_system_watch_faults(bool (*handler)(const struct rp_fault *fault)) {
    struct sigaction former,
        ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    handle = handler;
    if (sigaction(SIGSEGV, NULL, &former) == 0 && former.sa_handler == SIG_DFL)
        sigaction(SIGSEGV, &ours, NULL);
}
