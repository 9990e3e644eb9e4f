#!/usr/bin/env python3
"""Programs of another C library, which inherit what is preloaded: they run as
ever, and that nothing of them is recorded is said."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

from case import HANG, TOP, VARIANTS, Skip, built, case, cases_for, main, output

sys.path.insert(0, os.path.join(TOP, 'tests/instrument/format'))
from second_reader import Model, Trace  # noqa: E402

SAYS = ('rpscope: {} is made for another C library than the recorder, so it '
        'runs and nothing of it is recorded; record a build of it for glibc.\n')


class Folder(tempfile.TemporaryDirectory):
    """A folder with the programs of this one, made for musl."""

    def __enter__(self):
        if not shutil.which('musl-gcc'):
            raise Skip('there is no other C library: site_scons/bootstrap')
        self.path = os.path.realpath(super().__enter__())
        return self

    def make(self, name):
        program = f'{self.path}/{name}'
        output('musl-gcc', '-O2', '-fno-builtin', f'-I{TOP}',
               f'{TOP}/tests/preload/{name}.c', '-o', program, '-pthread')
        return program

    def run(self, *command, **settings):
        return subprocess.run(
            command, cwd=self.path, stdin=subprocess.DEVNULL, timeout=HANG,
            capture_output=True, text=True,
            env={**os.environ, 'RPSCOPE_FILE': f'{self.path}/x.rptrace',
                 **settings})

    def traces(self):
        return glob.glob(f'{self.path}/**/*.rptrace', recursive=True)


def preloaded(variant):
    return {'LD_PRELOAD': built(variant, 'librpscope-malloc.so')}


@cases_for(VARIANTS)
def it_runs_as_without_us(variant):
    with Folder() as folder:
        program = folder.make('any_library')
        wanted = folder.run(built('tests/preload/any_library'),
                            RPSCOPE_RECORD='off', **preloaded(variant))
        assert wanted.returncode == 7 and 'signals 200\n' in wanted.stdout

        done = folder.run(program, **preloaded(variant))

        assert done.returncode == 7, (done.returncode, done.stderr)
        assert done.stdout == wanted.stdout, done.stdout
        # Once, though it forks; and the release library records nothing.
        assert done.stderr == (SAYS.format(program) if variant ==
                               'instrumented' else ''), done.stderr
        assert not folder.traces()


@cases_for(['any_library', 'handlers'])
def its_blocks_are_the_library_s(name):
    with Folder() as folder:
        program = folder.make(name)
        for variant in VARIANTS:
            done = folder.run(program, RPSCOPE_RECORD='off',
                              **preloaded(variant))
            assert done.returncode in (0, 7) and not done.stderr, done
            assert 'not ok' not in done.stdout, done.stdout


@case
def nothing_is_said_where_nothing_was_asked():
    with Folder() as folder:
        program = folder.make('any_library')
        for settings in ({'RPSCOPE_RECORD': 'off'}, {'RPSCOPE_ONLY': 'sh'},
                         {'RPSCOPE_FOLLOW': 'none', 'RPSCOPE_PARENT': 'a' * 16}):
            done = folder.run(program, **preloaded('instrumented'), **settings)
            assert done.returncode == 7 and not done.stderr, (settings, done)


@case
def one_that_a_recorded_shell_starts_is_told():
    with Folder() as folder:
        program = folder.make('any_library')
        wanted = folder.run(program)

        done = folder.run(built('rpscope'), 'record', '-o', 'x.rptrace', '--',
                          'sh', '-c', f'{program}; status=$?; '
                          'ls / > /dev/null; exit $status')

        assert done.returncode == 7 and done.stdout == wanted.stdout, done
        assert done.stderr.startswith(SAYS.format(program)), done.stderr
        assert done.stderr.count('another C library') == 1, done.stderr
        assert ', none lost, ' in done.stderr, done.stderr
        # Of the shell, and of what it starts of its own C library. It ends
        # without a count of its blocks (_exit).
        shell = Trace(f'{folder.path}/x.rptrace')
        assert shell.trailer['lost_events'] == 0 and not shell.cut
        assert not Model(shell).faults and shell.meta['exit'] == 'code 7'
        programs = {os.path.basename(Trace(path).meta['program'])
                    for path in folder.traces()}
        assert programs == {os.path.basename(os.path.realpath(path))
                            for path in ('/bin/sh', '/bin/ls')}, programs


main()
