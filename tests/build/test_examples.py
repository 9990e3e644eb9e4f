#!/usr/bin/env python3
"""The programs that show what to do, built as a user would, do it."""
import tempfile

from case import TOP, VARIANTS, built, cases_for, main, output


@cases_for(VARIANTS)
def a_program_that_moves_its_blocks_packs_them_within_a_tenth(variant):
    with tempfile.TemporaryDirectory() as folder:
        program = f'{folder}/defragment'
        output('cc', '-O2', '-Wall', '-Wextra', '-Werror', f'-I{TOP}/core',
               f'{TOP}/tests/examples/defragment.c', '-o', program,
               '-L', built(variant), '-lrpscope', f'-Wl,-rpath,{built(variant)}')
        live, before, after = map(int, output(program).split())

    assert before > 1.5 * live, (live, before)
    assert after <= 1.1 * live, (live, after)


main()
