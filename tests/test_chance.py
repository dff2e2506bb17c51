"""The only source of chance: published vectors, uniformity, and independence of process and order."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import chance, compiled

ONES = 0xFFFFFFFF
# kat_vectors of Random123 (D. E. Shaw Research), philox4x32 with 10 rounds
VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(("counter", "key", "words"), VECTORS)
def test_published_vectors(counter, key, words) -> None:
    assert chance.philox(counter, key) == words


def test_where_seed_key_stream_and_visit_go() -> None:
    counter, key, words = VECTORS[2]
    case = np.uint64(counter[0] | counter[1] << 32)
    seed = key[0] | key[1] << 32
    assert chance.draw(seed, counter[2], case, counter[3]) == words[0]
    assert chance.draw(np.uint64(seed), np.uint32(counter[2]), case.astype(np.int64), counter[3]) == words[0]


def test_known_values_of_splitmix64() -> None:
    # The first outputs of SplitMix64 with seed 0 are the finaliser of the golden ratio's multiples.
    golden = 0x9E3779B97F4A7C15
    for turn, word in [(1, 0xE220A8397B1DCDAF), (2, 0x6E789E6AA1B965F4), (3, 0x06C45D188009454F)]:
        assert chance.tie_hash(np.uint64(golden * turn % 2**64)) == word >> 1


@given(
    st.integers(0, 2**63 - 1), st.integers(0, ONES), st.integers(-(2**63), 2**63 - 1), st.integers(0, ONES)
)
@settings(deadline=None)
def test_one_draw_and_many_are_the_same(seed: int, stream: int, key: int, visit: int) -> None:
    one = chance.draw(seed, stream, key, visit)
    many = chance.draws(seed, stream, np.array([key, key ^ 1]), np.array([visit, visit]))
    assert many.dtype == np.uint32 and many[0] == one
    assert 0 < chance.uniform(seed, stream, key, visit) < 1
    assert 0 <= chance.tie_hash(key) < 2**63


PLAIN = """
import warnings; warnings.simplefilter("error")
import numpy as np
from sim import chance, durations
keys = np.array([0, 1, -1, 2**62 + 12345, -2**63], dtype=np.int64)
print([chance.draw(2**63 - 7, 2**32 - 1, int(k), 3) for k in keys])
print(chance.draws(5, 9, keys, np.arange(5)).tolist(), [chance.tie_hash(int(k)) for k in keys])
long = durations.quantile_table({"lognormal": {"median": 900, "sigma": 2}})
table = np.concatenate([durations.quantile_table(7), long])
limits = durations.threshold_table()
for w in map(int, chance.draws(1, 2, np.arange(50), np.zeros(50, dtype=np.int64))):
    value = durations.look_up(table, 1025, w)
    print(value, durations.whole_days(value), durations.threshold(limits, w))
    print(durations.rank(table, 1025, value))
    print(durations.beyond(table, 1025, value, w), durations.look_up(table, 0, np.uint32(w)))
print(chance.stream_number("affirmative.fresh.split"))
"""


def run_plain(**settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN],
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_same_answer_in_every_process_compiled_or_not() -> None:
    compiled_run = run_plain(PYTHONHASHSEED="1")
    assert run_plain(PYTHONHASHSEED="2") == compiled_run
    assert run_plain(NUMBA_DISABLE_JIT="1") == compiled_run


def test_words_are_uniform_over_cases_streams_visits_and_seeds() -> None:
    n = 200_000
    keys, zeros = np.arange(n), np.zeros(n, dtype=np.int64)
    samples = [
        chance.draws(1, 7, keys, zeros),
        chance.draws(1, 7, keys << 21, zeros),  # as case keys are spaced
        chance.draws(1, 7, zeros, keys),
        np.array([chance.draw(1, stream, 3, 0) for stream in range(n // 4)]),
        np.array([chance.draw(seed, 7, 3, 0) for seed in range(n // 4)]),
    ]
    for words in samples:
        for shift in (24, 0):  # high and low byte
            counts = np.bincount(words.astype(np.int64) >> shift & 255, minlength=256)
            assert stats.chisquare(counts).pvalue > 1e-4


def test_streams_and_seeds_are_uncorrelated() -> None:
    keys, zeros = np.arange(100_000), np.zeros(100_000, dtype=np.int64)
    a, b, c = (chance.draws(s, t, keys, zeros).astype(float) for s, t in [(1, 1), (1, 2), (2, 1)])
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.015
    assert abs(np.corrcoef(a, c)[0, 1]) < 0.015
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 0.015


def test_streams_refuse_duplicates_and_collisions(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = chance.Streams()
    number = streams.claim("court.split")
    assert number == streams.number("court.split") == chance.stream_number("court.split") < 2**32
    assert streams.names == {number: "court.split"}
    with pytest.raises(ValueError, match="used by two decisions"):
        streams.claim("court.split")
    monkeypatch.setattr(chance, "stream_number", lambda name: number)
    with pytest.raises(ValueError, match="same number"):
        streams.number("court.days")


def test_compiling_leaves_the_settings_of_numba_alone() -> None:
    before = numba.config.CACHE_DIR

    @compiled.compiled
    def twice(x: int) -> int:
        return 2 * x

    assert twice(4) == 8
    assert before == numba.config.CACHE_DIR


def test_cache_is_named_by_every_file_that_compiled_code_reads(tmp_path: Path) -> None:
    names = {path.name for path in compiled.compiled_files()}
    assert {"compiled.py", "chance.py", "durations.py", "laws.py"} <= names
    assert "schedule.py" not in names
    (tmp_path / "compiled.py").write_text("")
    kernel = "from sim.compiled import compiled\nfrom sim import (\n    layout,\n)\n"
    (tmp_path / "kernel.py").write_text(kernel)
    (tmp_path / "layout.py").write_text("from sim.words import DESK\n")
    (tmp_path / "words.py").write_text("DESK = 1\n")
    (tmp_path / "other.py").write_text("x = 1\n")
    first = compiled.code_hash(tmp_path)
    (tmp_path / "other.py").write_text("x = 2\n")
    assert compiled.code_hash(tmp_path) == first
    (tmp_path / "words.py").write_text("DESK = 2\n")
    second = compiled.code_hash(tmp_path)
    (tmp_path / "kernel.py").write_text(kernel + "x = 1\n")
    assert len({first, second, compiled.code_hash(tmp_path)}) == 3


def test_without_a_writable_folder_nothing_is_cached(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert compiled.writable_folder(tmp_path / "file" / "cache") is None
    assert run_plain(NUMBA_CACHE_DIR=str(tmp_path / "file")) == run_plain()
    assert (tmp_path / "file").read_text() == "in the way"
