"""Settings: what stands below a program while it runs, such as an allocator."""
import ctypes.util
import os
import re
import subprocess
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Setting:
    name: str
    preload: str = ''  # a library, or '' for what the program has itself
    ours: bool = False
    allocator: bool = True  # the preloaded library is one
    wrapper: tuple = ()  # a command to stand before the program
    environment: dict = field(default_factory=dict, hash=False)
    traces: str = ''  # the pattern of files that a run leaves as its trace
    # A function that gets the run's folder and returns a context manager: what
    # has to be set up before the run and taken down after it.
    around: object = None

    # In wrapper, environment and traces, {SCRATCH} is the folder of the run.

    def libraries(self, own_allocator):
        """LD_PRELOAD for a program; it may be linked to an allocator."""
        names = [self.preload] if self.preload else []
        if own_allocator and not (self.preload and self.allocator):
            names.append(libc())
        return ':'.join(names)


PEERS = [  # name, soname, package
    ('mimalloc', 'libmimalloc.so.2', 'libmimalloc2.0'),
    ('jemalloc', 'libjemalloc.so.2', 'libjemalloc2'),
    ('tcmalloc', 'libtcmalloc_minimal.so.4', 'libtcmalloc-minimal4'),
]


def system_libraries():
    """soname -> path, of what the loader knows."""
    listing = subprocess.run(['/sbin/ldconfig', '-p'], capture_output=True,
                             text=True, check=True).stdout
    return dict(reversed(re.findall(r'^\s+(\S+) \(.*x86-64.*\) => (\S+)$',
                                    listing, re.MULTILINE)))


def allocators(build, more=()):
    """All allocators to compare, glibc first, ours last; and what is missing.

    `more` are peers of one's own, each as NAME:FILE.
    """
    known = system_libraries()
    settings, missing = [Setting('glibc')], []
    for name, soname, package in PEERS:
        if soname in known:
            settings.append(Setting(name, known[soname]))
        else:
            missing.append(f'{name} is left out: {soname} is not installed '
                           f'(Debian package {package})')
    for peer in more:
        name, colon, path = peer.partition(':')
        if not colon or not os.path.isfile(path):
            raise SystemExit(f'peer={peer}: expected NAME:FILE of a library')
        settings.append(Setting(name, os.path.abspath(path)))
    ours = os.path.join(build, 'release', 'librpscope-malloc.so')
    if os.path.exists(ours):
        settings.append(Setting('rpscope', os.path.abspath(ours), ours=True))
    else:
        missing.append(f'rpscope is left out: {ours} is not built')
    return settings, missing


def libc():
    """The path of glibc, to preload where a program brings an allocator."""
    return system_libraries()[ctypes.util.find_library('c')]
