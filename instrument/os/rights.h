// rights.h - what a thread may that the C library does not know of.
//
// setuid and its like change, in the kernel, one thread; the C library lets all
// threads do it that it knows. A drainer inside the program is none of these,
// and would stay root in a program that has given that up.
#ifndef RP_INSTRUMENT_OS_RIGHTS_H
#define RP_INSTRUMENT_OS_RIGHTS_H

// Gives the calling thread the user, the groups and the capabilities that the
// first thread of the process has, when it is, or could become, root. Where the
// system does not tell them, it keeps its own. The process can be dumped as
// before. Leaves errno alone; takes no lock.
void rp_rights_follow(void);

#endif
