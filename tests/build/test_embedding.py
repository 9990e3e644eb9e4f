#!/usr/bin/env python3
"""A program that supplies the memory itself, linked with either library: its
functions are found without being named, and exported without a flag."""
import os
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


@cases_for([f'{variant} {kind}' for variant in VARIANTS
            for kind in ('shared', 'static')])
def the_functions_of_the_program_serve(which):
    variant, kind = which.split()
    with tempfile.TemporaryDirectory() as folder:
        source, program = f'{folder}/program.c', f'{folder}/program'
        with open(source, 'w') as file:
            file.write(PROGRAM)
        library = (['-L', built(variant), '-lrpscope',
                    f'-Wl,-rpath,{built(variant)}'] if kind == 'shared'
                   else [built(variant, 'librpscope.a'), '-pthread'])
        output(os.environ.get('CC', 'gcc'), '-Wall', '-Wextra', '-Werror',
               f'-I{TOP}', source, '-o', program, *library)

        told = output(program, cwd=folder,
                      env={**os.environ, 'RPSCOPE_RECORD': 'off'})

    assert told == '1 1\n', told


main()
