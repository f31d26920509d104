"""Packed files of publishers are unpacked whole, piece by piece."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.feeds.faults import FeedProblem
from providers.feeds.fetching import gunzipped


def pieces(packed: bytes, length: int) -> list[bytes]:
    return [packed[start : start + length] for start in range(0, len(packed), length)]


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(1, 40))
def test_several_packed_files_after_each_other_are_read_to_the_end(parts, length):
    packed = b"".join(map(gzip.compress, parts))
    assert b"".join(gunzipped(iter(pieces(packed, length)))) == b"".join(parts)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=3), st.integers(1, 8))
def test_a_packed_file_that_ends_too_early_is_never_taken_for_whole(parts, missing):
    packed = b"".join(map(gzip.compress, parts))
    with pytest.raises(FeedProblem):
        list(gunzipped(iter(pieces(packed[:-missing], 7))))
