"""A sealed stream opens whole, in order, from its own beginning to its own end; in every other case it is an error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenancy.sealing import Place, PurposeKey, SealBroken
from tenancy.stream_sealing import HEADER, StreamOpener, StreamSealer, stream_version

_KEY = PurposeKey(bytes(range(32)), 1)
_PLACE = Place("ten_a", "blobs", "blb_1", "content")
_OTHER = Place("ten_a", "blobs", "blb_2", "content")


def _sealed(parts: list[bytes], place: Place = _PLACE) -> tuple[bytes, list[bytes]]:
    sealer = StreamSealer(_KEY, place)
    last = len(parts) - 1
    return sealer.header, [sealer.seal(part, last=number == last) for number, part in enumerate(parts)]


def _opened(header: bytes, segments: list[bytes], place: Place = _PLACE) -> list[bytes]:
    opener = StreamOpener(_KEY, place, header)
    last = len(segments) - 1
    return [opener.open(segment, last=number == last) for number, segment in enumerate(segments)]


def _opened_by_its_version(header: bytes, segments: list[bytes]) -> list[bytes]:
    if stream_version(header) != _KEY.version:
        raise SealBroken("There is no key of that version.")
    return _opened(header, segments)


_FOUR = [b"one", b"two", b"three", b"four"]


@settings(max_examples=100)
@given(parts=st.lists(st.binary(max_size=200), min_size=1, max_size=6))
def test_a_stream_opens_as_it_was_sealed(parts: list[bytes]) -> None:
    header, segments = _sealed(parts)
    assert _opened(header, segments) == parts


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_stream_cut_after_any_segment_is_an_error(kept: int) -> None:
    header, segments = _sealed(_FOUR)
    with pytest.raises(SealBroken, match="cut short"):
        _opened(header, segments[:kept])


def test_without_the_mark_on_the_last_segment_a_cut_would_go_unnoticed() -> None:
    """The same stream, opened by a reader who does not look for the end: the cut passes."""
    header, segments = _sealed(_FOUR)
    opener = StreamOpener(_KEY, _PLACE, header)
    assert [opener.open(segment, last=False) for segment in segments[:2]] == _FOUR[:2]


@pytest.mark.parametrize(
    "order",
    [[1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2], [0, 0, 1, 3], [0, 1, 1, 3], [1, 2, 3], [0, 2, 3], [0, 1, 2, 3, 3]],
)
def test_segments_reordered_repeated_or_left_out_are_an_error(order: list[int]) -> None:
    header, segments = _sealed(_FOUR)
    with pytest.raises(SealBroken):
        _opened(header, [segments[number] for number in order])


def test_a_flipped_bit_anywhere_is_an_error() -> None:
    header, segments = _sealed([b"one", b"two"])
    for position in range(HEADER):
        damaged = bytearray(header)
        damaged[position] ^= 1
        with pytest.raises(SealBroken):
            _opened_by_its_version(bytes(damaged), segments)
    for number, segment in enumerate(segments):
        for position in range(len(segment)):
            damaged = bytearray(segment)
            damaged[position] ^= 1
            with pytest.raises(SealBroken):
                _opened(header, [*segments[:number], bytes(damaged), *segments[number + 1 :]])


def test_headers_swapped_between_streams_are_an_error() -> None:
    first, second = _sealed(_FOUR), _sealed(_FOUR)
    for header, segments in ((first[0], second[1]), (second[0], first[1])):
        with pytest.raises(SealBroken):
            _opened(header, segments)


def test_L39_a_stream_does_not_open_under_another_name() -> None:
    header, segments = _sealed(_FOUR)
    with pytest.raises(SealBroken):
        _opened(header, segments, _OTHER)


def test_a_segment_of_another_stream_does_not_fit_in() -> None:
    header, segments = _sealed(_FOUR)
    _, others = _sealed(_FOUR)
    with pytest.raises(SealBroken):
        _opened(header, [segments[0], others[1], *segments[2:]])


def test_a_wrong_key_is_told_from_damage() -> None:
    header, _ = _sealed(_FOUR)
    with pytest.raises(SealBroken, match="under another key"):
        StreamOpener(PurposeKey(bytes(32), 1), _PLACE, header)


@pytest.mark.parametrize("header", [b"", b"\x02", b"\x02" * 68, b"\x02" * 70, b"\x01" * 69, b"plain" * 20])
def test_what_is_no_header_is_an_error(header: bytes) -> None:
    with pytest.raises(SealBroken, match="known sealed format"):
        stream_version(header)


def test_a_value_sealed_alone_is_not_a_stream() -> None:
    header, _ = _sealed([b""])
    assert stream_version(header) == 1
    with pytest.raises(SealBroken):
        stream_version(b"\x01" + header[1:])
