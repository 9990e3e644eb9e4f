// term.h - the terminal: the only file that knows curses.
//
// Whatever way the program ends, the terminal is as it was before: at exit, at
// SIGTERM, SIGHUP and SIGINT, and also when the viewer itself crashes.
#ifndef RPSCOPE_UI_TERM_H
#define RPSCOPE_UI_TERM_H

#include "viewer/screen/cells.h"
#include "viewer/screen/theme.h"

struct term_options {
    const char *color; // always, auto, never; NULL is auto
    bool mouse;
};

struct term_event {
    int key; // as in keys.h; PRESS_NONE: nothing happened in the time
    int x, y;
};

// Takes the terminal. Returns false when there is none that can show screens:
// then nothing was changed and *why says what is missing, as half a sentence.
bool term_open(const struct term_options *options, const char **why);
// Gives the terminal back. May be called at any time.
void term_close(void);

// What the user should know of the terminal, or NULL.
const char *term_notice(void);

int term_width(void);
int term_height(void);

// Shows the screen, which has the terminal's size.
void term_show(const struct screen *s);

// Waits for a key, at most `milliseconds`; -1: as long as it takes.
struct term_event term_wait(int milliseconds);

// Gives the terminal to another program, and takes it back.
void term_suspend(void);
void term_resume(void);

#endif
