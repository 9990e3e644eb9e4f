#!/usr/bin/env python3
"""Each rule of scons lint finds a file that breaks it, and only that."""
import glob
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
          'with the order in its name')


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


# Two rooms of core; what is planted goes into a file of one of them.
TABLE = """# core

| room | says |
|---|---|
| `heap/` | a heap |
| `base/` | words |
"""
LOW = '// low.c - low.\nint rp_low(void) { return 1; }\n'
LOW_H = '// low.h - low.\nint rp_low(void);\n'
HIGH_H = '// high.h - high.\nint rp_high(void);\n'
HOUSE = {
    '.gitignore': 'build\n',
    'core/README.md': TABLE,
    'core/base/low.c': LOW, 'core/base/low.h': LOW_H,
    'core/heap/high.h': HIGH_H,
    'core/heap/high.c': '// high.c - high.\n#include "core/base/low.h"\n'
                        'int rp_high(void) { return rp_low(); }\n',
}


def compiled(root, folders={'core': 'build/release', 'viewer': 'build',
                            'instrument': 'build/instrumented'}):
    """Makes the objects of a tree as the build would."""
    for hall, folder in folders.items():
        for source in glob.glob(f'{root}/{hall}/*/*.c'):
            path = os.path.relpath(source, root)
            target = os.path.join(root, folder, path[:-2] + '.os')
            os.makedirs(os.path.dirname(target), exist_ok=True)
            subprocess.run(['gcc', '-I.', '-MMD', '-c', path, '-o', target],
                           cwd=root, check=True)


def house_finds(changes, *expected, prepare=compiled):
    found = lint({**HOUSE, **changes}, prepare)
    assert found == list(expected), found


@case
def rooms_that_only_look_down_are_well():
    found = lint(HOUSE, compiled)
    assert found[0].endswith('all well'), found


@case
def an_include_up_a_floor_is_named():
    house_finds({'core/base/low.c': LOW.replace(
        '\n', '\n#include "core/heap/high.h"\n', 1)},
        'core/base/low.c:2: a circle of files: core/base/low.c includes '
        'core/heap/high.h, core/heap/high.c includes core/base/low.h',
        'core/base/low.c:2: includes core/heap/high.h, up a floor: heap/ '
        'stands above base/')


@case
def a_call_up_a_floor_is_named_with_its_symbol():
    house_finds({
        'core/base/low.c': '// low.c - low.\nint rp_top(void);\n'
                           'int rp_low(void) { return rp_top(); }\n',
        'core/heap/top.c': '// top.c - top.\nint rp_top(void) { return 1; }\n'},
        'core/base/low.c:2: calls rp_top of core/heap/top.c, up a floor: heap/ '
        'stands above base/')


@case
def what_only_the_compiler_sees_included_is_named():
    house_finds({'core/base/low.c': '// low.c - low.\n#define WHERE '
                 '"core/heap/top.h"\n#include WHERE\n'
                 'int rp_low(void) { return 1; }\n',
                 'core/heap/top.h': '// top.h - top.\n'},
                'core/base/low.c:1: is compiled with core/heap/top.h, up a '
                'floor: heap/ stands above base/')


@case
def a_circle_of_two_files_is_named_with_its_symbols():
    house_finds({
        'core/heap/a.c': '// a.c - a.\nint rp_b(void);\n'
                         'int rp_a(int n) { return n ? rp_b() : 0; }\n',
        'core/heap/b.c': '// b.c - b.\nint rp_a(int n);\n'
                         'int rp_b(void) { return rp_a(0); }\n'},
        'core/heap/a.c:2: a circle of files: core/heap/a.c calls rp_b of '
        'core/heap/b.c, core/heap/b.c calls rp_a of core/heap/a.c')


@case
def a_room_that_the_table_lacks_is_named():
    house_finds({'core/attic/a.c': '// a.c - a.\nint rp_a(void);\n'},
                'core/attic/a.c:1: room attic/ is not in the table of '
                'core/README.md')


