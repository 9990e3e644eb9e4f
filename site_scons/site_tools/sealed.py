"""A static library that is one object, linked in advance with what it needs.

Only the names of the export map are global in it, so that it cannot clash with
what else a program links. In the instrumented variant all code is in a section
of its own, so that the recorder can tell its own frames from the program's.
"""
import re

from SCons.Script import Action

CODE = ['.text' + end for end in (  # clang's cold code has a dot at the end
    '', '.unlikely', '.unlikely.', '.exit', '.startup', '.hot', '.hot.')]


def exported(export_map):
    """The patterns of the map's global section."""
    with open(export_map) as file:
        text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.DOTALL)
    section = re.search(r'global:(.*?)local:', text, re.DOTALL).group(1)
    return re.findall(r'[\w*]+(?=;)', section)


def sealed(env, name, export_map, objects, linked_in):
    folder = env['BUILD']
    seal = [f"--keep-global-symbol='{name}'" for name in exported(export_map)]
    if env['VARIANT'] == 'instrumented':
        seal += [f'--rename-section={section}=rp_text' for section in CODE]
    whole = env.Command(
        f'{folder}/{name}-whole.o', objects,
        Action('$CC -r -nostdlib -o $TARGET $SOURCES $_LIBFLAGS',
               ' ld  $TARGET'))
    env.Depends(whole, linked_in)
    one = env.Command(
        f'{folder}/{name}-sealed.o', whole,
        Action('$OBJCOPY --wildcard $SEAL $SOURCE $TARGET', ' ld  $TARGET'),
        SEAL=seal)
    return env.StaticLibrary(f'{folder}/{name}', one)


def generate(env):
    env.Tool('ar')
    # q: files of one name in two rooms do not replace each other.
    env.Replace(ARFLAGS='qc', ARCOMSTR=' ar  $TARGET', RANLIBCOMSTR=None)
    env.AddMethod(sealed, 'Sealed')


def exists(env):
    return True
