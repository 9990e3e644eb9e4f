// term.c - the terminal: the only file that knows curses.
#define _XOPEN_SOURCE_EXTENDED 1 // wide characters of curses
#include "viewer/ui/term.h"
#include "viewer/ui/keys.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { TERM_ESC_DELAY = 25, TERM_CLICK_MS = 400 };

static struct {
    SCREEN *screen; // NULL: we do not have the terminal
    enum colors colors;
    bool light;
    const char *notice;
    char leave[256]; // what makes the terminal as it was before
    size_t leave_bytes;
    struct termios before;
    bool has_before;
    sigset_t mask;      // of signals, as we found it
    int last_x, last_y; // of the last click
    struct timespec last_click;
} term;

static const int term_signals[] = {SIGTERM, SIGHUP, SIGSEGV, SIGABRT,
                                   SIGBUS,  SIGFPE, SIGILL,  SIGINT};

void term_close(void) {
    if (!term.screen)
        return;
    endwin();
    delscreen(term.screen);
    term.screen = NULL;
}

// Leaves the screen with plain writes, since curses must not be called in a
// signal handler, then dies of the signal.
static void term_die(int signal) {
    if (term.screen) {
        ssize_t ignored = write(STDOUT_FILENO, term.leave, term.leave_bytes);
        (void)ignored;
        if (term.has_before)
            tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
    }
    raise(signal); // SA_RESETHAND: this time it ends us
}

// Writes a capability behind what is in `leave`, without the pauses ("$<5>")
// that old terminals needed.
static void term_leave_by(const char *text) {
    if (text == (char *)-1)
        text = NULL;
    while (text && *text && term.leave_bytes < sizeof term.leave) {
        if (strncmp(text, "$<", 2) == 0 && strchr(text, '>'))
            text = strchr(text, '>') + 1;
        else
            term.leave[term.leave_bytes++] = *text++;
    }
}

static void term_prepare_leave(bool mouse) {
    static const char *const names[] = {"sgr0", "rmkx", "cnorm", "rmcup"};
    term.leave_bytes = 0;
    if (mouse)
        term_leave_by("\033[?1006l\033[?1002l\033[?1000l");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        term_leave_by(tigetstr(names[i]));
}

// A resize comes through only while we wait: one that came just before the wait
// would be seen at the next key alone. What started us may hold it back, too.
static void term_hold_resizes(void) {
    sigset_t resize;
    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resize, &term.mask);
}

static int term_poll(struct pollfd *input, int milliseconds) {
    struct timespec limit = {milliseconds / 1000,
                             milliseconds % 1000 * 1000000L};
    sigset_t waiting = term.mask;
    sigdelset(&waiting, SIGWINCH);
    return ppoll(input, 1, milliseconds < 0 ? NULL : &limit, &waiting);
}

static void term_catch(void) {
    struct sigaction action = {.sa_handler = term_die,
                               .sa_flags = SA_RESETHAND | SA_NODEFER};
    for (size_t i = 0; i < sizeof term_signals / sizeof *term_signals; i++) {
        struct sigaction now;
        sigaction(term_signals[i], NULL, &now);
        if (now.sa_handler != SIG_IGN)
            sigaction(term_signals[i], &action, NULL);
    }
}

static void term_pairs(void) {
    start_color();
    bool plain = use_default_colors() == OK;
    for (int style = 0; style < STYLE_COUNT; style++) {
        struct look look = theme_look((enum style)style, term.light);
        int color = term.colors == COLORS_256 ? look.color_256 : look.color_16;
        if (color < 0 && !plain)
            color = COLOR_WHITE;
        init_extended_pair(style + 1, color, plain ? -1 : COLOR_BLACK);
    }
}

static SCREEN *term_start(const char *name, const char **why) {
    SCREEN *screen = newterm(name, stdout, stdin);
    if (!screen) {
        *why = "its type (TERM) is not known on this machine";
        return NULL;
    }
    // newterm is content with terminals that cannot move their cursor.
    if (!tigetstr("cup") || !tigetstr("clear")) {
        endwin();
        delscreen(screen);
        *why = "it cannot place text (TERM)";
        return NULL;
    }
    return screen;
}

// Ctrl-C becomes a key, Ctrl-Z still stops the program.
static void term_take_ctrl_c(void) {
    struct termios modes;
    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    modes.c_cc[VINTR] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    def_prog_mode();
}

bool term_open(const struct term_options *options, const char **why) {
    const char *name = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
        *why = "input or output is no terminal";
        return false;
    }
    if (!name || !*name || strcmp(name, "dumb") == 0) {
        *why = "it is dumb (TERM)";
        return false;
    }
    term.has_before = tcgetattr(STDIN_FILENO, &term.before) == 0;
    set_escdelay(TERM_ESC_DELAY);
    term.screen = term_start(name, why);
    if (!term.screen && strcmp(*why, "it cannot place text (TERM)") != 0) {
        // Debian knows few of the newer terminals; they all speak xterm.
        term.screen = term_start("xterm-256color", why);
        term.notice = "This terminal's type (TERM) is not known here: it is "
                      "treated as an xterm.";
    }
    if (!term.screen)
        return false;
    atexit(term_close);
    term_hold_resizes();
    term_prepare_leave(options->mouse);
    term_catch();
    cbreak();
    noecho();
    nonl();
    term_take_ctrl_c();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    term.colors = theme_colors(options->color, getenv("NO_COLOR"),
                               has_colors() ? tigetnum("colors") : 0);
    term.light = theme_background_is_light(getenv("COLORFGBG"));
    if (term.colors != COLORS_NONE)
        term_pairs();
    if (options->mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED |
                      BUTTON5_PRESSED,
                  NULL);
        mouseinterval(0);
    }
    return true;
}

