#!/usr/bin/env python3
"""core/rpmalloc.hpp as a program has it: by each standard of C++ from 11 on, with
all warnings, with and without exceptions and RTTI."""
import os
import tempfile

from case import TOP, VARIANTS, built, case, cases_for, main, output

COMPILER = {'gcc': 'g++', 'clang': 'clang++'}.get(os.environ.get('CC', 'gcc'),
                                                  'c++')
STRICT = ('-Wall', '-Wextra', '-Wpedantic', '-Werror')


def run(folder, variant, *flags):
    """Compiles the program, and returns what it tells."""
    program = f'{folder}/containers'
    output(COMPILER, *STRICT, *flags, f'-I{TOP}/core',
           f'{TOP}/tests/build/containers.cc', f'-L{built(variant)}',
           '-lrpscope', f'-Wl,-rpath,{built(variant)}', '-o', program)
    return output(program, cwd=folder, env={
        **os.environ, 'RPSCOPE_FILE': f'{folder}/containers.rptrace'})


@cases_for(['11', '14', '17', '20'])
def containers_get_their_memory_and_give_it_back(standard):
    with tempfile.TemporaryDirectory() as folder:
        assert run(folder, 'release', f'-std=c++{standard}') == 'done\n'


@cases_for(VARIANTS)
def without_exceptions_and_rtti_too(variant):
    with tempfile.TemporaryDirectory() as folder:
        told = run(folder, variant, '-std=c++17', '-fno-exceptions',
                   '-fno-rtti')
        assert told == 'done\n', told


@case
def without_exceptions_the_end_of_memory_is_the_end():
    source = ('#include <rpmalloc.hpp>\n'
              'int main() { rp::allocator<int>().allocate(~size_t(0) / 8); }\n')
    with tempfile.TemporaryDirectory() as folder:
        with open(f'{folder}/much.cc', 'w') as file:
            file.write(source)
        output(COMPILER, '-fno-exceptions', f'-I{TOP}/core', 'much.cc',
               f'-L{built("release")}', '-lrpscope', '-o', 'much',
               f'-Wl,-rpath,{built("release")}', cwd=folder)
        output(f'{folder}/much', cwd=folder, status=-6)


main()
