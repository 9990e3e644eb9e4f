// valgrind.h - whether the program runs in valgrind.
#ifndef RP_INSTRUMENT_OS_VALGRIND_H
#define RP_INSTRUMENT_OS_VALGRIND_H

#include <stdbool.h>
#include <stdint.h>

// What its header asks, by instructions that do nothing elsewhere.
static inline bool rp_valgrind_is_there(void) {
    uint64_t answer = 0;

#if defined(__x86_64__)
    const volatile uint64_t question[6] = {0x1001}; // RUNNING_ON_VALGRIND
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi\n\t"
                     "rolq $61, %%rdi; rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(answer)
                     : "a"(question)
                     : "cc", "memory");
#endif
    return answer != 0;
}

#endif
