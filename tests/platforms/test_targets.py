#!/usr/bin/env python3
"""What nothing here runs: the freestanding part of core, that is, all of it but
the os files, for which the headers of these systems would be needed."""
import glob
import os
import shutil
import tempfile

from case import Skip, TOP, cases_for, main, output

TARGETS = ['arm64-apple-macosx11', 'arm64-apple-ios14',
           'x86_64-apple-macosx10.15', 'aarch64-linux-android29',
           'armv7a-linux-androideabi29', 'x86_64-scei-ps4',
           'x86_64-pc-windows-msvc', 'i686-pc-windows-msvc']
HOSTED = ('core/os/', 'core/malloc/')


@cases_for(TARGETS)
def core_compiles_for(target):
    if not shutil.which('clang'):
        raise Skip('clang is not installed: site_scons/bootstrap')
    sources = [path for path in sorted(glob.glob(f'{TOP}/core/*/*.c'))
               if not os.path.relpath(path, TOP).startswith(HOSTED)]

    with tempfile.TemporaryDirectory() as work:
        output('clang', f'--target={target}', '-ffreestanding', '-std=c11',
               '-O2', '-Wall', '-Wextra', '-Werror', '-Wundef', f'-I{TOP}',
               '-DRP_INSTRUMENT=0', '-DRP_CHECK=0', '-c', *sources, cwd=work)
        assert len(os.listdir(work)) == len(sources)
    assert len(sources) > 15


main()
