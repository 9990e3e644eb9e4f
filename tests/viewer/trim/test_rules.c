// test_rules.c - trim has a rule for every kind of event of the schema.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "instrument/format/trace_format.h"
#include "viewer/trim/rules.h"

Test(rules, there_is_one_for_every_kind_of_event) {
    for (unsigned code = 0; code < TRACE_EVENT_TYPES; code++) {
        bool is_event = trace_event_info(code)->text != NULL;

        cr_expect(is_event == (trim_rule_of(code) != TRIM_UNKNOWN),
                  "%u, %s: what is a part of a recording told of it?", code,
                  is_event ? trace_event_info(code)->text : "no event");
    }
}

Test(rules, there_is_none_for_what_is_no_event) {
    cr_expect(eq(int, trim_rule_of(TRACE_EVENT_TYPES), TRIM_UNKNOWN));
}
