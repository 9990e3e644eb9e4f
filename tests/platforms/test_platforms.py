#!/usr/bin/env python3
"""Core, built for other machines and systems, works there: under an emulator,
where it takes one. Where there is none, it is compiled for them."""
import glob
import os
import shutil
import tempfile

from case import Skip, TOP, cases_for, main, output
from tree import copied

# name -> words for scons, what runs its programs, Debian packages it takes
PLATFORMS = {
    '32 bits': ('CC=gcc -m32 -isystem /usr/include/x86_64-linux-gnu', [],
                'gcc-12-multilib', '/usr/lib32/libc.a'),
    'musl': ('CC=musl-gcc', [], 'musl-tools', 'musl-gcc'),
    'aarch64': ('CC=aarch64-linux-gnu-gcc', ['qemu-aarch64-static'],
                'gcc-aarch64-linux-gnu and qemu-user-static',
                'aarch64-linux-gnu-gcc qemu-aarch64-static'),
    'windows': ('os=windows', ['wine'], 'gcc-mingw-w64-x86-64-win32 and wine64',
                'x86_64-w64-mingw32-gcc wine clang'),
    'embedder': ('os=embedder', [], '', ''),
}
# What nothing here runs: the freestanding part of core, that is, all of it but
# the os files, for which the headers of these systems would be needed.
COMPILED_FOR = ['arm64-apple-macosx11', 'arm64-apple-ios14',
                'x86_64-apple-macosx10.15', 'aarch64-linux-android29',
                'armv7a-linux-androideabi29', 'x86_64-scei-ps4',
                'x86_64-pc-windows-msvc', 'i686-pc-windows-msvc']
HOSTED = ('core/os_', 'core/malloc')


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


@cases_for(PLATFORMS)
def core_works_on(name):
    words, emulator, packages, tools = PLATFORMS[name]
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


@cases_for(COMPILED_FOR)
def core_compiles_for(target):
    if not shutil.which('clang'):
        raise Skip('clang is not installed: site_scons/bootstrap')
    sources = [path for path in sorted(glob.glob(f'{TOP}/core/*.c'))
               if not os.path.relpath(path, TOP).startswith(HOSTED)]

    with tempfile.TemporaryDirectory() as work:
        output('clang', f'--target={target}', '-ffreestanding', '-std=c11',
               '-O2', '-Wall', '-Wextra', '-Werror', '-Wundef', f'-I{TOP}',
               '-DRP_INSTRUMENT=0', '-DRP_CHECK=0', '-c', *sources, cwd=work)
        assert len(os.listdir(work)) == len(sources)
    assert len(sources) > 15


main()
