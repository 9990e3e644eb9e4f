#!/usr/bin/env python3
"""Each rule of scons lint finds a file that breaks it, and only that."""
import os
import subprocess
import sys
import tempfile

from case import TOP, case, main

def lint(files, prepare=lambda root: None):
    """The lines that lint prints about a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(['git', 'init', '-q', root], check=True)
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)) or root,
                        exist_ok=True)
            with open(os.path.join(root, path), 'w') as file:
                file.write(text)
        prepare(root)
        run = subprocess.run(
            [sys.executable, os.path.join(TOP, 'site_scons/lint'), root],
            capture_output=True, text=True)
    assert not run.stderr, run.stderr
    return run.stdout.splitlines()


def finds(files, *expected):
    found = lint(files)
    assert found == list(expected), found


def well(files):
    found = lint(files)
    assert len(found) == 1 and found[0].endswith('all well'), found


@case
def a_tree_that_keeps_the_rules_is_well():
    well({'core/a.c': '// a.c - a.\n#include "core/b.h"\n#include <stdint.h>\n',
          'core/b.h': '// b.h - b.\n',
          'core/os/linux.c': '// linux.c - os.\n#include <unistd.h>\n',
          'instrument/c.c': '// c.c - c.\n#include "core/hook.h"\n',
          'viewer/d.c': '// d.c - d.\n#include "instrument/format/trace_format.h"\n',
          'viewer/record/r.c': '// r.c - r.\n#include "instrument/drain.h"\n',
          'tests/e.c': '#include "viewer/d.h"\n'})


@case
def core_may_not_include_instrument():
    finds({'core/a.c': '// a.c - a.\n#include "instrument/b.h"\n'},
          'core/a.c:2: includes instrument/b.h, against the arrows of the '
          'design')


@case
def instrument_may_not_include_the_inside_of_core():
    finds({'instrument/a.c': '// a.c - a.\n\n#include "core/span.h"\n'},
          'instrument/a.c:3: includes core/span.h, against the arrows of the '
          'design')


@case
def the_viewer_may_not_include_core():
    finds({'viewer/a.c': '// a.c - a.\n#include "core/hook.h"\n'},
          'viewer/a.c:2: includes core/hook.h, against the arrows of the '
          'design')


@case
def nothing_may_include_tests():
    finds({'viewer/a.c': '// a.c - a.\n#include "tests/core/b.h"\n'},
          'viewer/a.c:2: includes tests/core/b.h, against the arrows of the '
          'design')


@case
def only_record_may_include_the_drainer():
    finds({'viewer/a.c': '// a.c - a.\n#include "instrument/drain.h"\n'},
          'viewer/a.c:2: includes instrument/drain.h, against the arrows of '
          'the design')


@case
def core_uses_freestanding_headers_only():
    finds({'core/a.c': '// a.c - a.\n#include <stdio.h>\n'},
          'core/a.c:2: includes <stdio.h>; core uses freestanding headers '
          'only, but for os/ and malloc/')


@case
def an_include_says_the_path_from_the_top():
    finds({'core/a.c': '// a.c - a.\n#include "b.h"\n'},
          'core/a.c:2: includes "b.h"; expected the path from the top: '
          '"core/b.h"')


@case
def atomics_go_through_the_wrappers():
    finds({'core/a.c': '// a.c - a.\nint b = atomic_load(&c);\n'},
          'core/a.c:2: atomic_load; expected a wrapper of core/base/atomic.h, '
          'with '
          'the order in its name')


@case
def a_release_needs_its_acquire():
    finds({'core/a.c': '// a.c - a.\n// release [tag]: what\n'},
          'core/a.c:2: release [tag] has no acquire [tag]')


@case
def an_acquire_needs_its_release():
    finds({'core/a.c': '// a.c - a.\n// acquire [one], [two]: what\n',
           'core/b.c': '// b.c - b.\n// release [one]: what\n'},
          'core/a.c:2: acquire [two] has no release [two]')


@case
def the_sides_of_a_tag_stand_in_one_folder():
    finds({'core/a.c': '// a.c - a.\n// acquire [tag]: what\n',
           'instrument/b.c': '// b.c - b.\n// release [tag]: what\n'},
          'core/a.c:2: acquire [tag] has no release [tag]',
          'instrument/b.c:2: release [tag] has no acquire [tag]')


@case
def an_operation_with_an_order_has_a_tag():
    finds({'core/a.c': '// a.c - a.\nint a(void) {\n'
                       '    return load_acquire(&b);\n}\n'},
          'core/a.c:3: load_acquire(..) without a tag; expected '
          '"acquire [tag]: what" beside it')


@case
def only_hook_h_asks_for_the_variant():
    finds({'core/a.c': '// a.c - a.\n#if RP_INSTRUMENT\n#endif\n',
           'core/hook.h': '// hook.h - h.\n#if RP_INSTRUMENT\n#endif\n'},
          'core/a.c:2: #if on RP_INSTRUMENT outside core/hook.h')


@case
def nothing_is_left_behind():
    word = 'TO' 'DO'
    finds({'viewer/a.c': f'// a.c - a.\n// {word}: more\n'},
          f'viewer/a.c:2: {word} left behind')


@case
def a_file_has_at_most_600_lines():
    finds({'viewer/a.c': '// a.c - a.\n' + '\n' * 600},
          'viewer/a.c:601: 601 lines; expected at most 600: two ideas in one '
          'file?')


@case
def a_build_tool_has_at_most_60_lines():
    finds({'site_scons/site_tools/a.py': '\n' * 61},
          'site_scons/site_tools/a.py:61: 61 lines; expected at most 60: two '
          'ideas in one file?')


@case
def the_first_line_says_what_the_file_is():
    finds({'core/a.c': '#include "core/b.h"\n'},
          'core/a.c:1: expected to begin with "// a.c - what it is"')


@case
def the_top_level_holds_what_the_design_says():
    finds({'notes/a.md': 'a\n'},
          'notes/a.md:1: notes is not one of LICENSE, README.md, SConstruct, '
          'core, instrument, site_scons, tests, viewer')


@case
def c_is_formatted():
    finds({'.clang-format': 'BasedOnStyle: LLVM\n',
           'viewer/a.c': '// a.c - a.\nint  a;\n'},
          'viewer/a.c:2: not as clang-format has it; scons format')


@case
def both_variants_show_the_same_symbols():
    def build(root):
        for variant, names in ('release', 'a'), ('instrumented', 'ab'):
            folder = f'{root}/build/{variant}'
            os.makedirs(folder)
            subprocess.run(
                ['gcc', '-shared', '-xc', '-', '-o', f'{folder}/librpscope.so'],
                input=''.join(f'int {name};' for name in names),
                check=True, text=True)

    found = lint({'.gitignore': 'build\n'}, build)

    assert found == ['build/*/librpscope.so:1: b is in one variant only'], found


main()