const char *term_notice(void) {
    return term.notice;
}
int term_width(void) {
    return getmaxx(stdscr);
}
int term_height(void) {
    return getmaxy(stdscr);
}

void term_show(const struct screen *s) {
    erase();
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            const struct cell *c = cells_at(s, x, y);
            if (!c->glyph)
                continue; // the right half of a wide glyph
            struct look look = theme_look(c->style, term.light);
            attr_t attributes = 0;
            if (look.bold)
                attributes |= A_BOLD;
            if (look.dim && term.colors != COLORS_256)
                attributes |= A_DIM;
            if (look.underline)
                attributes |= A_UNDERLINE;
            if (look.reverse != c->selected)
                attributes |= A_REVERSE;
            short pair = term.colors == COLORS_NONE ? 0 : (short)(c->style + 1);
            wchar_t text[2] = {(wchar_t)c->glyph, 0};
            cchar_t cell;
            setcchar(&cell, text, attributes, pair, NULL);
            mvadd_wch(y, x, &cell);
        }
    refresh();
}

// The codes of curses for keys that are no characters.
static int term_key_of_code(int code) {
    static const struct {
        int code, key;
    } table[] = {
        {KEY_UP, PRESS_ARROW_UP},     {KEY_DOWN, PRESS_ARROW_DOWN},
        {KEY_LEFT, PRESS_ARROW_LEFT}, {KEY_RIGHT, PRESS_ARROW_RIGHT},
        {KEY_PPAGE, PRESS_PAGE_UP},   {KEY_NPAGE, PRESS_PAGE_DOWN},
        {KEY_HOME, PRESS_TO_HOME},    {KEY_END, PRESS_TO_END},
        {KEY_BTAB, PRESS_BACK_TAB},   {KEY_ENTER, PRESS_ENTER},
        {KEY_BACKSPACE, PRESS_BACK},  {KEY_RESIZE, PRESS_WINDOW},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].code == code)
            return table[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return PRESS_F + (code - KEY_F(0));
    return PRESS_NONE;
}

static int term_key_of_character(wint_t character) {
    if (character == '\n')
        return PRESS_ENTER;
    if (character == '\b')
        return PRESS_BACK;
    return (int)character;
}

static struct term_event term_mouse(void) {
    struct term_event event = {.key = PRESS_NONE};
    MEVENT mouse;
    if (getmouse(&mouse) != OK)
        return event;
    event.x = mouse.x;
    event.y = mouse.y;
    if (mouse.bstate & BUTTON4_PRESSED) {
        event.key = PRESS_WHEEL_UP;
    } else if (mouse.bstate & BUTTON5_PRESSED) {
        event.key = PRESS_WHEEL_DOWN;
    } else {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t passed = (now.tv_sec - term.last_click.tv_sec) * 1000 +
                         (now.tv_nsec - term.last_click.tv_nsec) / 1000000;
        bool twice = passed < TERM_CLICK_MS && event.x == term.last_x &&
                     event.y == term.last_y;
        event.key = twice ? PRESS_DOUBLE_CLICK : PRESS_CLICK;
        term.last_click = twice ? (struct timespec){0} : now;
        term.last_x = event.x;
        term.last_y = event.y;
    }
    return event;
}

// Asks curses for a key that may be there already.
static struct term_event term_read(void) {
    wint_t code;
    struct term_event event = {.key = PRESS_NONE};
    int kind = get_wch(&code);
    if (kind == ERR)
        return event;
    if (kind == KEY_CODE_YES && code == KEY_MOUSE)
        return term_mouse();
    event.key = kind == KEY_CODE_YES ? term_key_of_code((int)code)
                                     : term_key_of_character(code);
    return event;
}

struct term_event term_wait(int milliseconds) {
    struct term_event event = term_read();
    if (event.key != PRESS_NONE)
        return event;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready = term_poll(&input, milliseconds);
    // A resize interrupts the wait; curses has made a key of it.
    if (ready < 0 && errno != EINTR)
        event.key = PRESS_CTRL_C;
    else if (ready > 0 && input.revents & (POLLHUP | POLLERR) &&
             !(input.revents & POLLIN))
        event.key = PRESS_CTRL_C;
    else
        event = term_read();
    return event;
}

void term_suspend(void) {
    def_prog_mode();
    endwin();
    sigprocmask(SIG_SETMASK, &term.mask, NULL);
}

void term_resume(void) {
    term_hold_resizes();
    reset_prog_mode();
    refresh();
}