@case
def a_source_at_the_door_is_in_no_room():
    house_finds({'core/a.c': '// a.c - a.\nint rp_a(void);\n'},
                'core/a.c:1: room ./ is not in the table of core/README.md')


@case
def a_room_without_a_file_is_named():
    house_finds({'core/README.md': TABLE + '| `attic/` | nothing |\n'},
                'core/README.md:7: room attic/ has no file')


@case
def a_hall_with_no_objects_is_not_taken_for_well():
    house_finds({}, 'core/README.md:1: no object file of core/ in build/; run '
                'scons first', prepare=lambda root: None)


@case
def an_object_without_a_list_of_headers_is_not_taken_for_well():
    def build(root):
        compiled(root)
        os.remove(f'{root}/build/release/core/base/low.d')

    house_finds({}, 'core/base/low.c:1: its object in build/release/ came '
                'without a list of headers (-MMD)', prepare=build)


@case
def a_call_from_core_into_the_recorder_is_a_hook_or_named():
    recorder = '// hook.c - hooks.\nvoid rp_on_a(void) {}\n' \
               'void rp_secret(void) {}\n'
    house_finds({
        'core/hook.h': '// hook.h - hooks, not rp_secret.\n'
                       'void rp_on_a(void); // as rp_secret is\n',
        'instrument/capture/hook.c': recorder,
        'core/heap/a.c': '// a.c - a.\n#include "core/hook.h"\n'
                         'void rp_secret(void);\n'
                         'void rp_a(void) { rp_on_a(), rp_secret(); }\n'},
        'core/heap/a.c:3: calls rp_secret of instrument/capture/hook.c, which '
        'core/hook.h does not declare')


@case
def a_call_from_the_recorder_into_the_inside_of_core_is_named():
    house_finds({
        'core/base/atomic.h': '// atomic.h - words.\nint rp_word(void);\n',
        'core/base/atomic.c': '// atomic.c - words.\n#include "core/base/atomic.h"\n'
                              'int rp_word(void) { return 0; }\n',
        'instrument/capture/a.c':
            '// a.c - a.\n#include "core/base/atomic.h"\nint rp_high(void);\n'
            'int rp_a(void) { return rp_high() + rp_word(); }\n'},
        'instrument/capture/a.c:3: calls rp_high of core/heap/high.c, which no '
        'header of core that the recorder may include declares')


@case
def only_record_and_verify_may_call_the_recorder():
    call = '// a.c - a.\nint rp_drain(void);\nint a(void) ' \
           '{ return rp_drain(); }\n'
    house_finds({
        'instrument/drain/d.c': '// d.c - d.\nint rp_drain(void) { return 0; }\n',
        'viewer/record/a.c': call, 'viewer/heap/a.c': call},
        'viewer/heap/a.c:2: calls rp_drain of instrument/drain/d.c, against the '
        'arrows of the design')


@case
def a_document_names_files_that_are_there():
    finds({'core/README.md': 'See `gone.c`, [it](gone.md), `a.c`, `b/c.h`.\n',
           'core/a.c': '// a.c - a.\n', 'core/b/c.h': '// c.h - c.\n'},
          'core/README.md:1: names gone.c, which is not there',
          'core/README.md:1: names gone.md, which is not there')


@case
def a_document_may_name_what_the_build_makes():
    finds({'.gitignore': '/made.json\n',
           'README.md': '`made.json` is made, `gone.json` is not.\n'},
          'README.md:1: names gone.json, which is not there')


@case
def a_comment_names_files_that_are_there():
    finds({'core/a.c': '// a.c - a; see gone.h, b.h, b/b.h and signal.h.\n',
           'core/b/b.h': '// b.h - b, as in main.c:12.\n'},
          'core/a.c:1: names gone.h, which is not there')


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
