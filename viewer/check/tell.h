// tell.h - what the rules have found: as text, JSON, JUnit, SARIF, or for
// GitHub.
#ifndef RPSCOPE_CHECK_TELL_H
#define RPSCOPE_CHECK_TELL_H

#include <stdio.h>

#include "viewer/check/measure.h"

struct findings {
    const struct runs *runs, *base; // base: of no runs where there is none
    const struct outcome *outcomes;
    size_t count;
};

// One line a rule, and one for all.
void tell_text(const struct findings *findings, FILE *out);
// One object of the schema "rpscope.check/1".
void tell_json(const struct findings *findings, FILE *out);
// A test suite with a case a rule, for CI systems that read JUnit's XML.
void tell_junit(const struct findings *findings, FILE *out);
// An annotation for each rule that does not hold, at the line of its site.
void tell_github(const struct findings *findings, FILE *out);
// A log of SARIF 2.1.0, with a result for each rule that does not hold.
void tell_sarif(const struct findings *findings, FILE *out);

#endif
