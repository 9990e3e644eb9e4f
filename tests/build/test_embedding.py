#!/usr/bin/env python3
"""A program that supplies the memory itself, linked with either library: its
functions are found without being named, and exported without a flag."""
import os
import re
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


WAYS = [f'{variant} {kind}' for variant in VARIANTS
        for kind in ('shared', 'static')]


@cases_for(WAYS)
def the_functions_of_the_program_serve(which):
    assert built_and_run(which, PROGRAM) == '1 1\n'


@cases_for(WAYS)
def the_program_in_the_documentation_compiles_and_runs(which):
    assert built_and_run(which, documented()) == '1\n1\n'


main()
