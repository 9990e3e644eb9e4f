#!/usr/bin/env python3
"""The viewer on a real terminal (tmux): start, keys, size, leaving."""
import os
import re
import shutil
import subprocess
import tempfile

from case import HANG, Skip, await_that, built, case, main

RPSCOPE = built('rpscope')
SOCKET = f'rpscope-test-{os.getpid()}'


class Terminal:
    """A tmux server of our own with one window, in which a shell runs."""

    def __init__(self, folder, width=100, height=30):
        if not shutil.which('tmux'):
            raise Skip('tmux is not installed')
        environment = {key: value for key, value in os.environ.items()
                       if key not in ('TMUX', 'NO_COLOR', 'LC_ALL')}
        environment.update(LANG='C.UTF-8')
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(width),
                  '-y', str(height), '-c', folder, 'bash --norc --noprofile',
                  env=environment)
        self.waits_for(r'[$#]')
        self.line("PS1='re''ady> '")
        self.waits_for('ready')

    def tmux(self, *arguments, **settings):
        return subprocess.run(['tmux', '-L', SOCKET, *arguments], timeout=HANG,
                              capture_output=True, text=True,
                              **settings).stdout

    def text(self):
        return self.tmux('capture-pane', '-p')

    def keys(self, *keys):
        self.tmux('send-keys', *keys)

    def line(self, text):
        self.keys('-l', text)
        self.keys('Enter')

    def waits_for(self, pattern):
        try:
            await_that(lambda: re.search(pattern, self.text()), pattern, 0.05)
        except AssertionError as error:
            raise AssertionError(f'{error}, in\n{self.text()}')

    def close(self):
        self.tmux('kill-server')


def on_terminal(function):
    def inside():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([RPSCOPE, 'record', '-q', '-o', 'x.rptrace', '--',
                            '/bin/ls', '-lR', '/usr/include'], cwd=folder,
                           stdout=subprocess.DEVNULL, check=True, timeout=HANG)
            terminal = Terminal(folder)
            try:
                function(terminal)
            finally:
                terminal.close()
    inside.__name__ = function.__name__
    return case(inside)


def is_as_before(terminal):
    """The shell is back, with echo, lines and cursor as they were."""
    terminal.line('stty -a | tr " ;" "\\n\\n" | grep -x -e echo -e icanon '
                  '-e isig | wc -l; echo rc-$?')
    terminal.waits_for(r'3\nrc-0')
    assert 'Summary' not in terminal.text(), terminal.text()


@on_terminal
def it_starts_moves_and_leaves(terminal):
    terminal.line(f'{RPSCOPE} x.rptrace; echo left-$?')
    terminal.waits_for('VERDICT')
    terminal.keys('5')
    terminal.waits_for('call site')
    terminal.keys('Down', 'Enter')
    terminal.waits_for('├|└')
    terminal.keys('q')
    terminal.waits_for('VERDICT')
    terminal.keys('q')
    terminal.waits_for('left-0')
    is_as_before(terminal)


@on_terminal
def another_moment_is_read_and_shown(terminal):
    terminal.line(f'{RPSCOPE} x.rptrace')
    terminal.waits_for('at the end')
    terminal.keys('p')
    terminal.waits_for('at its worst')
    terminal.keys('p')
    terminal.waits_for('when most was held')
    terminal.keys('p')
    terminal.waits_for('when most was used')
    terminal.keys('p')
    terminal.waits_for('at the end')
    terminal.keys('Q')
    is_as_before(terminal)


@on_terminal
def the_time_cursor_moves_on_every_screen(terminal):
    terminal.line(f'{RPSCOPE} --screen map x.rptrace')
    terminal.waits_for('1 cell = 1 span')
    terminal.keys('<')
    terminal.waits_for(r' at [0-9.]+ m?s\b')
    terminal.keys('2')
    terminal.waits_for('held/used')
    terminal.line(':goto end')
    terminal.waits_for('at the end')
    terminal.keys('Q')
    is_as_before(terminal)


@on_terminal
def ctrl_c_leaves_from_anywhere(terminal):
    terminal.line(f'{RPSCOPE} --screen pins x.rptrace; echo left-$?')
    terminal.waits_for('share')
    terminal.keys('/', 'a', 'b', 'C-c')
    terminal.waits_for('left-0')
    is_as_before(terminal)


