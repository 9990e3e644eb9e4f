#!/usr/bin/env python3
"""A copy of the tree builds nothing twice, and installs. What it has no object
of, it builds; that it can build all is what .ci/run shows, in a fresh clone."""
import json
import os
import re
import tempfile

from case import VARIANTS, cases_for, case, main, output
from tree import add_what_is_built, copied, scons

PROGRAM = '''
#include <rpmalloc.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static char *hello_block(void) {
    return rpmalloc(100);
}

int main(void) {
    if (rpmalloc_initialize() != 0)
        return 1;
    char *block = hello_block();
    strcpy(block, "hello");
    puts(block);
    rpfree(block);
    rpmalloc_thread_reset();
    return 0;
}
'''


def flags(root, variant, *words):
    package = {'release': 'rpscope', 'instrumented': 'rpscope-instrumented'}
    return output(
        'pkg-config', f'--define-variable=prefix={root}/dest/usr', *words,
        package[variant], env={**os.environ, 'PKG_CONFIG_PATH':
                               f'{root}/dest/usr/lib/pkgconfig'}).split()


def folder(root, variant):
    return f'{root}/dest/usr/lib' + (
        '/rpscope/instrumented' if variant == 'instrumented' else '')


def linked(root, variant, libraries):
    """Builds the program; returns its path."""
    program = f'{root}/program-{variant}'
    with open(f'{program}.c', 'w') as file:
        file.write(PROGRAM)
    output('gcc', '-g', *flags(root, variant, '--cflags'), f'{program}.c', '-o',
           program, *libraries)
    return program


def loaded(program, folder_):
    """Which librpscope.so the program gets with this LD_LIBRARY_PATH."""
    text = output('ldd', program,
                  env={**os.environ, 'LD_LIBRARY_PATH': folder_})
    return re.search(r'librpscope\.so\.1 => (\S+)', text).group(1)


with copied() as tree:
    add_what_is_built(tree)
    scons(tree)

    @case
    def a_second_build_does_nothing():
        said = scons(tree).splitlines()

        work = [line for line in said if not line.endswith('is up to date.')]
        assert not work, work

    @case
    def install_puts_everything_under_destdir():
        scons(tree, 'install', f'DESTDIR={tree}/dest', 'prefix=/usr')

        for path in ('include/rpmalloc.h', 'include/rpmalloc.hpp', 'bin/rpscope', 'lib/librpscope.a',
                     'lib/librpscope.so', 'lib/librpscope-malloc.so',
                     'lib/rpscope/librpscope-witness.so',
                     'lib/rpscope/instrumented/librpscope.a',
                     'lib/rpscope/instrumented/librpscope.so',
                     'lib/rpscope/instrumented/librpscope-malloc.so',
                     'lib/pkgconfig/rpscope.pc',
                     'lib/pkgconfig/rpscope-instrumented.pc'):
            assert os.path.exists(f'{tree}/dest/usr/{path}'), path

    @case
    def the_installed_rpscope_finds_the_installed_library():
        trace = f'{tree}/installed.rptrace'
        said = output(f'{tree}/dest/usr/bin/rpscope', 'record', '-o', trace,
                      '--', 'grep', 'librpscope', '/proc/self/maps')

        assert os.path.realpath(folder(tree, 'instrumented') +
                                '/librpscope-malloc.so') in said, said
        assert os.path.exists(trace)

    @cases_for(VARIANTS)
    def a_program_builds_with_the_flags_of_pkg_config(variant):
        program = linked(tree, variant, flags(tree, variant, '--libs'))

        said = output(program, cwd=tree, env={
            'LD_LIBRARY_PATH': folder(tree, variant), 'RPSCOPE_RECORD': 'off'})

        assert said == 'hello\n', said

    @cases_for(VARIANTS)
    def a_program_links_the_static_library(variant):
        library = folder(tree, variant) + '/librpscope.a'
        program = linked(tree, variant, [library])

        said = output(program, cwd=tree, env={'RPSCOPE_RECORD': 'off'})

        assert said == 'hello\n', said

    @cases_for([[], ['-static'], ['-static', '-Wl,--eh-frame-hdr']])
    def stacks_of_the_static_library_begin_in_the_program(how):
        library = folder(tree, 'instrumented') + '/librpscope.a'
        program = linked(tree, 'instrumented', [library, *how])
        trace = f'{tree}/static{len(how)}.rptrace'

        output(program, cwd=tree, env={'RPSCOPE_FILE': trace})

        told = json.loads(output(f'{tree}/build/rpscope', 'report', '--json',
                                 trace))
        assert [site['function'] for site in told['sites']] == [
            'hello_block'], told['sites']

    @case
    def a_program_built_for_the_instrumented_library_gets_it():
        program = linked(tree, 'instrumented',
                         flags(tree, 'instrumented', '--libs'))

        # As if the release library were installed where the loader looks.
        for place in ('', folder(tree, 'release')):
            wanted = place or folder(tree, 'instrumented')
            assert loaded(program, place).startswith(wanted + '/lib'), place
        said = output(program, cwd=tree, env={'RPSCOPE_RECORD': 'off',
                                              'RPSCOPE_VERBOSE': '1'})
        assert said == ('rpscope: 0.1.0, instrumented; nothing is recorded\n'
                        'hello\n'), said

    @case
    def swapping_the_folder_swaps_the_variant():
        program = linked(tree, 'release', flags(tree, 'release', '--libs'))

        for variant in VARIANTS:
            with tempfile.TemporaryDirectory() as work:
                place = folder(tree, variant)
                output(program, cwd=work, env={'LD_LIBRARY_PATH': place})
                traces = [name for name in os.listdir(work)
                          if name.endswith('.rptrace')]

                assert loaded(program, place).startswith(place + '/')
                assert len(traces) == (variant == 'instrumented'), traces

    main()
