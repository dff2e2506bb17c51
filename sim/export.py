"""A run's tables for other programs: a folder of CSV or Parquet files, or one Excel workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.exceptions import FileCreateError

from sim.errors import InputError
from sim.folder import whole_file, whole_folder
from sim.results import COLUMNS, TABLES, Result

EXCEL_ROWS = 1_048_575  # rows of data a sheet holds below its header: a limit of the file format
RUN_FACTS = (
    "title", "fingerprint", "digest", "seed", "scale", "engine", "start", "until", "versions",
    "misleading_below_scale_1",
)  # fmt: skip


def export(result: Result, format: str, out: str | Path) -> Path:
    """Write the tables of `result` to `out` (csv, parquet: a folder; xlsx: a file) and return its path.

    Beside them stands `about`: what was run, and every column's unit and meaning. Written whole or not at
    all.
    """
    if format not in WRITERS:
        raise InputError(f"format '{format}' is not known; allowed: {', '.join(WRITERS)}")
    target = Path(out)
    frames: dict[str, pd.DataFrame] = {"about": about(result.info)}
    frames |= {name: getattr(result, name) for name in TABLES}
    WRITERS[format](frames, target)
    return target


def about(info: Mapping[str, Any]) -> pd.DataFrame:
    """What was run and what each column means: columns `table`, `column`, `unit`, `meaning`."""
    facts = {"title": info.get("scenario", {}).get("title", "")} | dict(info)
    rows = [("run", name, "", str(facts[name])) for name in RUN_FACTS if name in facts]
    for table, columns in info.get("tables", COLUMNS).items():
        rows += [
            (table, column, text.get("unit", ""), text.get("meaning", "")) for column, text in columns.items()
        ]
    return pd.DataFrame(rows, columns=["table", "column", "unit", "meaning"])


def _csv(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    with whole_folder(target, [f"{name}.csv" for name in frames]) as folder:
        for name, frame in frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False)


def _parquet(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    with whole_folder(target, [f"{name}.parquet" for name in frames]) as folder:
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)


def _xlsx(frames: Mapping[str, pd.DataFrame], target: Path) -> None:
    if target.suffix.lower() != ".xlsx":
        raise InputError(f"{target}: the name of an Excel file ends in .xlsx")
    for name, frame in frames.items():
        if len(frame) > EXCEL_ROWS:
            raise InputError(
                f"table '{name}' has {len(frame):,} rows and an Excel sheet holds {EXCEL_ROWS:,}; "
                "use --format csv or parquet, or keep fewer histories (--history)"
            )
    # Text stays text: a cell that begins with "=" or looks like an address is not brought to life.
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with (
        whole_file(target) as path,
        _plain_errors(),
        pd.ExcelWriter(
            path, engine="xlsxwriter", date_format="yyyy-mm-dd", datetime_format="yyyy-mm-dd",
            engine_kwargs={"options": options},
        ) as book,
    ):  # fmt: skip
        for name, frame in frames.items():
            frame.to_excel(book, sheet_name=name, index=False)
            sheet = book.sheets[name]
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(len(frame), 1), max(len(frame.columns) - 1, 0))
            for position, column in enumerate(frame.columns):
                sheet.set_column(position, position, _width(frame[column], str(column)))


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A full disk is an OSError here too."""
    try:
        yield
    except FileCreateError as problem:
        raise (problem.args[0] if isinstance(problem.args[0], OSError) else OSError(str(problem))) from None


def _width(values: pd.Series, header: str) -> float:
    """A width in characters that shows the header and the first rows."""
    return min(max([len(header) + 3, *(len(str(value)) + 1 for value in values.head(200))]), 80)


WRITERS: dict[str, Callable[[Mapping[str, pd.DataFrame], Path], None]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
}
