"""Builds core for another machine or system, and runs its checks there."""
import errno
import glob
import os
import shutil
import subprocess
import tempfile

from case import Skip, output
from tree import copied


def is_there(tool):
    return os.path.exists(tool) if tool.startswith('/') else shutil.which(tool)


def checks(root, folder):
    found = glob.glob(f'{root}/{folder}/release/tests/platforms/self_check*')
    return [path for path in found if path.endswith('.exe') or
            not os.path.splitext(path)[1]]


def environment(work):
    # A Windows of its own, that draws nothing.
    return {**os.environ, 'WINEPREFIX': f'{work}/wine', 'WINEDEBUG': '-all',
            'WINEDLLOVERRIDES': 'winemenubuilder.exe,mscoree,mshtml=',
            'DISPLAY': ''}


def must_run(program):
    """Skips the case when it is no program for this kernel; all else is an
    error."""
    try:
        subprocess.run([program], check=True)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        raise Skip(f'the kernel runs no such program: {error.strerror}')


def must_run_what_is_made_by(compiler):
    with tempfile.TemporaryDirectory() as work:
        with open(f'{work}/nothing.c', 'w') as file:
            file.write('int main(void) { return 0; }\n')
        output(*compiler.split(), 'nothing.c', '-o', 'nothing', cwd=work)
        must_run(f'{work}/nothing')


def core_works(words, emulator, packages, tools):
    """words: for scons; emulator: what runs its programs; packages: of Debian,
    that have the tools; without those, the case is skipped."""
    if not all(is_there(tool) for tool in tools.split()):
        raise Skip(f'{packages} are not installed: site_scons/bootstrap '
                   'platforms')
    if words.startswith('CC=') and not emulator:
        must_run_what_is_made_by(words.removeprefix('CC='))
    with copied('SConstruct', 'site_scons', 'core', 'tests/core',
                'tests/platforms', 'tests/quick_start.c') as root:
        output('scons', '-Q', 'build=there', 'platform', words, cwd=root)

        programs = checks(root, 'there')
        told = {program: output(*emulator, program, cwd=root,
                                env=environment(root)).splitlines()
                for program in programs}

    assert programs
    for program, lines in told.items():
        cases = [line for line in lines if line.startswith('ok - ')]
        assert len(cases) == 20, (program, lines)
