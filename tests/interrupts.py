"""Ctrl-C during a call."""

import signal
import threading
import time
from collections.abc import Callable

import pytest


def interrupt(call: Callable[[], object], after: float = 0.2) -> None:
    """Interrupt `call`, which is repeated until then, and check that it stops long before it would have ended.

    What counts is the time that the CPU worked for this process: a neighbour's work is no delay of ours.
    """
    sent: list[float] = []

    def send() -> None:
        time.sleep(after)
        sent.append(time.process_time())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    sender = threading.Thread(target=send)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what a script starts in the background ignores it
    try:
        sender.start()
        with pytest.raises(KeyboardInterrupt):
            while True:
                call()
        stopped = time.process_time()
        sender.join()
    finally:
        signal.signal(signal.SIGINT, before)
    # It is looked for every 50 ms, while each thread works on; the rest is for a machine that changes threads slowly.
    assert stopped - sent[0] < 2.0
