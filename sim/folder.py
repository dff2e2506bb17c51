"""A folder or file that appears whole or not at all, and never in place of something else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import in_words


def refuse_other(target: Path, names: Collection[str]) -> None:
    """Raise OSError if `target` cannot be made, or holds anything but files called `names`."""
    above = next((folder for folder in target.absolute().parents if folder.exists()), Path("/"))
    try:
        os.rmdir(tempfile.mkdtemp(dir=above))  # asking the system for leave says less than doing it
    except OSError as problem:
        reason = in_words(OSError(problem.errno, problem.strerror))
        raise PermissionError(f"{target} cannot be made: in {above}, {reason}") from None
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"{target} is a file; name a new or empty folder")
    if target.resolve() == Path.cwd():  # it would be replaced under the feet of whoever stands in it
        raise FileExistsError(f"{target.resolve()} is the folder you are in; name a new one, such as kept")
    if target.is_dir():
        others = sorted(set(os.listdir(target)) - set(names))
        if others:
            raise FileExistsError(f"{target} holds other files ({others[0]}); name a new or empty folder")


@contextmanager
def whole_folder(target: str | Path, names: Collection[str]) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends without an error, and else disappears.

    An older folder is replaced if all it holds are files called `names`, those that the block writes.
    """
    place = Path(target).resolve()
    refuse_other(place, names)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    former = place.with_name(f".{place.name}.{os.getpid()}.former")
    fresh.mkdir()
    try:
        yield fresh
        refuse_other(place, names)
        if place.exists():
            place.rename(former)
        fresh.rename(place)
    except BaseException as problem:  # Ctrl-C, too, gives the former folder back
        if former.exists() and not place.exists():
            former.rename(place)
        _name(problem, place)
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def _name(problem: BaseException, place: Path) -> None:
    """Lets an error of writing, which has no name of its own, say what was being written."""
    if isinstance(problem, OSError) and problem.errno is not None and problem.filename is None:
        problem.filename = str(place)


@contextmanager
def whole_file(target: str | Path) -> Iterator[Path]:
    """Yield the name of a file to write, which becomes `target` when the block ends without an error."""
    place = Path(target).resolve()
    if place.is_dir():
        raise FileExistsError(f"{target} is a folder; name a file")
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{os.getpid()}.{place.name}")
    try:
        yield fresh
        fresh.replace(place)
    except OSError as problem:
        _name(problem, place)
        raise
    finally:
        fresh.unlink(missing_ok=True)
