// at.h - which moment of a recording is asked for.
#ifndef RPSCOPE_ANSWER_AT_H
#define RPSCOPE_ANSWER_AT_H

enum answer_at { AT_END, AT_PEAK_HELD, AT_PEAK_USED, AT_TIME, AT_EVENT };

#endif