@on_terminal
def a_new_size_is_drawn_anew(terminal):
    terminal.line(f'{RPSCOPE} x.rptrace')
    terminal.waits_for('VERDICT')
    terminal.tmux('resize-window', '-x', '60', '-y', '15')
    terminal.waits_for('most held\n')  # the mean has left
    terminal.tmux('resize-window', '-x', '40', '-y', '10')
    terminal.waits_for('window too small')
    terminal.tmux('resize-window', '-x', '120', '-y', '40')
    terminal.waits_for('VERDICT')
    terminal.waits_for('CHURN')
    terminal.keys('Q')
    terminal.waits_for('ready')


@on_terminal
def a_new_size_is_drawn_anew_for_who_was_started_without_such_signals(terminal):
    terminal.line('''python3 -c "import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
os.execv(sys.argv[1], sys.argv[1:])" ''' f'{RPSCOPE} x.rptrace')
    terminal.waits_for('VERDICT')
    terminal.tmux('resize-window', '-x', '40', '-y', '10')
    terminal.waits_for('window too small')
    terminal.tmux('resize-window', '-x', '120', '-y', '40')
    terminal.waits_for('VERDICT')
    terminal.keys('Q')
    terminal.waits_for('ready')


@on_terminal
def a_signal_leaves_the_terminal_as_it_was(terminal):
    for name in 'TERM', 'HUP', 'SEGV', 'INT':
        terminal.line(f'{RPSCOPE} x.rptrace')
        terminal.waits_for('VERDICT')
        pane = terminal.tmux('display-message', '-p', '#{pane_pid}').strip()
        subprocess.run(['pkill', f'-{name}', '-P', pane, '-x', 'rpscope'],
                       check=True)
        terminal.waits_for(r'ready>\s*$')
        is_as_before(terminal)
        terminal.line('clear')


@on_terminal
def ctrl_z_stops_and_fg_goes_on(terminal):
    terminal.line('set -m')
    terminal.line(f'{RPSCOPE} x.rptrace')
    terminal.waits_for('VERDICT')
    terminal.keys('C-z')
    terminal.waits_for('Stopped')
    terminal.line('fg')
    terminal.waits_for('VERDICT')
    terminal.keys('4')
    terminal.waits_for('block size')
    terminal.keys('Q')
    is_as_before(terminal)


@on_terminal
def terminals_of_many_kinds(terminal):
    for kind, sign in (('xterm-256color', 'VERDICT'), ('screen', 'VERDICT'),
                       ('linux', 'VERDICT'), ('vt100', 'VERDICT'),
                       ('no-such-terminal', 'treated as an xterm')):
        terminal.line(f'TERM={kind} {RPSCOPE} x.rptrace; echo left-{kind}-$?')
        terminal.waits_for(sign)
        terminal.keys('q')
        terminal.waits_for(f'left-{kind}-0')
        terminal.line('clear')
    terminal.line(f'TERM=dumb {RPSCOPE} x.rptrace | tail -1; echo left')
    terminal.waits_for('left')


@on_terminal
def a_dumb_terminal_gets_the_report(terminal):
    terminal.line(f'TERM=dumb {RPSCOPE} x.rptrace 2>&1 | head -9; echo left')
    terminal.waits_for('The program uses')
    terminal.line(f'clear; TERM=dumb {RPSCOPE} x.rptrace >/dev/tty; '
                  'echo left-$?')
    terminal.waits_for('left-0')


@on_terminal
def without_utf8_only_ascii_is_drawn(terminal):
    terminal.line(f'LC_ALL=C {RPSCOPE} x.rptrace')
    terminal.waits_for('VERDICT')
    text = terminal.text()
    assert text.isascii(), text
    terminal.keys('q')


@on_terminal
def colours_can_be_turned_off(terminal):
    def colors(command):
        terminal.line(command)
        terminal.waits_for('VERDICT')
        text = terminal.tmux('capture-pane', '-p', '-e')
        terminal.keys('q')
        terminal.waits_for('ready')
        terminal.line('clear')
        return re.findall(r'\x1b\[[0-9;]*(?:3[0-7]|38;5;\d+)m', text)
    assert colors(f'{RPSCOPE} x.rptrace')
    assert not colors(f'NO_COLOR=1 {RPSCOPE} x.rptrace')
    assert not colors(f'{RPSCOPE} --color=never x.rptrace')
    assert colors(f'NO_COLOR=1 {RPSCOPE} --color=always x.rptrace')


if __name__ == '__main__':
    main()
