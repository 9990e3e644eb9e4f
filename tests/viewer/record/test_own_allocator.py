#!/usr/bin/env python3
"""Allocators that a program brings along: those that it uses are told, and
those that only lie there are not."""
import glob
import json
import os
import shutil
import subprocess
import tempfile

from case import (HANG, REPORT, Skip, built, case, cases_for, in_folder, main,
                  output)

RPSCOPE = built('rpscope')
PYTHON = '/usr/bin/python3'

# NAME is the function that gives memory, and TAKE what others call; with ASKS,
# it belongs to another library.
SOURCE = r'''
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#ifdef ASKS
extern void *NAME(size_t size);
#else
SEEN void *NAME(size_t size);
SEEN void *NAME(size_t size) {
    return mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
}
#endif
#ifdef MORE
void *malloc(size_t size) { return NAME(size); }
void free(void *block) { (void)block; }
int mallctl(void) { return 0; }
#endif
#ifdef TAKE
void *TAKE(size_t size);
void *TAKE(size_t size) { return memset(NAME(size), 1, size); }
#endif
'''
PROGRAM = r'''
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
typedef void *taker(size_t size);
extern taker USED;
int mallctl(void);
int main(int count, char **arguments) {
    taker *chosen = NULL;
#ifdef OPENS
    chosen = (taker *)dlsym(dlopen(OPENS, RTLD_NOW), "take");
#elif defined LOADS
    mallctl();
#else
    chosen = USED;
#endif
    if (chosen != NULL)
        chosen((size_t)atoi(arguments[count - 1]) << 20);
    for (int i = 0; i < 1000; i++)
        free(malloc((size_t)i));
}
'''


def compiled(folder, source, name, *flags):
    with open(f'{folder}/source.c', 'w') as file:
        file.write(source)
    output(os.environ.get('CC', 'gcc'), '-fno-builtin', '-o', f'{folder}/{name}',
           f'{folder}/source.c', *flags, f'-Wl,-rpath,{folder}', cwd=folder)


def library(folder, name, *flags, before=()):
    compiled(folder, SOURCE, f'lib{name}.so', '-shared', '-fPIC',
             *({'-DSEEN='} if not any('SEEN' in flag for flag in flags) else ()),
             *flags, *before)


def program(folder, *flags):
    compiled(folder, PROGRAM, 'main', *flags, f'-L{folder}', '-ldl')


def told(folder, *command, **settings):
    """What is said of what was not recorded: by record, and in the report."""
    done = subprocess.run([RPSCOPE, 'record', '-o', 'x.rptrace', '--force', '--',
                           *command], cwd=folder, timeout=HANG, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, **settings})
    assert done.returncode == 0, done.stderr
    report = json.loads(subprocess.run(
        [*REPORT, 'x.rptrace', '--json'], cwd=folder, timeout=HANG,
        stdin=subprocess.DEVNULL, capture_output=True).stdout)
    said = [line.removeprefix(f'rpscope: {command[0]} ').removesuffix('.')
            for line in done.stderr.splitlines()[1:]]
    found = [one['text'] for one in report['findings']
             if one['kind'] == 'not recorded']
    assert len(said) == len(found), (said, found)
    assert all(text.endswith(one) for text, one in zip(found, said)), found
    return said


def in_one(check):
    with tempfile.TemporaryDirectory() as folder:
        check(folder)


HIDDEN = '-DSEEN=__attribute__((visibility("hidden")))'
INSIDE = ('has loaded libplugin.so, which has an allocator of its own ({} is in '
          'it): what is asked of that is not recorded')


@cases_for([f'{name}, {way}' for name in ('je_malloc', 'malloc')
            for way in ('linked', 'opened')])
def one_inside_a_library_is_told(which):
    name, way = which.split(', ')

    @in_one
    def check(folder):
        library(folder, 'plugin', f'-DNAME={name}', HIDDEN, '-DTAKE=take')
        if way == 'linked':
            program(folder, '-DUSED=take', f'-L{folder}', '-lplugin')
        else:
            program(folder, f'-DOPENS="{folder}/libplugin.so"')
        assert told(folder, './main', '1') == [INSIDE.format(name)]
        said, = told(folder, './main', '200')
        assert said.startswith(INSIDE.format(name) + ' (20'), said


