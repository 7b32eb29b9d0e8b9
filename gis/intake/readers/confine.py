"""The wall around a parser: how much memory and time it may use, and what it may ask of the kernel.

Memory is limited twice. RLIMIT_DATA counts private writable memory, which is what a parser allocates; RLIMIT_AS, set
above what the libraries have mapped already, closes the way round it through shared mappings. Processor time is
limited by RLIMIT_CPU; files of any size cannot be written (RLIMIT_FSIZE 0 leaves pipes alone) and no core is dumped.

A seccomp filter then takes away the calls a parser has no need of: sockets, new processes and programs, opening
anything for writing, changing names or rights of files, signals to others, and whatever the kernel has learnt since
this list was made. The filter is for the two processors with a table here; on another one nothing is parsed at all.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gis.intake.readers.channel import N_, Refused

MEMORY_MB: Final = 256
"""Private writable memory, libraries included, unless the job has a limit of its own."""

CPU_SECONDS: Final = 10

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SIGKILL: Final = 9
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | 0o20000000
_CLONE_THREAD: Final = 0x10000
_NEWEST: Final = 451

_LOAD, _EQUAL, _ABOVE, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_NR_OFFSET, _ARCH_OFFSET, _ARGS_OFFSET = 0, 4, 16
_X32_BIT: Final = 0x40000000

# Same numbers on every processor: io_uring, pidfd, new mount calls, openat2, clone3, process_madvise, quotactl_fd.
_COMMON: Final = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 443, 447)
_MISSING: Final = (435, 437)
"""clone3 and openat2 hide their flags behind a pointer: said to be missing, so that the C library uses the old call."""


@dataclass(frozen=True)
class _Machine:
    """Call numbers of one processor family."""

    audit: int
    denied: tuple[int, ...]
    opens: tuple[tuple[int, int], ...]
    """(call, position of its flags) for each way to open a file."""
    clone: int
    tgkill: int
    prlimit: int


_MACHINES: Final = {
    "x86_64": _Machine(
        audit=0xC000003E,
        denied=(
            *(41, 42, 43, 44, 46, 47, 49, 50, 53, 288, 299, 307),  # sockets
            *(57, 58, 59, 62, 101, 129, 200, 297, 310, 311, 312, 322),  # processes, programs, signals
            *(76, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 132, 133, 235),  # names and rights of files
            *(188, 189, 190, 197, 198, 199, 258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 304, 316),
            *(29, 30, 64, 68, 103, 135, 154, 155, 159, 160, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171),
            *(172, 173, 175, 176, 179, 227, 240, 246, 248, 249, 250, 272, 298, 308, 313, 319, 320, 321, 323),
        ),
        opens=((2, 1), (257, 2)),
        clone=56,
        tgkill=234,
        prlimit=302,
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        denied=(
            *(198, 199, 200, 201, 202, 203, 206, 211, 212, 242, 243, 269),  # sockets
            *(117, 129, 130, 138, 221, 240, 270, 271, 272, 281),  # processes, programs, signals
            *(5, 6, 7, 14, 15, 16, 33, 34, 35, 36, 37, 38, 45, 52, 53, 54, 55, 88, 265, 276),  # files
            *(39, 40, 41, 51, 60, 89, 92, 97, 104, 105, 106, 112, 116, 142, 161, 162, 164, 170, 171, 180, 186),
            *(190, 194, 196, 217, 218, 219, 224, 225, 241, 268, 273, 279, 280, 282, 294),
        ),
        opens=((56, 2),),
        clone=220,
        tgkill=131,
        prlimit=261,
    ),
}


def confine(*, memory_mb: int = MEMORY_MB, cpu_seconds: int = CPU_SECONDS) -> None:
    """Put up the wall around this process, for good. Raises Refused where the platform cannot give all of it."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or not hasattr(resource, "RLIMIT_DATA"):
        raise Refused(
            N_("{file} was not opened: this machine cannot confine a parser. Import on Linux x86-64 or ARM64.")
        )
    _set_limits(memory_mb * 2**20, cpu_seconds)
    libc = ctypes.CDLL(None, use_errno=True)
    program = b"".join(_program(machine))
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    parent_died = libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    dumpable = libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    no_privileges = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    filtered = libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_char_p(header), 0, 0)
    if parent_died or dumpable or no_privileges or filtered:
        raise Refused(
            N_("{file} was not opened: the kernel refuses to confine a parser (seccomp). Allow it and retry.")
        )


def _set_limits(memory: int, cpu_seconds: int) -> None:
    mapped = int(_status("VmSize")) * 1024
    # The soft limit says what happened (SIGXCPU), the hard one cannot be ignored.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    for limit, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, mapped + memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (value, value))


def _status(key: str) -> str:
    """One value of this process's line in /proc, without its unit."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:  # noqa: PTH123 (pathlib costs start-up)
        return next(line.split()[1] for line in lines if line.startswith(key + ":"))


def _program(machine: _Machine) -> Iterable[bytes]:
    """The filter, one 8-byte instruction at a time."""
    refuse = _FAIL | errno.EPERM
    yield from (_code(_LOAD, _ARCH_OFFSET), _code(_EQUAL, machine.audit, 1, 0), _code(_RETURN, _KILL))
    yield from (_code(_LOAD, _NR_OFFSET), _code(_AT_LEAST, _X32_BIT, 0, 1), _code(_RETURN, _KILL))
    yield from (_code(_ABOVE, _NEWEST, 0, 1), _code(_RETURN, _FAIL | errno.ENOSYS))
    for call in _MISSING:
        yield from (_code(_EQUAL, call, 0, 1), _code(_RETURN, _FAIL | errno.ENOSYS))
    for call in (*_COMMON, *machine.denied):
        yield from (_code(_EQUAL, call, 0, 1), _code(_RETURN, refuse))
    for call, position in machine.opens:
        yield from _when(call, position, _code(_ANY_BIT, _WRITING, 0, 1), _FAIL | errno.EACCES, _ALLOW)
    yield from _when(machine.clone, 0, _code(_ANY_BIT, _CLONE_THREAD, 0, 1), _ALLOW, refuse)
    yield from _when(machine.tgkill, 0, _code(_EQUAL, os.getpid(), 0, 1), _ALLOW, refuse)
    # New limits are given by a pointer: both halves must be zero.
    yield _code(_EQUAL, machine.prlimit, 0, 6)
    yield from (_code(_LOAD, _ARGS_OFFSET + 16), _code(_EQUAL, 0, 0, 3))
    yield from (_code(_LOAD, _ARGS_OFFSET + 20), _code(_EQUAL, 0, 0, 1))
    yield from (_code(_RETURN, _ALLOW), _code(_RETURN, refuse), _code(_RETURN, _ALLOW))


def _when(call: int, position: int, test: bytes, then: int, otherwise: int) -> Iterable[bytes]:
    """For one call: decide by the low half of one of its arguments."""
    yield _code(_EQUAL, call, 0, 4)
    yield _code(_LOAD, _ARGS_OFFSET + 8 * position)
    yield from (test, _code(_RETURN, then), _code(_RETURN, otherwise))


def _code(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", operation, if_true, if_false, value)
