"""Builds core for another machine or system, and runs its checks there."""
import glob
import os
import shutil

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


def core_works(words, emulator, packages, tools):
    """words: for scons; emulator: what runs its programs; packages: of Debian,
    that have the tools; without those, the case is skipped."""
    if not all(is_there(tool) for tool in tools.split()):
        raise Skip(f'{packages} are not installed: site_scons/bootstrap '
                   'platforms')
    with copied('SConstruct', 'site_scons', 'core', 'tests/core',
                'tests/platforms') as root:
        output('scons', '-Q', 'build=there', 'platform', words, cwd=root)

        programs = checks(root, 'there')
        told = {program: output(*emulator, program, cwd=root,
                                env=environment(root)).splitlines()
                for program in programs}

    assert programs
    for program, lines in told.items():
        cases = [line for line in lines if line.startswith('ok - ')]
        assert len(cases) == 20, (program, lines)
