// signal.c - signal handlers that allocate.
//
// A handler may come in the middle of malloc or free. Instead of guarding
// these, which would cost every call, we stand before the handler: it gets a
// heap of its own (thread/thread.h) when the signal came while the thread was
// in our code, or in the C library on our behalf (os/posix.h). So what holds
// for threads holds for handlers: no other is harmed by one that is stopped at
// any instruction.
//
// The kernel's word says which handler is installed; the table here says whom
// to call in turn. It keeps the last handler of each signal, also when the
// default action has come in its place, so that a child by vfork, which shares
// the table, cannot take a handler away.
//
// Not covered: what a handler leaves by longjmp, out of the middle of malloc.
// Its thread goes on in the new heap, and the old one, with what is free in it,
// is lost.
#include "core/hook.h"
#include "core/malloc/next.h"
#include "core/os/posix.h"
#include "core/thread/thread.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#define EXPORT __attribute__((visibility("default")))

typedef void action(int number, siginfo_t *info, void *context);
typedef void handler(int number);

// glibc's own, which a signal handler may call. Other C libraries have it under
// its usual name only, and there the first call looks for that.
typedef int install(int number, const struct sigaction *wanted,
                    struct sigaction *former);
extern install __sigaction __attribute__((weak));
// Where this library lies, from the linker.
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

EXPORT int sigaction(int number, const struct sigaction *wanted,
                     struct sigaction *former);
EXPORT handler *signal(int number, handler *wanted);
EXPORT int siginterrupt(int number, int flag);

enum { SIGNALS = 65 };

static _Atomic(uintptr_t) handlers[SIGNALS];
static _Atomic(int) is_plain[SIGNALS];   // installed without SA_SIGINFO
static _Atomic(int) interrupts[SIGNALS]; // siginterrupt has said so

static int install_as_is(int number, const struct sigaction *wanted,
                         struct sigaction *former) {
    static _Atomic(uintptr_t) found;
    install *own = __sigaction;

    if (own == NULL)
        own = (install *)next_function(&found, "sigaction");
    return own(number, wanted, former);
}

static uintptr_t interrupted_at(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return (uintptr_t)etext - 1; // not known: as if it were ours
#endif
}

static int was_inside(const ucontext_t *context) {
    uintptr_t at = interrupted_at(context);

    return rp_os_calls != 0 ||
           (at >= (uintptr_t)__ehdr_start && at < (uintptr_t)etext);
}

static void stand_before(int number, siginfo_t *info, void *context) {
    // relaxed: a handler is there before the kernel is told to call us.
    action *wanted = (action *)load_relaxed(&handlers[number]);
    struct rpmalloc_signal aside;
    if (rp_is_checked() && number == SIGSEGV &&
        rp_check_fault(info->si_addr, context))
        return;
    if (!was_inside(context)) {
        wanted(number, info, context);
        return;
    }
    // What the interrupted call is in stays as it is; the handler is not in it.
    unsigned calls = rp_os_calls;
    rp_os_calls = 0;
    rp_thread_visit_begin(&aside);
    wanted(number, info, context);
    rp_thread_visit_end(&aside);
    rp_os_calls = calls;
}

static int is_handler(const struct sigaction *wanted) {
    return wanted != NULL && wanted->sa_handler != SIG_DFL &&
           wanted->sa_handler != SIG_IGN;
}

int sigaction(int number, const struct sigaction *wanted,
              struct sigaction *former) {
    struct sigaction ours;

    if (number <= 0 || number >= SIGNALS)
        return install_as_is(number, wanted, former);
    // relaxed, all of these: the kernel's call comes between them and the
    // signal.
    uintptr_t last = load_relaxed(&handlers[number]);
    int was_plain = load_relaxed(&is_plain[number]);
    if (is_handler(wanted)) {
        ours = *wanted;
        store_relaxed(&is_plain[number], (ours.sa_flags & SA_SIGINFO) == 0);
        store_relaxed(&handlers[number], (uintptr_t)ours.sa_sigaction);
        ours.sa_sigaction = stand_before;
        ours.sa_flags |= SA_SIGINFO;
        wanted = &ours;
    }
    if (install_as_is(number, wanted, former) != 0) {
        store_relaxed(&handlers[number], last);      // relaxed: as above
        store_relaxed(&is_plain[number], was_plain); // relaxed: as above
        return -1;
    }
    if (former != NULL && former->sa_sigaction == stand_before) {
        former->sa_sigaction = (action *)last;
        if (was_plain)
            former->sa_flags &= ~SA_SIGINFO;
    }
    return 0;
}

// As BSD has it, and glibc.
handler *signal(int number, handler *wanted) {
    struct sigaction ours = {.sa_flags = 0}, former;

    if (wanted == SIG_ERR || number <= 0 || number >= SIGNALS) {
        errno = EINVAL;
        return SIG_ERR;
    }
    // relaxed: the program orders its own calls.
    if (!load_relaxed(&interrupts[number]))
        ours.sa_flags = SA_RESTART;
    ours.sa_handler = wanted;
    sigemptyset(&ours.sa_mask);
    sigaddset(&ours.sa_mask, number);
    return sigaction(number, &ours, &former) == 0 ? former.sa_handler : SIG_ERR;
}

// The flag of the handler that is there, and of those that `signal` installs
// from now on. Whoever the kernel calls stays.
int siginterrupt(int number, int flag) {
    struct sigaction now;

    if (number <= 0 || number >= SIGNALS) {
        errno = EINVAL;
        return -1;
    }
    if (install_as_is(number, NULL, &now) != 0)
        return -1;
    store_relaxed(&interrupts[number], flag != 0); // relaxed: as above
    now.sa_flags &= ~SA_RESTART;
    if (flag == 0)
        now.sa_flags |= SA_RESTART;
    return install_as_is(number, &now, NULL);
}
