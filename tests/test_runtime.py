"""Builds, threads, processes and Ctrl-C."""

import ctypes
import gc
import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import mlcore
from mlcore import linalg

from .interrupts import interrupt

THREADS = [1, 2, 3, 8]


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )


def test_build_info() -> None:
    info = mlcore.build_info()
    assert info.version == mlcore.__version__
    assert info.isa in info.installed
    assert info.vector_bytes in (16, 32, 64)
    assert info.threads == mlcore.get_num_threads()
    if wanted := os.environ.get("MLCORE_ISA"):
        assert info.isa == wanted


@pytest.mark.parametrize("build", mlcore.build_info().installed)
def test_each_installed_build_can_be_forced(build: str) -> None:
    from mlcore._core import _cpu

    result = python("import mlcore; print(mlcore.build_info().isa)", MLCORE_ISA=build)
    if build in ("native", *_cpu.supported_builds()):
        assert result.stdout.strip() == build
    else:
        assert "which this CPU cannot run" in result.stderr


def test_unknown_build_is_refused() -> None:
    result = python("import mlcore", MLCORE_ISA="z80")
    assert result.returncode == 1
    assert "MLCORE_ISA is 'z80'" in result.stderr
    assert mlcore.build_info().installed[0] in result.stderr


@pytest.mark.parametrize("value", ["0", "-3", "many", "2.5"])
def test_bad_thread_count_in_the_environment_is_refused(value: str) -> None:
    result = python("import mlcore", MLCORE_NUM_THREADS=value)
    assert result.returncode == 1
    assert f"MLCORE_NUM_THREADS is '{value}', but must be a whole number from 1 to 1024" in result.stderr


def test_thread_count_from_the_environment() -> None:
    assert python("import mlcore; print(mlcore.get_num_threads())", MLCORE_NUM_THREADS="3").stdout.strip() == "3"


def test_num_threads_restores_the_setting() -> None:
    before = mlcore.get_num_threads()
    with pytest.raises(KeyError), mlcore.num_threads(before + 1):
        assert mlcore.get_num_threads() == before + 1
        raise KeyError
    assert mlcore.get_num_threads() == before


@pytest.mark.parametrize("n", [0, -1, 100_000, 2**40, -(2**70)])
def test_thread_count_out_of_range(n: int) -> None:
    with pytest.raises(ValueError, match=f"the number of threads is {n}; expected 1 to 1024"):
        mlcore.set_num_threads(n)


@pytest.mark.parametrize("n", [1.5, "2", None])
def test_thread_count_of_a_wrong_type(n: object) -> None:
    with pytest.raises(TypeError, match=f"the number of threads is {n}; expected an integer"):
        mlcore.set_num_threads(n)  # type: ignore[arg-type]


