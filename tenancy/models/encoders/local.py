"""Runs the offline embedder beside an event loop: questions ahead of uploads, long uploads in a process apart."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import final

from tenancy.models.embedder import PassageVectors, QuestionVectors
from tenancy.models.encoders.encoder import Encoder
from tenancy.models.encoders.traits import Traits
from tenancy.models.sharing.apart import ModelApart
from tenancy.values.embedded_text import EmbeddedText

_QUESTIONS = 4  # at once; a question is 2 to 3 ms of one core
_UPLOADS = 2  # at once; each shares the model's own threads with the other


@final
class LocalEmbedder:
    """An `Embedder` over one loaded encoder. Questions never wait behind uploads, nor short ones behind long ones."""

    def __init__(self, model: Encoder, apart: ModelApart | None = None) -> None:
        """Use `model` and its other process, which stay their owner's to close; threads start with the first text."""
        self._model = model
        self._apart = apart
        self._questions = ThreadPoolExecutor(_QUESTIONS, thread_name_prefix="question")
        self._uploads = ThreadPoolExecutor(_UPLOADS, thread_name_prefix="upload")

    @property
    def traits(self) -> Traits:
        """Return what is known of the encoder."""
        return self._model.traits

    def count_tokens(self, text: str) -> int:
        """Return how many pieces `text` has, counted by the encoder's own tokenizer."""
        return self._model.count_tokens(text)

    async def embed_question(self, text: str) -> QuestionVectors:
        """Return the vectors of a question."""
        return await asyncio.get_running_loop().run_in_executor(self._questions, self._model.embed_question, text)

    async def embed(self, texts: Sequence[EmbeddedText], *, apart: bool = False) -> PassageVectors:
        """Return the vectors of `texts` in their order."""
        if apart and self._apart is not None:
            return await self._apart.embed(self.traits, texts)
        return await asyncio.get_running_loop().run_in_executor(self._uploads, self._model.embed, texts)

    def close(self) -> None:
        """End the threads after the texts they are at; what waits is dropped. Blocks for at most two batches."""
        for executor in (self._questions, self._uploads):
            executor.shutdown(cancel_futures=True)
