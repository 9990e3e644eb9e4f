"""exported.py - a recording whose names are as hostile as names can be, and
what rpscope exports of it."""
import json
import os
import subprocess
import tempfile

from case import HANG, built, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()

# As long as the name in PROGRAM that it takes the place of.
HOSTILE = b'=1+1;"<script>alert(1)</script>\t|`]}\',\x1b[31m\xff 12'
PLACEHOLDER = b'hostile_' + b'x' * (len(HOSTILE) - len(b'hostile_'))
EVIL_FILE = '@evil<i>,"&.c'
PROGRAM = r'''
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
static void *volatile kept[2000], *volatile gone[2000];
__attribute__((noinline)) static void *keeper(void) { return malloc(120); }
__attribute__((noinline)) static void *worker(int i) { return malloc(100 + i); }
static inline __attribute__((always_inline)) void *inlined(void) {
    return malloc(3000);
}
__attribute__((noinline)) static void *briefly(void) { return malloc(1 << 20); }
#line 5 "EVIL_FILE"
__attribute__((noinline)) static void *HOSTILE(void) { return malloc(77); }
#line 50 "program.c"
static void rest(void) { nanosleep(&(struct timespec){0, 20000000}, NULL); }
int main(void) {
    pthread_setname_np(pthread_self(), "<b>&\";=2");
    for (int i = 0; i < 2000; i++)
        if (i % 20 == 0)
            kept[i] = i % 40 ? keeper() : HOSTILE();
        else
            gone[i] = worker(i % 20);
    rest();
    for (int i = 0; i < 2000; i++)
        free(gone[i]);
    kept[1] = inlined();
    free(briefly()); // the most of its step, and gone at its end
    rest();
    for (int i = 0; i < 500; i++)
        gone[i] = worker(5);
    rest();
    for (int i = 0; i < 400; i++)
        free(gone[i]);
    rest();
    _Exit(0);
}
'''


def path(name):
    return os.path.join(folder.name, name)


def build(name='program'):
    text = PROGRAM.replace('HOSTILE', PLACEHOLDER.decode()).replace(
        'EVIL_FILE', EVIL_FILE.replace('"', '\\"'))
    with open(path('program.c'), 'w') as file:
        file.write(text)
    output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-pthread', '-o',
           path(name), path('program.c'))
    with open(path(name), 'rb') as file:
        whole = file.read()
    assert whole.count(PLACEHOLDER) >= 2  # of symbols, and of lines
    with open(path(name), 'wb') as file:
        file.write(whole.replace(PLACEHOLDER, HOSTILE))


def record(name, *options, program='program'):
    subprocess.run([RPSCOPE, 'record', '-q', '--force', '-o', path(name),
                    *options, '--', path(program)], check=True, timeout=HANG)
    return path(name)


def export(how, *words, trace=None, status=0):
    return output(RPSCOPE, 'export', '--format', how, *words, trace or TRACE,
                  status=status)


def exported(how, *words, trace=None):
    """Its path, and what was said."""
    to = path(f'out.{how}')
    return to, export(how, '-o', to, *words, trace=trace)


def report(*words, trace=None):
    return json.loads(output(RPSCOPE, 'report', '--json', *words,
                             trace or TRACE))


def site(report, function):
    """The one site of that function."""
    found, = [row for row in report['sites']
              if function in (row['function'] or '')]
    return found


build()
TRACE = record('x.rptrace')
