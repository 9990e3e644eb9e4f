"""os= and cross compilers: what differs from Linux and this machine.

The binutils go by the compiler: aarch64-linux-gnu-gcc, or clang
--target=x86_64-w64-mingw32, come with an aarch64-linux-gnu-ar or so. For another
system than Linux, core alone is built: a static library.
"""
import re
import shutil

# Of ELF, or of what only a shared library wants.
ELF = ['-fPIC', '-fno-semantic-interposition', '-fno-plt']


def prefix(compiler):
    """What stands before gcc, ar, ... in the names of its tools."""
    target = re.search(r'--target=(\S+)|(\S+)-gcc\b', compiler)
    found = (target.group(1) or target.group(2)) + '-' if target else ''
    return found if shutil.which(found + 'ar') else ''


def generate(env):
    tools = prefix(env['CC'])
    env.Replace(AR=tools + 'ar', RANLIB=tools + 'ranlib',
                OBJCOPY=tools + 'objcopy')
    # Runs anywhere, under an emulator, too.
    env['CHECK_LINKFLAGS'] = [] if env['sanitize'] else ['-static']
    if env['os'] in ('windows', 'darwin'):
        env.Replace(CCFLAGS=[flag for flag in env['CCFLAGS']
                             if flag not in ELF], LINKFLAGS=[])
    if env['os'] == 'windows':
        env.Replace(PROGSUFFIX='.exe', LINK=tools + 'gcc')


def exists(env):
    return True
