"""The libraries: shared with symlinks and soname, and static.

Both variants come out with the same names, soname and symbols, so that a
program gets the other one by swapping the folder. What the recorder needs of
other libraries is linked statically and hidden: the traced program must
not see it. The static library is one object, linked in advance, in which only
the names of the export map are global.
"""
import os
import re

from SCons.Script import Action

ABI = '1.0.0'  # the first number is the soname's
UNWIND = '/usr/local/lib/libunwind_pic.a'  # made by site_scons/bootstrap


def exported(export_map):
    """The patterns of the map's global section."""
    with open(export_map) as file:
        text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.DOTALL)
    section = re.search(r'global:(.*?)local:', text, re.DOTALL).group(1)
    return re.findall(r'[\w*]+(?=;)', section)


def library(env, name, export_map, *parts):
    """The shared and the static library; nothing while a part is empty."""
    if not all(parts) or not os.path.exists(export_map):
        return []
    env = env.Clone(ABI=ABI)
    folder, objects = env['BUILD'], env.Flatten(parts)
    if env['VARIANT'] == 'instrumented':
        env['_LIBFLAGS'] += (' -Wl,--exclude-libs,ALL -l:libzstd.a ' +
                             (UNWIND if os.path.exists(UNWIND) else '-lunwind'))
    shared = env.SharedLibrary(
        f'{folder}/{name}', objects, SHLIBVERSION=ABI,
        SHLINKFLAGS=['$LINKFLAGS', '-shared', '-Wl,-z,nodelete',
                     f'-Wl,--version-script={export_map}'])
    env.Depends(shared, export_map)
    if name.endswith('malloc'):
        return shared
    whole = env.Command(
        f'{folder}/{name}-whole.o', objects,
        Action('$CC -r -nostdlib -o $TARGET $SOURCES $_LIBFLAGS',
               ' ld  $TARGET'))
    sealed = env.Command(
        f'{folder}/{name}-sealed.o', whole,
        Action('objcopy --wildcard $KEEP $SOURCE $TARGET', ' ld  $TARGET'),
        KEEP=[f"--keep-global-symbol='{name}'" for name in exported(export_map)])
    return shared + env.StaticLibrary(f'{folder}/{name}', sealed)


def generate(env):
    env.Tool('ar')
    env['ARCOMSTR'], env['RANLIBCOMSTR'] = ' ar  $TARGET', None
    env.AddMethod(library, 'Allocator')


def exists(env):
    return True
