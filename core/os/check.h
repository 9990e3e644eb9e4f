// check.h - the three strengths of "must hold".
//
// static_assert for layout; CHECK for our own invariants, always compiled and
// folded away by a constant; rp_fatal for the program's misuse, never removed.
#ifndef RP_CORE_OS_CHECK_H
#define RP_CORE_OS_CHECK_H

#define static_assert _Static_assert

#define CHECK(cond)                                                            \
    ((RP_CHECK && !(cond)) ? rp_fatal("CHECK(" #cond ")") : (void)0)

// Writes "rpmalloc: <message>" to stderr and aborts. Any thread.
_Noreturn void rp_fatal(const char *message);

#endif
