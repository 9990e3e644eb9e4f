#!/usr/bin/env python3
"""A program that supplies the memory itself, linked with either library: its
functions are found without being named, and exported without a flag."""
import json
import os
import re
import signal
import tempfile

from case import TOP, VARIANTS, built, cases_for, main, output

PROGRAM = r'''
#include "core/rpmalloc.h"
#include <stdio.h>
#include <stdlib.h>

static size_t calls, returns;

void *rpmalloc_allocate_memory_external(size_t size) {
    ++calls;
    return (char *)malloc(size + 1) + 1;
}

void rpmalloc_deallocate_memory_external(void *pointer) {
    ++returns;
    free((char *)pointer - 1);
}

int main(void) {
    if (rpmalloc_initialize() != 0)
        return 1;
    void *small = rpmalloc(100), *large = rpmalloc(100000);
    void *huge = rpmalloc(10000000);
    if (small == NULL || large == NULL || huge == NULL)
        return 1;
    rpfree(huge);
    rpfree(large);
    rpfree(small);
    rpmalloc_finalize();
    printf("%d %d\n", calls >= 2, calls == returns);
    return 0;
}
'''


def documented():
    """The program that core/README.md shows."""
    with open(f'{TOP}/core/README.md') as file:
        return re.search(r'```c\n(.*?)```', file.read(), re.DOTALL).group(1)


def built_and_run(which, text):
    variant, kind = which.split()
    with tempfile.TemporaryDirectory() as folder:
        source, program = f'{folder}/program.c', f'{folder}/program'
        with open(source, 'w') as file:
            file.write(text)
        library = (['-L', built(variant), '-lrpscope',
                    f'-Wl,-rpath,{built(variant)}'] if kind == 'shared'
                   else [built(variant, 'librpscope.a'), '-pthread'])
        output(os.environ.get('CC', 'gcc'), '-Wall', '-Wextra', '-Werror',
               f'-I{TOP}', f'-I{TOP}/core', source, '-o', program, *library)

        return output(program, cwd=folder,
                      env={**os.environ, 'RPSCOPE_RECORD': 'off'})


PLUGIN = r'''
#include <rpmalloc.h>

int begin(void);
void work(void);
void end(void);

int begin(void) {
    return rpmalloc_initialize();
}

void work(void) {
    rpfree(rpmalloc(100));
}

void end(void) {
    rpmalloc_finalize();
}
'''

# A thread of the program works in the plugin and ends when that is gone.
HOST = r'''
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static pthread_barrier_t barrier;
static void (*work)(void);

static void *live(void *argument) {
    work();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return argument;
}

int main(int count, char **arguments) {
    pthread_t thread;

    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 20; ++i) {
        void *plugin = dlopen(arguments[count - 1], RTLD_NOW | RTLD_LOCAL);
        if (plugin == NULL) {
            puts(dlerror());
            return 1;
        }
        int (*begin)(void);
        void (*end)(void);
        *(void **)&begin = dlsym(plugin, "begin");
        *(void **)&work = dlsym(plugin, "work");
        *(void **)&end = dlsym(plugin, "end");
        if (begin() != 0)
            return 1;
        pthread_create(&thread, NULL, live, NULL);
        pthread_barrier_wait(&barrier);
        end();
        dlclose(plugin);
        if (dlopen(arguments[count - 1], RTLD_NOW | RTLD_NOLOAD) != NULL)
            return 1;
        pthread_barrier_wait(&barrier);
        pthread_join(thread, NULL);
    }
    puts("lived");
    return 0;
}
'''

WAYS = [f'{variant} {kind}' for variant in VARIANTS
        for kind in ('shared', 'static')]


@cases_for(WAYS)
def the_functions_of_the_program_serve(which):
    assert built_and_run(which, PROGRAM) == '1 1\n'


@cases_for(WAYS)
def the_program_in_the_documentation_compiles_and_runs(which):
    assert built_and_run(which, documented()) == '1\n1\n'


ASKING = r'''
#include <rpmalloc.h>
#include <stdio.h>

int main(void) {
    printf("%s %s\n", rpmalloc_variant(), rpmalloc_version());
    return 0;
}
'''


FIGURES = r'''
#include <rpmalloc.h>
#include <stdio.h>

int main(int count, char **arguments) {
    static char text[100000];

    (void)arguments;
    void *block = count > 1 ? rpmalloc(100) : NULL;
    if (rpmalloc_statistics_json(text, sizeof text) >= sizeof text)
        return 1;
    fputs(text, stdout);
    rpfree(block);
    return 0;
}
'''


HALF = r'''
#include <errno.h>
#include <rpmalloc.h>
#include <stdio.h>
#include <stdlib.h>

void *rpmalloc_allocate_memory_external(size_t size) {
    return malloc(size);
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count == 1) {
        int status = rpmalloc_initialize();
        printf("%d %d\n", status, errno == EINVAL);
        return 0;
    }
    rpfree(rpmalloc(10000000));
    return 0;
}
'''


