"""The only source of chance.

Every random word is a pure function of (seed, stream, key, visit): word 0 of Philox4x32-10 (Salmon, Moraes,
Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, 2011). The seed is the cipher's key;
case key, stream and visit are its counter. Nothing is carried from one draw to the next, so the order of
draws cannot matter, and a person has the same luck in every scenario.

All arithmetic is on unsigned 64-bit words that hold 32-bit values, so that nothing overflows and the
functions give the same words compiled or not.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from sim.compiled import Whole, compiled, folded

WORDS = 2**32
"""How many values a draw can take."""

# Constants of Philox4x32: multipliers; the golden ratio and sqrt(3) - 1 for the key schedule.
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_MASK = 0xFFFFFFFF

Words4 = tuple[np.uint64, np.uint64, np.uint64, np.uint64]


@folded
def _rounds(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> Words4:
    """Ten rounds on four 32-bit words, each held in 64 bits."""
    for turn in range(10):
        if turn > 0:
            k0 = (k0 + _W0) & _LOW
            k1 = (k1 + _W1) & _LOW
        first = _M0 * c0
        second = _M1 * c2
        c0, c1, c2, c3 = (
            (second >> _HALF) ^ c1 ^ k0,
            second & _LOW,
            (first >> _HALF) ^ c3 ^ k1,
            first & _LOW,
        )
    return c0, c1, c2, c3


@compiled
def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10: four random words from a counter of four words and a key of two."""
    c0, c1, c2, c3 = _rounds(
        np.uint64(counter[0]),
        np.uint64(counter[1]),
        np.uint64(counter[2]),
        np.uint64(counter[3]),
        np.uint64(key[0]),
        np.uint64(key[1]),
    )
    return int(np.int64(c0)), int(np.int64(c1)), int(np.int64(c2)), int(np.int64(c3))


@folded
def draw(seed: Whole, stream: Whole, key: Whole, visit: Whole) -> int:
    """The random word, 0..2**32-1, of one decision: the run's seed, a stream, a case key and its visit.

    Seed and key are 64-bit words; as plain Python numbers they must be below 2**63.
    """
    word, _, _, _ = _rounds(
        np.uint64(key & _MASK),
        np.uint64((key >> 32) & _MASK),
        np.uint64(stream & _MASK),
        np.uint64(visit & _MASK),
        np.uint64(seed & _MASK),
        np.uint64((seed >> 32) & _MASK),
    )
    return int(np.int64(word))


@compiled
def draws(
    seed: Whole, stream: Whole, keys: NDArray[np.int64], visits: NDArray[np.integer]
) -> NDArray[np.uint32]:
    """`draw` for many cases: one key and one visit each."""
    words = np.empty(len(keys), np.uint32)
    for i in range(len(keys)):
        words[i] = np.uint32(draw(seed, stream, keys[i], visits[i]))
    return words


def uniform(seed: int, stream: int, key: int, visit: int = 0) -> float:
    """The draw as a number strictly between 0 and 1. For display and theory only."""
    return (draw(seed, stream, key, visit) + 0.5) / WORDS


@compiled
def _times(a: np.uint64, b: np.uint64) -> np.uint64:
    """The low 64 bits of a product, by halves, so that plain NumPy sees no overflow."""
    low = (a & _LOW) * (b & _LOW)
    cross = (((a >> _HALF) * (b & _LOW)) & _LOW) + (((a & _LOW) * (b >> _HALF)) & _LOW)
    return (((cross + (low >> _HALF)) & _LOW) << _HALF) | (low & _LOW)


@compiled
def _mixed(word: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014; constants of Stafford's variant 13)."""
    word = _times(word ^ (word >> np.uint64(30)), np.uint64(0xBF58476D1CE4E5B9))
    word = _times(word ^ (word >> np.uint64(27)), np.uint64(0x94D049BB133111EB))
    return word ^ (word >> np.uint64(31))


@compiled
def tie_hash(key: Whole) -> int:
    """A scrambled case key, 0..2**63-1: the order in a queue of cases of one date; it favours no source."""
    word = (np.uint64((key >> 32) & _MASK) << _HALF) | np.uint64(key & _MASK)
    return int(np.int64(_mixed(word) >> np.uint64(1)))


def stream_number(name: str) -> int:
    """The 32-bit number of a stream: a hash of its name, the same in every process and on every machine."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


class Streams:
    """The streams of one model: every decision has its own, and no two share a number."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._claimed: set[str] = set()

    def number(self, name: str) -> int:
        """The number of a stream. Raises ValueError if another name has the same number."""
        number = stream_number(name)
        other = self._names.setdefault(number, name)
        if other != name:
            raise ValueError(f"the streams {other!r} and {name!r} have the same number; rename one of them")
        return number

    def claim(self, name: str) -> int:
        """The number of a stream for one decision only. Raises ValueError if it has been claimed before."""
        if name in self._claimed:
            raise ValueError(f"the stream {name!r} is used by two decisions")
        number = self.number(name)
        self._claimed.add(name)
        return number

    @property
    def names(self) -> dict[int, str]:
        """Every stream so far: number to name."""
        return dict(self._names)
