// misuse.h - frees that cannot be right end the program.
//
// In a file of their own, and not said to be without return: where a compiler
// knows that, it makes a call of them, for which a fast path would need a stack
// frame.
#ifndef RP_CORE_API_MISUSE_H
#define RP_CORE_API_MISUSE_H

// The block is the one that was freed last of its list, which a free sees for
// nothing.
void rp_free_again(void);
// There is no header in front of the pointer.
void rp_free_refuse(const void *pointer);

#endif
