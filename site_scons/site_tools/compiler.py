"""Compiler and linker flags, the same for every file, and CC= and sanitize=.

What differs from system to system is in systems.py.
"""

WARNINGS = '''-Wall -Wextra -Werror -Wundef -Wshadow -Wvla -Wpointer-arith
    -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough
    -Wno-format-truncation -Wno-unknown-warning-option'''.split()
WARNINGS_OF_C = ['-Wstrict-prototypes', '-Wmissing-prototypes',
                 '-Wold-style-definition']

# Every object may become part of a shared library. What crosses a file is
# hidden unless an export map names it, and thread-local data is at a fixed
# distance from the thread pointer, so that neither costs a call.
OBJECTS = '''-fPIC -fvisibility=hidden -fno-semantic-interposition
    -ftls-model=initial-exec -fno-plt'''.split()

SHORT = {'address': 'asan', 'undefined': 'ubsan', 'thread': 'tsan',
         'fuzzer': 'fuzz'}


def sanitize(env, kinds):
    """Turns sanitizers on, and to a build folder of their own."""
    kinds = sorted(kinds.split(','))
    flags = ['-fsanitize=' + ','.join(kinds), '-fno-omit-frame-pointer']
    env['BUILD'] += '/' + '-'.join(SHORT[kind] for kind in kinds)
    env.Append(CCFLAGS=['-O1', '-fno-sanitize-recover=all'] + flags,
               LINKFLAGS=flags)
    return env


def generate(env):
    env.Decider('MD5-timestamp')
    env['BUILD'] = '#' + env['build']
    env['CXX'] = {'gcc': 'g++', 'clang': 'clang++'}.get(env['CC'], 'c++')
    env.Replace(
        CFLAGS=['-std=c11', '-D_GNU_SOURCE='] + WARNINGS_OF_C,
        CXXFLAGS=['-std=c++17', '-fsized-deallocation'],
        CCFLAGS=['-O2', '-g', '-MMD'] + WARNINGS + OBJECTS,
        SHCCFLAGS=['$CCFLAGS'],
        SHCXXFLAGS=['$CXXFLAGS'],
        CPPPATH=['#'],
        CPPDEFINES={'RPSCOPE_VERSION': r'\"$VERSION\"'},
        LINKFLAGS=['-Wl,--as-needed', '-Wl,-z,relro,-z,now'])
    env['SHCXXCOMSTR'] = env['SHCCCOMSTR'] = env['CCCOMSTR'] = ' cc  $TARGET'
    env['SHLINKCOMSTR'] = env['LINKCOMSTR'] = ' ld  $TARGET'
    if env['sanitize']:
        sanitize(env, env['sanitize'])
    env.AddMethod(lambda env, kinds: sanitize(env.Clone(), kinds), 'Sanitized')


def exists(env):
    return True
