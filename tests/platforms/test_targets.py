#!/usr/bin/env python3
"""What nothing here runs: the freestanding part of core, that is, all of it but
the os files, for which the headers of these systems would be needed."""
import glob
import os
import shlex
import shutil
import subprocess
import tempfile

from case import Skip, TOP, cases_for, main, output

TARGETS = ['arm64-apple-macosx11', 'arm64-apple-ios14',
           'x86_64-apple-macosx10.15', 'aarch64-linux-android29',
           'armv7a-linux-androideabi29', 'x86_64-scei-ps4',
           'x86_64-pc-windows-msvc', 'i686-pc-windows-msvc']
HOSTED = ('core/os/', 'core/malloc/')


# Without optimizing: what a compiler can refuse it refuses all the same.
FLAGS = ['-ffreestanding', '-std=c11', '-O0', '-Wall', '-Wextra', '-Werror',
         '-Wundef', f'-I{TOP}', '-DRP_INSTRUMENT=0', '-DRP_CHECK=0', '-c']


def compile_all(target, sources, folder):
    """Makes an object of each. One compiler does, which the driver names: to
    start it takes six times as long as to compile a file of ours."""
    told = subprocess.run(['clang', f'--target={target}', *FLAGS, '-###',
                           sources[0]], cwd=folder, check=True, text=True,
                          stderr=subprocess.PIPE).stderr
    compiler = shlex.split(told.splitlines()[-1])
    at = compiler.index('-o')
    del compiler[at:at + 2]
    assert compiler.pop() == sources[0]
    output(*compiler, *sources, cwd=folder)


@cases_for(TARGETS)
def core_compiles_for(target):
    if not shutil.which('clang'):
        raise Skip('clang is not installed: site_scons/bootstrap')
    sources = [path for path in sorted(glob.glob(f'{TOP}/core/*/*.c'))
               if not os.path.relpath(path, TOP).startswith(HOSTED)]
    assert len(sources) > 15

    with tempfile.TemporaryDirectory() as work:
        names = [os.path.basename(path) for path in sources]
        for path, name in zip(sources, names):
            os.symlink(path, os.path.join(work, name))
        compile_all(target, names, work)
        objects = glob.glob(f'{work}/*.o')
        assert len(objects) == len(sources), objects


main()
