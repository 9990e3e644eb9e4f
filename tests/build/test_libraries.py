#!/usr/bin/env python3
"""What the built libraries hold, show and need."""
import collections
import glob
import re

from case import TOP, VARIANTS, Skip, built, case, cases_for, main, output

LIBRARIES = [built(variant, name) for variant in VARIANTS
             for name in ('librpscope.so', 'librpscope-malloc.so')]


def dynamic(library, tag):
    return re.findall(rf'\({tag}\).*\[(.*)\]', output('readelf', '-d', library))


def symbols(*command):
    """name -> type letter."""
    rows = (line.split() for line in output('nm', *command).splitlines())
    return {row[-1]: row[-2] for row in rows if len(row) >= 2}


def objects(variant, hall, without=()):
    """The objects of a hall but for those of some rooms; there are some."""
    found = sorted(path for path in glob.glob(built(variant, hall, '*/*.os'))
                   if path.split('/')[-2] not in without)
    assert len(found) > 20, found
    return found


@cases_for(LIBRARIES)
def a_library_needs_nothing_but_the_c_library(library):
    needed = dynamic(library, 'NEEDED')

    if 'libunwind.so.8' in needed:
        raise Skip('libunwind_pic.a is missing: site_scons/bootstrap')
    assert set(needed) <= {'libc.so.6'}, needed


# What only glibc has, by glibc.h.
@case
def a_program_of_another_c_library_can_load_it_and_a_static_one_links():
    with open(f'{TOP}/instrument/os/glibc.h') as file:
        text = file.read()
    # Under another name here than there.
    renamed = dict(re.findall(r'(\w+)\([^;]*\) __asm__\("(\w+)"\);', text))
    names = {renamed.get(name, name) for name in
             re.findall(r'^#pragma weak (\w+)', text, re.MULTILINE)}
    assert renamed and set(renamed.values()) <= names, (renamed, names)
    static = symbols('-u', built('instrumented', 'librpscope.a'))

    assert len(names) > 3 and {static[name] for name in names} == {'U'}, static
    for variant in VARIANTS:
        shared = symbols('-D', '-u', built(variant, 'librpscope-malloc.so'))
        of_glibc = {name.split('@')[0]: kind for name, kind in shared.items()
                    if name.split('@')[0] in {*names, '__sigaction'}}
        assert set(of_glibc.values()) <= {'w', 'v'}, of_glibc
        assert '__sigaction' in of_glibc, of_glibc


@cases_for(LIBRARIES)
def a_library_stays_loaded_and_has_no_text_relocation(library):
    text = output('readelf', '-d', library)

    assert 'NODELETE' in text and 'TEXTREL' not in text, text


@cases_for(['librpscope.so', 'librpscope-malloc.so'])
def both_variants_have_one_soname(name):
    sonames = [dynamic(built(variant, name), 'SONAME') for variant in VARIANTS]

    assert sonames == [[name + '.1']] * 2, sonames


@cases_for(['librpscope.so', 'librpscope-malloc.so'])
def both_variants_show_the_same_symbols_of_the_same_kind(name):
    release, traced = (symbols('-D', '--defined-only', built(variant, name))
                       for variant in VARIANTS)

    assert release and release == traced, set(release.items()) ^ set(
        traced.items())


@cases_for(VARIANTS)
def the_static_library_shows_what_the_shared_one_shows(variant):
    static = symbols('-g', '--defined-only', built(variant, 'librpscope.a'))
    shared = symbols('-D', '--defined-only', built(variant, 'librpscope.so'))

    names = {name.split('@')[0] for name, kind in shared.items() if kind != 'A'}
    assert set(static) == names, set(static) ^ names


@cases_for(['librpscope.so', 'librpscope-malloc.so', 'librpscope.a'])
def the_release_library_has_no_stacks_no_compressor_and_no_thread(name):
    inside = symbols(built('release', name))

    found = [symbol for symbol in inside if re.match(
        r'_?(unw_|_ULx|_Ux|ZSTD|lzma_|pthread_create|thrd_create|clone)',
        symbol)]
    assert not found, found


@cases_for(['librpscope.so', 'librpscope-malloc.so', 'librpscope.a'])
def the_release_library_has_no_symbol_of_the_recorder(name):
    inside = symbols(built('release', name))
    # verify/ is no part of the recorder, and stands before the C library.
    recorder = symbols('--defined-only', *objects('instrumented', 'instrument',
                                                  without=['verify']))
    core = symbols('--defined-only', *objects('release', 'core'))

    found = [symbol for symbol in inside
             if symbol.startswith('rp_on_') or
             recorder.get(symbol, '').isupper() and symbol not in core]
    assert not found, found


# Where core may be in the C library without saying so: its heap is whole, or no
# other thread is there. All else goes through the os files, which count.
IN_MEMSET = {'api/alloc', 'api/checked', 'api/replay',
             'memory/bookkeeping', 'memory/directory', 'memory/page_map',
             'memory/segment_table', 'span/header', 'thread/registry'}


@cases_for(VARIANTS)
def a_signal_handler_can_tell_that_it_came_in_the_middle_of_core(variant):
    told = output('nm', '-u', '-A',
                  *objects(variant, 'core', without=['malloc', 'os']))
    wanted = collections.defaultdict(set)  # by object
    for path, symbol in re.findall(r'^(\S+)\.os:.* (\S+)$', told, re.M):
        if not symbol.startswith(('rp', '_GLOBAL_', '__popcount')):
            wanted['/'.join(path.split('/')[-2:])].add(symbol)

    assert {'memset', 'memcpy'} & wanted['api/alloc'], wanted
    for name, wants in wanted.items():
        allowed = {'memset', 'memcpy'} if name in IN_MEMSET else set()
        assert wants <= allowed, (name, wants)


@case
def the_instrumented_library_hides_what_it_links():
    shown = symbols('-D', '--defined-only',
                    built('instrumented', 'librpscope-malloc.so'))

    found = [symbol for symbol in shown
             if re.match(r'_?(unw_|_U|ZSTD|lzma_|backtrace|rp_)', symbol)]
    assert not found, found


main()
