// ending.c - see ending.h.
#include "viewer/trace/ending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/number.h"

enum { MOST_CODE = 255, MOST_SIGNAL = 64 };

static const char *const kinds[] = {
    [TRACE_EXIT_NORMAL] = "ended by exit",
    [TRACE_EXIT_EXEC] = "became another program",
    [TRACE_EXIT_QUICK] = "ended without its destructors",
    [TRACE_EXIT_SIGNAL] = "was killed by a signal",
    [TRACE_EXIT_DIED] = "ended, and nobody saw how",
};

// "code 3" or "signal 9".
static void read_exit(struct trace_ending *ending, const char *text) {
    bool is_code = strncmp(text, "code ", 5) == 0;
    const char *digits = is_code                            ? text + 5
                         : strncmp(text, "signal ", 7) == 0 ? text + 7
                                                            : "";
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 3 || digits[length])
        return;
    int number = atoi(digits);
    if (is_code && number <= MOST_CODE)
        ending->code = number;
    else if (!is_code && number > 0 && number <= MOST_SIGNAL)
        ending->signal = number;
}

void trace_ending_read(struct trace_ending *ending,
                       const struct trace_tables *tables) {
    const struct trace_fact *fact = trace_fact(tables, "stopped");
    *ending = (struct trace_ending){.code = -1, .signal = -1};
    if (fact && tables->has_trailer) {
        ending->stopped = fact->value;
        ending->asked = strcmp(fact->value, "it was asked to") == 0;
        ending->stopped_ns = tables->trailer.duration_ns;
    }
    ending->run_ns = trace_fact_number(tables, "run_ns", 0);
    if (ending->run_ns && ending->run_ns < ending->stopped_ns)
        ending->run_ns = ending->stopped_ns; // two clocks
    fact = trace_fact(tables, "exit");
    if (fact)
        read_exit(ending, fact->value);
    uint32_t kind = tables->has_trailer ? tables->trailer.exit_kind : 0;
    if (kind < sizeof kinds / sizeof *kinds)
        ending->how = kinds[kind];
}

void trace_ending_stopped(const struct trace_ending *ending,
                          char text[TRACE_ENDING_BYTES]) {
    char share[64] = ", before the program's end", why[128];
    double percent =
        100.0 * (double)ending->stopped_ns / (double)(ending->run_ns + 1);
    escape_text(why, sizeof why, ending->stopped);
    if (ending->run_ns && percent < 1)
        snprintf(share, sizeof share, " of %s (< 1 %%)",
                 number_time(ending->run_ns).text);
    else if (ending->run_ns)
        snprintf(share, sizeof share, " of %s (%d %%)",
                 number_time(ending->run_ns).text, (int)percent);
    snprintf(text, TRACE_ENDING_BYTES, "recording stopped after %s%s: %s",
             number_time(ending->stopped_ns).text, share, why);
}

void trace_ending_window(const struct trace_window *window,
                         char text[TRACE_ENDING_BYTES]) {
    uint64_t length = window->end_ns > window->start_ns
                          ? window->end_ns - window->start_ns
                          : 0;
    char asked[128] = "";
    if (window->last_bytes)
        snprintf(asked, sizeof asked, " (what fits into the %s asked for)",
                 number_iec(window->last_bytes).text);
    else if ((double)length < 0.95 * (double)window->last_ns)
        snprintf(asked, sizeof asked,
                 ", less than the %s asked for: the buffers hold no more "
                 "(--buffer makes them larger)",
                 number_time(window->last_ns).text);
    else if (window->last_ns)
        snprintf(asked, sizeof asked, " (%s asked for)",
                 number_time(window->last_ns).text);
    snprintf(text, TRACE_ENDING_BYTES, "the last %s of %s, from %s on%s",
             number_time(length).text, number_time(window->end_ns).text,
             number_time(window->start_ns).text, asked);
}

void trace_ending_process(const struct trace_ending *ending,
                          char text[TRACE_ENDING_BYTES]) {
    if (ending->signal > 0)
        snprintf(text, TRACE_ENDING_BYTES, "was killed by signal %s",
                 number_signal(ending->signal).text);
    else if (ending->code >= 0)
        snprintf(text, TRACE_ENDING_BYTES, "exited with code %d", ending->code);
    else
        snprintf(text, TRACE_ENDING_BYTES, "%s",
                 ending->how       ? ending->how
                 : ending->stopped ? "went on"
                                   : "is still running, or nobody saw its end");
}
