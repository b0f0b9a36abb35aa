"""Work that is divided among processes comes to what one process makes of it.

Every test starts a program of its own: the tests' own process has threads, and is not copied.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux")

START = """
import os, signal, sys, threading, time
from archcalc.cli import main, processes
from archcalc.errors import ArchcalcError

processes.processors = lambda: int(sys.argv[1])
"""


def started(body: str, processors: int, *arguments: str) -> subprocess.Popen[str]:
    """A program on a machine of so many processors."""
    return subprocess.Popen(
        [sys.executable, "-c", START + body, str(processors), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outcome(body: str, processors: int, *arguments: str) -> tuple[int, str, str]:
    """The exit code, output and errors of such a program."""
    program = started(body, processors, *arguments)
    output, errors = program.communicate(timeout=300)
    return program.returncode, output, errors


SQUARES = """
def work(item):
    time.sleep(0.1)  # so that others come to take some
    return item * item, os.getpid()

found = processes.in_processes(work, range(20))
print([square for square, _ in found])
print("alone" if {process for _, process in found} == {os.getpid()} else "together")
"""


@pytest.mark.parametrize("processors", [1, 3])
def test_results_come_in_order(processors: int) -> None:
    squares = [item * item for item in range(20)]
    done = "alone" if processors == 1 else "together"
    assert outcome(SQUARES, processors) == (0, f"{squares}\n{done}\n", "")


def test_a_process_with_threads_is_not_copied() -> None:
    thread = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    _, output, _ = outcome(thread + SQUARES, 3)
    assert output.endswith("alone\n")


@pytest.mark.parametrize(
    "without",
    ["del os.memfd_create", "def refuse(name): raise OSError(24, name)\nos.memfd_create = refuse"],
)
def test_without_files_in_memory_one_process_does_all(without: str) -> None:
    _, output, errors = outcome(f"{without}\n{SQUARES}", 3)
    assert (output.splitlines()[1:], errors) == (["alone"], "")


@pytest.mark.parametrize("copies", [0, 1])
def test_where_no_more_processes_may_start_those_that_are_there_do_all(copies: int) -> None:
    body = f"""
fork, started = os.fork, []

def fork_unless_many():
    if len(started) == {copies}:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    started.append(1)
    return fork()

os.fork = fork_unless_many
"""
    _, output, errors = outcome(body + SQUARES, 3)
    assert (output.splitlines()[1], errors) == ("together" if copies else "alone", "")


def test_the_error_of_the_first_item_that_has_one_is_raised() -> None:
    body = """
def work(item):
    if item in (3, 7):
        raise ArchcalcError(f"item {item} does not fit")

try:
    processes.in_processes(work, range(10))
except ArchcalcError as error:
    print(error)
"""
    assert outcome(body, 3) == (0, "item 3 does not fit\n", "")


def test_a_process_that_is_ended_from_outside_is_said() -> None:
    body = """
original = os.getpid()

def work(item):
    if os.getpid() != original:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(1)

try:
    processes.in_processes(work, range(4))
except ArchcalcError as error:
    print(error)
"""
    assert outcome(body, 3) == (0, "a process of archcalc was ended from outside\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["table", "all"],
        ["table", "all", "--where", "macs < 5G", "--sort", "parameters", "--format", "json"],
        ["table", "all", "--input", "3x224x224"],  # says what grew; the first that refuses is named
    ],
    ids=" ".join,
)
def test_a_command_says_the_same_from_one_process_and_from_three(arguments: list[str]) -> None:
    body = "sys.exit(main(sys.argv[2:]))"
    assert outcome(body, 1, *arguments) == outcome(body, 3, *arguments)


def test_an_interrupt_ends_all_processes_without_a_word() -> None:
    body = """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background may ignore it

def work(item):
    os.write(1, b".")
    time.sleep(60)

try:
    processes.in_processes(work, [1, 2])
except KeyboardInterrupt:
    sys.exit(130)
"""
    with started(body, 2) as program:
        assert program.stdout is not None
        assert program.stdout.read(2) == ".."  # both have begun
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does
        _, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (130, "")
    with pytest.raises(ProcessLookupError):
        os.killpg(program.pid, 0)
