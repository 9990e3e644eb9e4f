#!/usr/bin/env python3
"""The libraries where programs do unusual things: forks amid threads, handlers
that allocate, ends of threads and programs, opening at run time; and that no name is missed."""
import os
import shutil
import signal
import tempfile

from case import TOP, VARIANTS, Skip, built, cases_for, main, output
from ways import Preloaded, Way, check


@cases_for(VARIANTS)
def every_name_of_the_family_is_answered_by_the_library(variant):
    library = os.path.realpath(built(variant, 'librpscope-malloc.so'))

    with tempfile.TemporaryDirectory() as work:
        told = Preloaded(variant, work).run(
            work, [built('tests/preload/whose')]).decode()

    rows = [line.split() for line in told.splitlines()]
    others = [name for name, file in rows if os.path.realpath(file) != library]
    assert len(rows) == 40 and not others, others


@cases_for(['plain', *VARIANTS])
def corners(variant):
    with tempfile.TemporaryDirectory() as work:
        check('corners', Way() if variant == 'plain'
              else Preloaded(variant, work))


@cases_for(VARIANTS)
def signal_handlers_allocate(variant):
    with tempfile.TemporaryDirectory() as work:
        check('handlers', Preloaded(variant, work))


@cases_for([f'{variant} {name}' for variant in VARIANTS
            for name in ('librpscope.so', 'librpscope-malloc.so')])
def a_library_may_be_opened_and_closed_at_run_time(which):
    variant, name = which.split()

    with tempfile.TemporaryDirectory() as work:
        told = output(built('tests/preload/opener'), built(variant, name), '20',
                      cwd=work)

    assert told == 'done\n', told


PLUGIN = r"""
#include <rpmalloc.h>
#include <stddef.h>

void *work(void *block);

void *work(void *block) {
    void *blocks[50];

    for (size_t i = 0; i < 50; ++i)
        blocks[i] = rpmalloc(i * i * 10);
    for (size_t i = 0; i < 50; ++i)
        rpfree(blocks[i]);
    rpfree(block);
    return rpmalloc(3000);
}
"""


@cases_for(VARIANTS)
def a_library_linked_with_it_is_opened_and_closed_1_000_times(variant):
    with tempfile.TemporaryDirectory() as work:
        with open(f'{work}/plugin.c', 'w') as file:
            file.write(PLUGIN)
        output(os.environ.get('CC', 'gcc'), '-shared', '-fPIC', 'plugin.c', '-o',
               'plugin.so', f'-I{TOP}/core', f'-L{built(variant)}',
               '-lrpscope', f'-Wl,-rpath,{built(variant)}', cwd=work)

        told = output(built('tests/preload/plugins'), f'{work}/plugin.so',
                      '1000', cwd=work, env={**os.environ, 'RPSCOPE_FILE':
                                             f'{work}/trace.rptrace'})

    assert told == 'mapped same, heaps same, mappings same\n', told


@cases_for(['plain', *VARIANTS])
def objects_allocate_at_the_end_of_threads_and_of_the_program(variant):
    with tempfile.TemporaryDirectory() as work:
        check('endings', Way() if variant == 'plain'
              else Preloaded(variant, work))


@cases_for(VARIANTS)
def a_failed_new_ends_a_program_that_cannot_throw(variant):
    with tempfile.TemporaryDirectory() as work:
        told = output(built('tests/preload/no_runtime'),
                      status=-signal.SIGABRT, cwd=work,
                      env={**os.environ, 'RPSCOPE_RECORD': 'off', 'LD_PRELOAD':
                           built(variant, 'librpscope-malloc.so')})

    assert told == ('rpmalloc: operator new: out of memory, and no C++ runtime '
                    'to throw\n'), told


DEEP = {
    'plugin.c': 'void free(void *); void give(void *b); void give(void *b) { free(b); }',
    'main.c': r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    void *plugin = dlopen("libdeep.so", RTLD_NOW | RTLD_DEEPBIND);
    if (plugin == NULL) {
        puts(dlerror());
        return 1;
    }
    void (*give)(void *) = (void (*)(void *))dlsym(plugin, "give");
    for (int i = 0; i < 1000; i++)
        give(malloc((size_t)i));
    puts("done");
    return 0;
}
"""}


@cases_for(['plain', *VARIANTS])
def a_library_that_is_bound_deeply_has_the_programs_free(variant):
    with tempfile.TemporaryDirectory() as work:
        for name, text in DEEP.items():
            with open(f'{work}/{name}', 'w') as file:
                file.write(text)
        compiler = os.environ.get('CC', 'gcc')
        os.mkdir(f'{work}/its')
        output(compiler, '-shared', '-fPIC', 'plugin.c', '-o',
               'its/libdeep.so', cwd=work)
        # Found by the RUNPATH of the caller alone.
        output(compiler, 'main.c', '-o', 'main', '-ldl',
               '-Wl,--enable-new-dtags,-rpath,$ORIGIN/its', cwd=work)
        way = Way() if variant == 'plain' else Preloaded(variant, work)

        assert way.run(work, [f'{work}/main']) == b'done\n'


@cases_for(VARIANTS)
def php_frees_what_its_extensions_have_taken(variant):
    if not shutil.which('php'):
        raise Skip('there is no php')
    with tempfile.TemporaryDirectory() as work:
        told = Preloaded(variant, work).run(
            work, ['php', '-r', 'echo strlen(json_encode(range(1, 9999))), " ",'
                   ' count(get_loaded_extensions()) > 9 ? "done" : "few";'],
            USE_ZEND_ALLOC='0')

        assert told.endswith(b' done'), told


WRONG = {
    'delete': 'delete of a block of 256 bytes by a size of 100: not the size '
              'that it was made with',
    'large-delete': 'delete of a block of 458752 bytes by a size of 100000: not '
                    'the size that it was made with',
    'free': 'free_sized of a block of 128 bytes by a size of 5000: not the size '
            'that it was made with',
    'aligned': 'free_aligned_sized of a block that is not aligned to 1048576: '
               'not the alignment that it was made with',
}


def gives_back(what, variant, work, status=0):
    return output(built('tests/preload/sized'), what, status=status, cwd=work,
                  env={**os.environ, 'RPSCOPE_RECORD': 'off', 'LD_PRELOAD':
                       built(variant, 'librpscope-malloc.so')})


@cases_for(VARIANTS)
def a_right_size_is_no_matter(variant):
    with tempfile.TemporaryDirectory() as work:
        assert gives_back('right', variant, work) == 'lived\n'


@cases_for(WRONG)
def a_wrong_size_is_told_by_the_instrumented_library_alone(what):
    with tempfile.TemporaryDirectory() as work:
        assert gives_back(what, 'release', work) == 'lived\n'
        told = gives_back(what, 'instrumented', work, -signal.SIGABRT)

    assert told == f'rpmalloc: {WRONG[what]}\n', told


main()
