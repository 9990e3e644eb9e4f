"""scons install: headers, both variants, the program, pkg-config, man pages.

The instrumented libraries have the names and the soname of the release ones,
in lib/rpscope/instrumented: LD_LIBRARY_PATH chooses, or else the pkg-config
file, by the path that it links into the program.
"""
PKG_CONFIG = '''prefix={prefix}
libdir=${{prefix}}/{folder}
includedir=${{prefix}}/include

Name: {name}
Description: rpmalloc with traces{what}
Version: {VERSION}
Cflags: -I${{includedir}}{flags}
Libs: -L${{libdir}} -lrpscope{found}
'''
# Else the loader finds the release library, of the same soname, first.
RUN_PATH = ' -Wl,--enable-new-dtags,-rpath,${libdir}'


def pkg_config(env, name, folder, what='', found='', flags=''):
    text = PKG_CONFIG.format(**locals(), **env.Dictionary())
    return env.Textfile(f'$BUILD/{name}.pc', text.replace('$', '$$'))


def installation(env, release, traced, witness, program):
    """Makes the alias; release and traced are what Allocator returned."""
    to = env['DESTDIR'] + env['prefix'] + '/'

    def libraries(folder, nodes):
        for node in env.Flatten(nodes):
            put = env.Install if node.path.endswith('.a') \
                else env.InstallVersionedLib
            yield put(to + folder, node)

    env.AlwaysBuild(env.Alias('install', [
        env.Install(to + 'include', ['#core/rpmalloc.h', '#core/rpmalloc.hpp']),
        env.Install(to + 'bin', program),
        env.Install(to + 'lib/rpscope', witness),
        env.Install(to + 'share/man/man1', env.Glob('#viewer/*.1')),
        env.Install(to + 'share/rpscope', '#viewer/names/skip.rules'),
        env.Install(to + 'lib/pkgconfig', [
            pkg_config(env, 'rpscope', 'lib'),
            pkg_config(env, 'rpscope-instrumented', 'lib/rpscope/instrumented',
                       ', instrumented', RUN_PATH, ' -DRPMALLOC_TAGS=1')]),
        *libraries('lib', release),
        *libraries('lib/rpscope/instrumented', traced),
    ]))


def generate(env):
    env.Tool('install')
    env.Tool('textfile')
    env['TEXTFILESUFFIX'] = ''
    env.AddMethod(installation, 'Installation')


def exists(env):
    return True
