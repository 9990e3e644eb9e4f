"""The benchmark programs of this folder, and how large their rounds are."""
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    name: str
    group: str  # 'field', 'real' or 'micro'
    rounds: int  # in a full run
    program: str = ''
    arguments: tuple = ()
    threads: int = 1  # micro: how many do as many pairs
    own_allocator: bool = False  # the program is linked to one

    environment = {}  # what the program needs in its own
    client = None  # a method that works with the program while it runs

    def size(self, quick):
        """Rounds of a full run, about 2 s, or of a quick one, about 0.3 s."""
        return max(1, self.rounds * 3 // 20) if quick else self.rounds

    def command(self, folder, quick):
        return [os.path.join(folder, self.program), str(self.size(quick)),
                *map(str, self.arguments)]


def field_workloads(threads):
    """The 16 of the field: name, program, rounds, arguments after them."""
    table = [
        ('larson', 'larson', 300, (threads,)),
        ('xmalloc', 'xmalloc', 4500, (threads,)),
        ('cache-scratch', 'cache_scratch', 4000000, (threads,)),
        ('cache-thrash', 'cache_thrash', 6000000, (threads,)),
        ('alloc-test1', 'alloc_test', 37000, (1,)),
        ('alloc-testN', 'alloc_test', 27000, (threads,)),
        ('mstress', 'mstress', 90, (threads,)),
        ('glibc-simple', 'glibc_simple', 1700, ()),
        ('glibc-thread', 'glibc_thread', 25000, (threads,)),
        ('large-blocks', 'large_blocks', 130, ()),
        ('malloc-large', 'malloc_large', 150, ()),
        ('thread-storm', 'thread_storm', 13500, (2 * threads,)),
        ('realloc-ladder', 'realloc_ladder', 1350, ()),
        ('sh6', 'sh6', 6500, (threads,)),
        ('sh8', 'sh8', 10500, (threads,)),
        ('rptest', 'rptest', 7000, (threads,)),
    ]
    return [Workload(name, 'field', rounds, program, arguments)
            for name, program, rounds, arguments in table]


def micro_workloads():
    """Loops of malloc and free alone; rounds are thousands of pairs."""
    table = [
        ('pair 16 B', 'pair', 100000, (16,)),
        ('pair 64 B', 'pair', 100000, (64,)),
        ('pair 256 B', 'pair', 100000, (256,)),
        ('pair 1 KiB', 'pair', 100000, (1 << 10,)),
        ('pair 8 KiB', 'pair', 100000, (8 << 10,)),
        ('pair 64 KiB', 'pair', 30000, (64 << 10,)),
        ('pair 1 MiB', 'pair', 5000, (1 << 20,)),
        ('batch 64 B', 'batch', 100000, (64,)),
        ('batch 1 KiB', 'batch', 50000, (1 << 10,)),
        ('batch 8 KiB', 'batch', 5000, (8 << 10,)),
        ('live 2k 16-1024 B', 'live', 70000, (2000, 16, 1024)),
        ('live 10k 16-1024 B', 'live', 70000, (10000, 16, 1024)),
        ('cross 64 B', 'cross', 40000, (64, 64)),
        ('cross 16-1024 B', 'cross', 10000, (16, 1024)),
    ]
    return [Workload(name, 'micro', rounds, program, arguments,
                     threads=2 if program == 'cross' else 1)
            for name, program, rounds, arguments in table]
