"""The command line: `mlcore lab` and `mlcore info`.

Exit codes: 0 all is well; 1 the run is complete but some result disagreed with a rival's; 2 the request cannot
be met as it stands (the message says why and what to do); 130 interrupted by Ctrl-C. Only the standard library is
imported here, so that `mlcore --help` answers at once and a missing package ends in a sentence.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlcore.lab.errors import LabError

if TYPE_CHECKING:
    from mlcore.lab.job import Topic
    from mlcore.lab.settings import Settings

__all__ = ["main"]

REPORT = "mlcore-lab.html"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; None takes them from `sys.argv`.

    Returns
    -------
    int
        The exit code.
    """
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except LabError as error:
        print(f"mlcore {arguments.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"mlcore {arguments.command}: interrupted; nothing was written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`mlcore info | head -1`). Python would complain once more when it
        # flushes at exit, so let it flush into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    from mlcore import __version__

    parser = argparse.ArgumentParser(prog="mlcore", description="The mathematics of machine learning, compiled.")
    parser.add_argument("--version", action="version", version=f"mlcore {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    lab = commands.add_parser(
        "lab",
        help="compare mlcore with NumPy, SciPy and scikit-learn on this machine",
        description="Compare mlcore with NumPy, SciPy, scikit-learn and this machine's own limits: a table in the "
        f"terminal and a report in {REPORT}. By default it analyses the UCI digits and runs every topic, in a minute "
        "or two.",
    )
    lab.add_argument(
        "topics",
        nargs="*",
        metavar="TOPIC",
        help="limits, pca, matmul, kernels, gram_schmidt, linalg, eigen, calculus, ladder; default: all",
    )
    lab.add_argument("--data", type=Path, metavar="FILE", help="a table to analyse, .csv or .npy (default: the UCI digits)")
    lab.add_argument("--label", metavar="NAME", help="the column of --data that holds labels; may be text")
    lab.add_argument("--drop-constant", action="store_true", help="leave constant columns of --data out")
    pace = lab.add_mutually_exclusive_group()
    pace.add_argument("--quick", action="store_true", help="fewer sizes and rounds: a look in some 20 seconds")
    pace.add_argument("--large", action="store_true", help="more sizes, in 'linalg' up to 2000 x 2000: some twenty minutes")
    lab.add_argument("--out", type=Path, default=Path(REPORT), metavar="FILE", help="the report (default: %(default)s)")
    lab.add_argument("--json", type=Path, metavar="FILE", help="also write every number as JSON")
    lab.add_argument("--threads", type=int, metavar="N", help="compare with 1 and with N threads (default: all)")
    lab.set_defaults(run=_lab)

    info = commands.add_parser("info", help="show the build, the processor and its limits")
    info.add_argument("--threads", type=int, metavar="N", help="measure with 1 and with N threads (default: all)")
    info.set_defaults(run=_info)
    return parser


def _info(arguments: argparse.Namespace) -> int:
    from mlcore.lab.info import info
    from mlcore.lab.threads import counts

    print(info(counts(arguments.threads)))
    return 0


def _lab(arguments: argparse.Namespace) -> int:
    from mlcore.lab import extras

    extras.require()
    from mlcore.lab import atomic, data, machine
    from mlcore.lab.settings import Settings
    from mlcore.lab.threads import counts
    from mlcore.lab.topics import select

    # Everything that can be refused is refused now, before a minute of measuring.
    threads = counts(arguments.threads)
    topics = select(arguments.topics)
    outputs = [("--out", arguments.out)] + ([("--json", arguments.json)] if arguments.json else [])
    for option, path in outputs:
        atomic.check_writable(path, option)
    _check_distinct([*outputs, *([("--data", arguments.data)] if arguments.data else [])])
    if arguments.data is None and (arguments.label is not None or arguments.drop_constant):
        option = "--label" if arguments.label is not None else "--drop-constant"
        raise LabError(f"{option} speaks of a column of your own table: name the table with --data FILE")
    dataset = (
        data.digits()
        if arguments.data is None
        else data.load(arguments.data, label=arguments.label, without_constant=arguments.drop_constant)
    )
    cache = machine.last_level_cache()
    settings = Settings(dataset, threads, quick=arguments.quick, large=arguments.large, last_level_cache=cache)
    return _measure_and_write(settings, topics, arguments.out, arguments.json)


def _measure_and_write(settings: Settings, topics: Sequence[Topic], out: Path, json: Path | None) -> int:
    from rich.console import Console

    from mlcore.lab.atomic import write_text
    from mlcore.lab.report import render
    from mlcore.lab.run import run
    from mlcore.lab.terminal import progress, show
    from mlcore.lab.to_json import to_json

    with progress(Console(stderr=True)) as listener:
        report = run(settings, topics, listener=listener)
        html = render(report)
    show(report, Console(width=None if sys.stdout.isatty() else 132))
    write_text(out, html)
    print(f"Report: {out}")
    if json is not None:
        write_text(json, to_json(report))
        print(f"JSON:   {json}")
    return 0 if report.agrees else 1


def _check_distinct(files: list[tuple[str, Path]]) -> None:
    """Refuse to write one file over another that this very run reads or writes."""
    seen: dict[str, str] = {}
    for option, path in files:
        real = os.path.realpath(path)
        if real in seen:
            raise LabError(f"{seen[real]} and {option} name the same file, '{path}': give each its own")
        seen[real] = option
