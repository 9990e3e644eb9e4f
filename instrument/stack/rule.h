// rule.h - how a frame leads to its caller's, in what can be told in a word.
#ifndef RP_INSTRUMENT_STACK_RULE_H
#define RP_INSTRUMENT_STACK_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum rp_rule_kind {
    RP_RULE_NONE,    // not looked up
    RP_RULE_SP,      // CFA = sp + cfa
    RP_RULE_BP,      // CFA = bp + cfa
    RP_RULE_AT_BP,   // CFA = the word at bp + cfa; bp is saved at bp
    RP_RULE_END,     // the outermost frame
    RP_RULE_SILENT,  // code of a known file, of which the tables say nothing
    RP_RULE_NOWHERE, // in no known file
    RP_RULE_HARD,    // said in a way that is not understood here
};

struct rp_rule {
    enum rp_rule_kind kind;
    int32_t cfa;    // a multiple of 8
    uint32_t bp;    // saved at CFA - bp, a multiple of 8; 0: not saved
    bool is_loader; // code of the loader
};

enum {
    RP_RULE_CFA_MOST = 8 << 18, // what is farther is hard
    RP_RULE_BP_MOST = 8 * 63,
};

#endif
