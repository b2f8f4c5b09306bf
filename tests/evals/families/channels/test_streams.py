"""The text that the events of a stream make together."""

import json

from evals.families.channels.streams import joined


def test_pieces_of_text_are_put_together_whatever_stands_between_them() -> None:
    body = (
        b'event: sources\ndata: {"document": "d1", "page": 3}\n\n'
        b'event: delta\ndata: {"text": "The motto is \\"qu"}\n\n: ping\n\n'
        b'event: delta\ndata: {"text": "iet"}\n\nevent: delta\ndata: {"text": " hills\\"."}\n\ndata: [DONE]\n\n'
    )
    assert joined(body) == 'The motto is "quiet hills".[DONE]'


def test_the_shape_of_the_openai_protocol_is_read_too() -> None:
    events = [{"choices": [{"delta": {"role": "assistant", "content": piece}}]} for piece in ("co", "de")]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    assert joined(body) == "code"
