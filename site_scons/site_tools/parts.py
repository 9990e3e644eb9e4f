"""Variants, and parts: a part is a folder, built in a variant.

build/VARIANT/FOLDER holds the objects of the part. Which sources it has, and
which of them go together, says the SConscript of the folder.
"""
import os


def variant(env, name, **defines):
    """A clone that builds into build/NAME with these macros."""
    clone = env.Clone(VARIANT=name, BUILD=f"{env['BUILD']}/{name}")
    clone.Append(CPPDEFINES=defines)
    return clone


def part(env, folder, **values):
    """What FOLDER/SConscript returns for this variant; [] without it."""
    if not os.path.exists(f'{folder}/SConscript'):
        return []
    return env.SConscript(
        f'#{folder}/SConscript', {'env': env.Clone(FOLDER=folder, **values)},
        variant_dir=f"{env['BUILD']}/{folder}", duplicate=False)


def objects(env, *patterns, exclude=()):
    """The objects of these sources, or of all in the rooms of this folder."""
    return [env.SharedObject(source)[0]
            for source in env.Sources(*patterns or ('*/*.c', '*/*/*.c'),
                                      without=exclude)]


def terminal(env, name, *objects):
    """The terminal program; nothing as long as it has no main."""
    if not all(objects):
        return []
    return env.Program(f"{env['BUILD']}/{name}", objects,
                       LIBS=env['VIEWER_LIBS'])


def generate(env):
    env['VIEWER_LIBS'] = ['dw', 'elf', 'zstd', 'z', 'ncursesw', 'm']
    # Made by site_scons/bootstrap; without it, the shared one.
    env['UNWIND'] = env.Glob('/usr/local/lib/libunwind_pic.a') or ['unwind']
    env['RECORDER_LIBS'] = env['UNWIND'] + ['zstd']
    env.AddMethod(variant, 'Variant')
    env.AddMethod(part, 'Part')
    env.AddMethod(objects, 'Objects')
    env.AddMethod(terminal, 'Terminal')


def exists(env):
    return True
