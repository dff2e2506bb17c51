"""Charts: what a figure shows of a frame."""

from __future__ import annotations

import pandas as pd
from dashboard_here import charts


def frame(values, lows, highs):
    days = pd.to_datetime([f"{year}-09-30" for year in range(2027, 2027 + len(values))])
    return pd.DataFrame({"date": days, "series": "What if", "value": values, "low": lows, "high": highs})


def test_a_band_that_nobody_has_measured_to_its_end_is_open_above():
    """Runs that end before half of the people are done have no high: the band goes to the edge, not to its low."""
    nothing = float("nan")
    figure = charts.lines(frame([10, 12, nothing], [8, 9, 9.5], [15, nothing, nothing]), "days")
    band, line = figure.data
    edge = figure.layout.yaxis.range[1]
    assert edge > 15 and list(band.y) == [15, edge, edge, 9.5, 9, 8]
    assert list(line.y) == [10, 12]


def test_a_band_with_both_ends_leaves_the_axis_to_the_browser():
    figure = charts.lines(frame([10, 12], [8, 9], [15, 16]), "days")
    assert list(figure.data[0].y) == [15, 16, 9, 8]
    assert figure.layout.yaxis.range is None and figure.layout.yaxis.rangemode == "tozero"


def test_without_a_band_there_is_a_line_alone():
    nothing = [float("nan")] * 2
    figure = charts.lines(frame([10, 12], nothing, nothing), "days")
    assert [each.mode for each in figure.data] == ["lines+markers"]
    assert figure.layout.yaxis.range is None


def test_a_frame_without_bands_needs_no_columns_for_them():
    found = frame([10, 12], [8, 9], [15, 16]).drop(columns=["low", "high"])
    assert len(charts.lines(found, "days").data) == 1


def test_few_people_are_counted_whole():
    assert charts.lines(frame([0, 1], [0, 0], [1, 1]), "people").layout.yaxis.tickformat == ",d"
    assert charts.lines(frame([0, 900], [0, 0], [1, 1000]), "people").layout.yaxis.tickformat == "~s"


def test_a_long_name_is_cut_to_what_a_small_chart_has_room_for():
    found = frame([10, 12], [8, 9], [15, 16]).assign(
        series="A classroom with a second asylum officer", facet="x"
    )
    (small,) = charts.facets(found)
    lines = small.layout.annotations[0].text.split("<br>")
    assert len(lines) == 2 and all(len(line) <= 11 for line in lines) and lines[1].endswith("…")
