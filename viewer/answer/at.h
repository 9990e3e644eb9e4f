// at.h - which moment of a recording is asked for.
#ifndef RPSCOPE_ANSWER_AT_H
#define RPSCOPE_ANSWER_AT_H

enum answer_at {
    AT_END,
    AT_WORST, // worst.h
    AT_PEAK_HELD,
    AT_PEAK_USED,
    AT_USUAL, // nothing was asked for: the end or the worst, see worst.h
    AT_TIME,  // and a snapshot's
    AT_EVENT,
    AT_MARK,
};

// "end", "worst", "peak", ...: as --at takes it.
static inline const char *answer_at_word(enum answer_at at) {
    static const char *const words[] = {
        [AT_END] = "end",        [AT_WORST] = "worst",
        [AT_PEAK_HELD] = "peak", [AT_PEAK_USED] = "peak-used",
        [AT_USUAL] = "usual",    [AT_TIME] = "time",
        [AT_EVENT] = "event",    [AT_MARK] = "mark"};
    return words[at];
}

#endif