def compiled(folder, name, text, *words):
    with open(f'{folder}/{name}.c', 'w') as file:
        file.write(text)
    output(os.environ.get('CC', 'gcc'), '-Wall', '-Werror', f'-I{TOP}/core',
           f'{folder}/{name}.c', '-o', f'{folder}/{name}', *words)


@cases_for(VARIANTS)
def a_thread_may_outlive_the_plugin_that_the_static_library_is_in(variant):
    with tempfile.TemporaryDirectory() as folder:
        compiled(folder, 'plugin.so', PLUGIN, '-shared', '-fPIC',
                 '-Wl,-Bsymbolic', built(variant, 'librpscope.a'), '-pthread')
        compiled(folder, 'host', HOST, '-pthread', '-ldl')

        told = output(f'{folder}/host', f'{folder}/plugin.so', cwd=folder,
                      env={**os.environ, 'RPSCOPE_RECORD': 'off'})

    assert told == 'lived\n', told


@cases_for(VARIANTS)
def one_of_the_two_functions_is_refused(variant):
    environment = {**os.environ, 'RPSCOPE_RECORD': 'off'}
    with tempfile.TemporaryDirectory() as folder:
        compiled(folder, 'half', HALF, built(variant, 'librpscope.a'),
                 '-pthread')

        assert output(f'{folder}/half', env=environment) == '-1 1\n'
        told = output(f'{folder}/half', 'anyway', env=environment,
                      status=-signal.SIGABRT)

    assert told == (
        'rpmalloc: the program defines one of rpmalloc_allocate_memory_external '
        'and rpmalloc_deallocate_memory_external: define both, or none\n'), told


@cases_for(VARIANTS)
def a_program_can_ask_which_library_it_has_and_is_told_when_it_wishes(variant):
    with tempfile.TemporaryDirectory() as folder:
        compiled(folder, 'asking', ASKING, built(variant, 'librpscope.a'),
                 '-pthread')

        def told(**settings):
            return output(f'{folder}/asking', cwd=folder,
                          env={**os.environ, **settings})

        asked = f'{variant} 0.1.0\n'
        line = f'rpscope: 0.1.0, {variant}'
        if variant == 'instrumented':
            line += '; '
        assert told(RPSCOPE_RECORD='off') == asked
        assert told(RPSCOPE_VERBOSE='0', RPSCOPE_RECORD='off') == asked
        assert told(RPSCOPE_VERBOSE='1', RPSCOPE_RECORD='off') == line + (
            'nothing is recorded' if variant == 'instrumented' else ''
            ) + '\n' + asked
        if variant == 'instrumented':
            assert told(RPSCOPE_VERBOSE='1', RPSCOPE_FILE='a.rptrace') == (
                f'{line}the trace: {folder}/a.rptrace\n{asked}')
            assert re.match(re.escape(
                f'{line}the trace: {folder}/asking.rptrace, with .') +
                r'\d+ before the suffix\n', told(RPSCOPE_VERBOSE='1'))
            # Of a recording that was started for another process.
            assert told(RPSCOPE_VERBOSE='1', RPSCOPE_FILE='a.rptrace',
                        RPSCOPE_ROOT='1') == (
                f'{line}the trace: {folder}/a.rptrace, in the folder of its '
                f'other processes\n{asked}')
            assert told(RPSCOPE_VERBOSE='1', RPSCOPE_ONLY='other') == (
                f'{line}nothing is recorded\n{asked}')
            assert told(RPSCOPE_VERBOSE='1', RPSCOPE_FOLLOW='none',
                        RPSCOPE_PARENT='1') == (
                f'{line}nothing is recorded\n{asked}')


def figures_named_in_the_header():
    """The fields of the structs of statistics, a list each."""
    with open(f'{TOP}/core/rpmalloc.h') as file:
        structs = re.findall(r'struct rpmalloc_(\w+)_statistics {(.*?)}',
                             file.read(), re.DOTALL)
    return {name: re.findall(r'size_t (\w+);', text) for name, text in structs}


@cases_for(VARIANTS)
def the_statistics_are_json_with_every_figure_of_the_header(variant):
    with tempfile.TemporaryDirectory() as folder:
        compiled(folder, 'figures', FIGURES, built(variant, 'librpscope.a'),
                 '-pthread')
        environment = {**os.environ, 'RPSCOPE_RECORD': 'off'}

        empty, used = (json.loads(output(f'{folder}/figures', *words,
                                         env=environment))
                       for words in ([], ['used']))

    named = figures_named_in_the_header()
    for name in ('global', 'empty', 'thread'):
        assert list(used[name]) == named[name], used
    assert [list(each) for each in used['classes']] == [named['class']], used
    assert used['classes'][0]['block_bytes'] == 128, used
    assert used['classes'][0]['in_use'] == 128, used
    assert empty['classes'] == [] and empty['global']['mapped'] == 0, empty


main()