@in_folder
def one_of_a_child_is_told_once_and_in_each_trace(folder):
    library(folder, 'plugin', '-DNAME=je_malloc', HIDDEN, '-DTAKE=take')
    program(folder, '-DUSED=take', '-lplugin')
    sentence = f'main {INSIDE.format("je_malloc")}'

    for quiet in [], ['-q']:
        done = subprocess.run(
            [RPSCOPE, 'record', *quiet, '-o', 'x.rptrace', '--force', '--',
             'sh', '-c', './main 1; ./main 1; exit 0'], cwd=folder,
            timeout=HANG, stdin=subprocess.DEVNULL, capture_output=True,
            text=True)

        assert done.stderr.count('allocator of its own') == (not quiet), done
        assert quiet or f'\nrpscope: {sentence}.\n' in done.stderr, done.stderr
        traces = glob.glob(f'{folder}/x.processes/main.*')
        assert len(traces) == 2, traces
        for trace in traces:
            report = json.loads(subprocess.run(
                [*REPORT, trace, '--json'], timeout=HANG,
                stdin=subprocess.DEVNULL, capture_output=True).stdout)
            assert sentence in [one['text'] for one in report['findings']]
            os.unlink(trace)


@in_folder
def one_whose_malloc_is_ours_is_not(folder):
    # It shows malloc, which is found in ours; and of its own API, only what
    # gives no memory is used.
    library(folder, 'behind', '-DNAME=mallocx', '-DMORE')
    program(folder, '-DLOADS', '-lbehind')
    assert told(folder, './main') == []
    assert told(folder, './main', '1') == []


@in_folder
def one_that_is_asked_by_another_name_is_told(folder):
    library(folder, 'behind', '-DNAME=mallocx', '-DMORE')
    program(folder, '-DUSED=mallocx', '-lbehind')
    assert told(folder, './main', '1') == [
        'has loaded libbehind.so, of which it asks memory by mallocx: that is '
        'not recorded']

    library(folder, 'user', '-DNAME=mallocx', '-DASKS', '-DTAKE=take',
            before=[f'-L{folder}', '-lbehind'])
    program(folder, '-DUSED=take', '-luser', '-lbehind')
    assert told(folder, './main', '1') == [
        'has loaded libbehind.so, of which libuser.so asks memory by mallocx: '
        'that is not recorded']


@in_folder
def one_that_asks_itself_is_named_when_much_is_missing(folder):
    # Bound to its own malloc, which nobody sees from outside.
    library(folder, 'behind', '-DNAME=give', '-DMORE', '-DTAKE=take',
            '-Wl,-Bsymbolic')
    program(folder, '-DUSED=take', '-lbehind')
    assert told(folder, './main', '1') == []
    said, = told(folder, './main', '150')
    assert said.startswith('had 15') and said.endswith(
        'an allocator of its own for, such as libbehind.so'), said


@in_folder
def python_in_a_library_is_told(folder):
    library(folder, 'python', '-DNAME=PyObject_Malloc')
    program(folder, '-DUSED=PyObject_Malloc', '-lpython')
    plain = told(folder, './main', '1', PYTHONMALLOC='')
    assert plain == ['keeps small objects in arenas of its own, which are not '
                     'recorded; PYTHONMALLOC=malloc lets them be'], plain
    assert told(folder, './main', '1', PYTHONMALLOC='malloc') == []


@in_folder
def php_s_is_told_and_what_helps(folder):
    if not shutil.which('php'):
        raise Skip('there is no php')
    says = ('keeps small objects in arenas of its own, which are not recorded; '
            'USE_ZEND_ALLOC=0 lets them be')
    assert told(folder, 'php', '-r', '1;', USE_ZEND_ALLOC='') == [says]
    assert told(folder, 'php', '-r', '1;', USE_ZEND_ALLOC='0') == []


@case
def programs_without_one_are_not():
    @in_one
    def check(folder):
        for command in ('/bin/ls', '/'), ('/usr/bin/perl', '-e', '1'):
            assert told(folder, *command) == [], command


main()
