"""The tokenizer counts what a text has and reads what the model can hold."""

from tenancy.models.encoders.minilm.tokenizer import MAX_TOKENS, WordPieces


def test_the_example_sentence_has_the_word_pieces_of_the_published_vocabulary() -> None:
    assert WordPieces.load().ids("This is an example sentence") == [101, 2023, 2003, 2019, 2742, 6251, 102]


def test_counting_leaves_out_the_markers_and_cuts_nothing_off() -> None:
    pieces = WordPieces.load()
    assert pieces.count("") == 0
    assert pieces.count("This is an example sentence") == 5
    assert pieces.count("harbour " * 1_000) == 1_000


def test_a_long_text_keeps_its_end_marker_within_the_limit() -> None:
    ids = WordPieces.load().ids("harbour " * 1_000)
    assert len(ids) == MAX_TOKENS
    assert (ids[0], ids[-1]) == (101, 102)


def test_a_text_that_spells_a_marker_counts_as_the_model_reads_it() -> None:
    pieces = WordPieces.load()
    text = "a [SEP] b"
    assert len(pieces.ids(text)) == pieces.count(text) + 2