def products(dtype: type, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    A, B = rng.standard_normal((300, 290)).astype(dtype), rng.standard_normal((290, 310)).astype(dtype)
    X = rng.standard_normal((5000, 60)).astype(dtype)
    stack = rng.standard_normal((3000, 5, 5)).astype(dtype)
    return [
        linalg.matmul(A, B),
        linalg.matmul(X.T, X),
        linalg.gram(X, center=True),
        linalg.gram(A),
        linalg.matmul(stack, stack),
        linalg.eigh(linalg.gram(X)).eigenvectors,
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_bits_on_any_number_of_threads(dtype: type) -> None:
    results = []
    for n in THREADS:
        with mlcore.num_threads(n):
            results.append([result.tobytes() for result in products(dtype)])
    assert all(result == results[0] for result in results)


def test_concurrent_callers_get_the_same_bits() -> None:
    alone = [result.tobytes() for result in products(np.float64)]
    with mlcore.num_threads(3), ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: [r.tobytes() for r in products(np.float64)], range(8)):
            assert result == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_fork_after_use() -> None:
    with mlcore.num_threads(2):
        expected = [result.tobytes() for result in products(np.float64)]
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(60)  # a deadlock ends the child
                os.write(writer, b"1" if [r.tobytes() for r in products(np.float64)] == expected else b"0")
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            assert pipe.read() == b"1"
        assert os.waitpid(child, 0)[1] == 0
        assert [result.tobytes() for result in products(np.float64)] == expected


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_stops_a_long_product(threads: int) -> None:
    n = 6000  # many seconds of work
    A = np.ones((n, n))
    with mlcore.num_threads(threads):
        interrupt(lambda: linalg.matmul(A, A))
    np.testing.assert_array_equal(linalg.matmul(A[:3], A[:, :2]), float(n))


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_stops_whatever_loop_runs(threads: int) -> None:
    tall, stack = np.ones((4_000_000, 8)), np.ones((1_000_000, 3, 3))
    with mlcore.num_threads(threads):
        interrupt(lambda: linalg.matmul(tall.T, tall))
        interrupt(lambda: linalg.matmul(stack, stack))
        interrupt(lambda: linalg.gram(tall, center=True))


def test_a_signal_handler_may_call_the_library() -> None:
    n = 1500
    A = np.random.default_rng(3).standard_normal((n, n))
    expected = linalg.matmul(A, A)
    small = linalg.matmul(A[:300, :300], A[:300, :300])
    inner: list[np.ndarray] = []

    def handler(number: int, frame: object) -> None:
        with mlcore.num_threads(1):  # another width than that of the product which is under way
            inner.append(linalg.matmul(A[:300, :300], A[:300, :300]))

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with mlcore.num_threads(2):
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.06)
            for _ in range(20):
                np.testing.assert_array_equal(linalg.matmul(A, A), expected)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert inner
    for result in inner:
        np.testing.assert_array_equal(result, small)


def test_exit_while_a_daemon_thread_computes() -> None:
    code = """
import threading, time, numpy as np
from mlcore import linalg
A = np.ones((2000, 2000))
def work(kernel):
    while True: kernel()
for kernel in (lambda: linalg.matmul(A, A), lambda: linalg.gram(A)):
    threading.Thread(target=work, args=(kernel,), daemon=True).start()
time.sleep(0.2)
"""
    done = python(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_first_calls_in_several_threads() -> None:
    """What the core asks of NumPy once: while one thread asks, slowly, the others come to the same place."""
    code = """
import builtins, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from mlcore.calculus import integrate
quick = builtins.__import__
def slow(*arguments, **named):
    time.sleep(0.01)
    return quick(*arguments, **named)
functions = [np.exp, lambda x: x**-0.5, lambda x: (x * np.ones(2)[:, None]).T if np.ndim(x) else np.array([x, x])]
builtins.__import__ = slow
with ThreadPoolExecutor(9) as pool:
    found = list(pool.map(lambda f: integrate(f, 0, 1).value, functions * 3))
builtins.__import__ = quick
for value, expected in zip(found, [np.e - 1, 2, [0.5, 0.5]] * 3, strict=True):
    np.testing.assert_allclose(value, expected, rtol=1e-7)
"""
    done = python(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_inputs_are_not_written_to() -> None:
    rng = np.random.default_rng(1)
    A = rng.standard_normal((70, 70))
    A.flags.writeable = False
    before = A.copy()
    linalg.matmul(A, A)
    linalg.gram(A, center=True)
    np.testing.assert_array_equal(A, before)


def test_floating_point_environment_is_left_as_found() -> None:
    libm = ctypes.CDLL("libm.so.6")
    before = libm.fegetround()
    tiny = np.array([5e-324])
    linalg.matmul(np.ones((200, 200)), np.ones((200, 200)))
    assert libm.fegetround() == before
    assert (tiny / 2 == 0).all()
    assert (tiny * 1 == 5e-324).all()  # denormals are not flushed


def test_memory_is_given_back() -> None:
    def resident_pages() -> int:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1])

    A = np.ones((400, 400))
    for _ in range(20):
        linalg.matmul(A, A)
    gc.collect()
    before = resident_pages()
    for _ in range(300):
        linalg.matmul(A, A)
        linalg.gram(A)
    assert resident_pages() - before < 30_000_000 // os.sysconf("SC_PAGE_SIZE")


def test_build_info_pickles() -> None:
    info = mlcore.build_info()
    assert pickle.loads(pickle.dumps(info)) == info
