"""No process may be started, threads aside: the kernel refuses it (seccomp(2)). That takes no privilege, and stays.

The filter is a classic BPF program on `struct seccomp_data` (linux/seccomp.h): the number of the system call at byte 0,
the architecture at 4, the low half of the first argument at 16.
"""

import ctypes
import errno
import platform
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38  # prctl(2)
MODE_FILTER = 2
LOAD, EQUALS, HAS_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # linux/bpf_common.h: word at, jump if, jump if any bit, return
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, FAIL = 0x7FFF0000, 0x00050000
CLONE_THREAD = 0x00010000
REFUSED = errno.EUSERS  # what nothing else says
NO_CALL = 0xFFFFFFFF
CALLS = {  # of linux/audit.h, and of the tables of system calls: architecture, clone, clone3, fork, vfork
    "x86_64": (0xC000003E, 56, 435, 57, 58),
    "aarch64": (0xC00000B7, 220, 435, NO_CALL, NO_CALL),
}


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def refuse() -> bool:
    """For this thread and all that it will start. Answers whether it holds: not everywhere does the system let us."""
    calls = CALLS.get(platform.machine())
    if sys.platform != "linux" or calls is None:
        return False
    steps = _steps(*calls)
    program = _Program(len(steps), (_Step * len(steps))(*(_Step(*step) for step in steps)))
    prctl = ctypes.CDLL(None).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program)) == 0)


def _steps(architecture: int, clone: int, clone3: int, fork: int, vfork: int) -> list[tuple[int, int, int, int]]:
    """Code, how many steps to jump if so, and if not, and what to look at. clone3 has its flags where none can look."""
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUALS, 0, 7, architecture),
        (LOAD, 0, 0, NUMBER),
        (EQUALS, 3, 0, clone),
        (EQUALS, 6, 0, clone3),
        (EQUALS, 4, 0, fork),
        (EQUALS, 3, 2, vfork),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (HAS_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FAIL | REFUSED),
        (RETURN, 0, 0, FAIL | errno.ENOSYS),  # then the C library takes clone
    ]
