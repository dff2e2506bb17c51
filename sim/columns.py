"""A large table as its columns, texts as places among few names: made into a pandas frame when somebody looks at it.

A run of the country has hundreds of thousands of lines of flow and stock, by group and month. Most questions ask for
the lines of all cases, and to write a text into every line takes longer than to find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Texts:
    """A column of texts: each line's place among `names`, of which some may be equal."""

    def __init__(self, names: Iterable[str], places: NDArray[np.integer]) -> None:
        self.names = list(names) or [""]
        self.places = places.astype(np.min_scalar_type(-len(self.names)))

    def array(self) -> Any:
        """As pandas keeps texts."""
        return pd.Series(self.names).array.take(self.places)

    def are(self, name: str) -> NDArray[np.bool_]:
        """Which lines say `name`."""
        return np.array([each == name for each in self.names])[self.places]


class Columns:
    """The columns of a table by name, of equal length."""

    def __init__(self, columns: dict[str, NDArray[Any] | Texts]) -> None:
        self.columns = columns

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(
            {name: each.array() if isinstance(each, Texts) else each for name, each in self.columns.items()}
        )

    def of(self, column: str, name: str) -> pd.DataFrame:
        """The lines whose column says `name`."""
        texts = self.columns[column]
        if not isinstance(texts, Texts):
            raise TypeError(f"{column} is no column of texts")
        chosen = np.flatnonzero(texts.are(name))
        rows = {
            name: Texts(each.names, each.places[chosen]) if isinstance(each, Texts) else each[chosen]
            for name, each in self.columns.items()
        }
        return Columns(rows).frame().set_axis(chosen)


def coded(table: pd.DataFrame | Columns) -> Iterator[tuple[str, list[str], NDArray[Any]]]:
    """Every column: its name, its texts in the order in which they come, and its values or the codes of its texts."""
    columns = table.columns if isinstance(table, Columns) else {name: table[name] for name in table.columns}
    for name, values in columns.items():
        if isinstance(values, Texts):
            first = {text: place for place, text in reversed(list(enumerate(values.names)))}
            same = np.array([first[text] for text in values.names], dtype=values.places.dtype)
            codes, places = pd.factorize(same[values.places])
            yield name, [values.names[place] for place in places], codes
        elif values.dtype == object or pd.api.types.is_string_dtype(values):
            codes, texts = pd.factorize(values)
            yield name, [str(text) for text in texts], codes
        elif pd.api.types.is_datetime64_any_dtype(values):
            yield name, [], values.astype("datetime64[s]").astype("int64")
        else:
            yield name, [], values
