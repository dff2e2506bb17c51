"""Which cases to follow: single ones whose roads differ, and two people at one desk of whom one overtakes the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

RECENT = 31  # days before the date in which the newer of two people came
TRIED = 60  # of the oldest, when a pair is looked for


@dataclass(frozen=True)
class Two:
    """Two people who wait for the same desk on a date; `called` is when each leaves it served, by scenario."""

    older: str
    newer: str
    called: tuple[tuple[pd.Timestamp | None, pd.Timestamp | None], ...]


def traits(attributes: str) -> dict[str, str]:
    """`nationality=syria;persons=2` as a mapping."""
    return dict(part.split("=", 1) for part in attributes.split(";") if "=" in part)


def two_people(
    roads: Iterable[pd.DataFrame], desk: str, served: set[str], date: dt.date, attribute: str = ""
) -> Two | None:
    """One who has waited long on `date` and one who came in the month before, if possible of one office.

    The pair is the first of which the newer one is called before the older in some scenario and after in another; else
    the first of which one overtakes the other; else any. None when there are no two such people.
    """
    frames = list(roads)
    day = pd.Timestamp(date)
    queues = [_queue(frame, desk, served, day) for frame in frames]
    common = set(queues[0].index).intersection(*(queue.index for queue in queues[1:]))
    began = frames[0].groupby("case", sort=False)["entered"].first()
    place = (
        frames[0]
        .groupby("case", sort=False)["attributes"]
        .last()
        .map(lambda text: traits(text).get(attribute, ""))
    )
    began = began[began.index.isin(common)].sort_values(kind="stable")
    newer = began[(began > day - pd.Timedelta(days=RECENT)) & (began <= day)].index
    older = began[began <= day - pd.Timedelta(days=365)].index[:TRIED]
    best: tuple[int, Two] | None = None
    for first in older:
        for second in newer:
            called = tuple((_day(queue, first), _day(queue, second)) for queue in queues)
            orders = {_order(*pair) for pair in called}
            score = (
                4 * ({-1, 1} <= orders)
                + 2 * (1 in orders)
                + (bool(attribute) and place[first] == place[second])
            )
            if best is None or score > best[0]:
                best = score, Two(first, second, called)
    return best[1] if best else None


def _queue(frame: pd.DataFrame, desk: str, served: set[str], day: pd.Timestamp) -> pd.Series:
    """When those who are at the desk on `day`, or came in the month before and get there, leave it served."""
    lines = frame[frame["stage"] == desk]
    lines = lines[lines["left"].isna() | (lines["left"] > day)]
    lines = lines[lines["entered"] <= day + pd.Timedelta(days=2 * RECENT)].groupby("case", sort=False).head(1)
    left = lines["left"].where(lines["transition"].isin(served))
    return pd.Series(left.to_numpy(), index=lines["case"].to_numpy())


def _day(queue: pd.Series, case: str) -> pd.Timestamp | None:
    found = queue[case]
    return None if pd.isna(found) else found


def _order(older: pd.Timestamp | None, newer: pd.Timestamp | None) -> int:
    """1: the newer is called first; -1: the older; 0: neither, or both on one day."""
    if older is None and newer is None:
        return 0
    if older is None or (newer is not None and newer < older):
        return 1
    return -1 if newer is None or older < newer else 0


def segments(
    road: pd.DataFrame, until: dt.date, label: dict[str, str], ends: set[str]
) -> tuple[pd.DataFrame, str]:
    """A road as bars (stage, from, to, days, open: not left), and the name of its last end if it is over."""
    last = pd.Timestamp(until) + pd.Timedelta(days=1)
    rows, end = [], ""
    for line in road.itertuples():
        name = f"{line.pathway}.{line.stage}"
        if name in ends:
            end = label.get(name, line.stage)
            continue
        left = last if pd.isna(line.left) else line.left
        rows.append(
            (label.get(name, line.stage), line.entered, left, (left - line.entered).days, pd.isna(line.left))
        )
        end = "" if pd.isna(line.left) else end
    return pd.DataFrame(rows, columns=["stage", "from", "to", "days", "open"]), end
