// wrong.h - the sentence about a variable that cannot be used.
#ifndef RP_INSTRUMENT_OPTIONS_WRONG_H
#define RP_INSTRUMENT_OPTIONS_WRONG_H

// name: of the variable; accepted: what it may be, as it goes on after "may
// be"; so: what comes of it, a sentence. Returns the whole, in a static buffer
// that the next call changes.
const char *rp_option_wrong(const char *name, const char *value,
                            const char *accepted, const char *so);

#endif
