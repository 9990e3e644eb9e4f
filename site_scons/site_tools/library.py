"""The libraries: shared with symlinks and soname, and static (sealed.py).

Both variants come out with the same names, soname and symbols, so that a
program gets the other one by swapping the folder. What the recorder needs of
other libraries is linked statically and hidden: the traced program must
not see it.
"""
import os

ABI = '1.0.0'  # the first number is the soname's


def library(env, name, export_map, *parts, for_static=()):
    """The shared library, and the static one, which has some more; nothing
    while a part is empty."""
    if not all(parts) or not os.path.exists(export_map):
        return []
    env, objects = env.Clone(), env.Flatten(parts)
    if env['os'] != 'linux':
        return env.StaticLibrary(f"{env['BUILD']}/{name}", objects)
    linked_in = []
    if env['VARIANT'] == 'instrumented':
        linked_in = [lib for lib in env['UNWIND'] if lib != 'unwind']
        env['_LIBFLAGS'] += ' -Wl,--exclude-libs,ALL -l:libzstd.a ' + (
            linked_in[0].path if linked_in else '-lunwind')
    shared = env.SharedLibrary(
        f"{env['BUILD']}/{name}", objects, SHLIBVERSION=ABI,
        SHLINKFLAGS=['$LINKFLAGS', '-shared', '-Wl,-z,nodelete',
                     f'-Wl,--version-script={export_map}'])
    env.Depends(shared, [export_map, *linked_in])
    if name.endswith('malloc'):  # loaded in front, or linked as it is
        return shared
    return shared + env.Sealed(name, export_map, objects + list(for_static),
                               linked_in)


def witness(env, name, export_map, objects):
    """What `rpscope verify` loads in front of either variant."""
    if not objects or env['os'] != 'linux':
        return []
    shared = env.SharedLibrary(
        f"{env['BUILD']}/{name}", objects,
        SHLINKFLAGS=['$LINKFLAGS', '-shared', '-Wl,-z,nodelete',
                     f'-Wl,--version-script={export_map}'])
    env.Depends(shared, export_map)
    return shared


def generate(env):
    env.Tool('sealed')
    env.AddMethod(library, 'Allocator')
    env.AddMethod(witness, 'Witness')


def exists(env):
    return True
