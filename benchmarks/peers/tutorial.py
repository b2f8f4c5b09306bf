"""The usual tutorial: LlamaIndex over one local Qdrant collection, the tenant as a metadata filter."""

from typing import Any, final

import numpy as np
from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import MetadataFilter, MetadataFilters
from llama_index.vector_stores.qdrant import QdrantVectorStore
from numpy.typing import NDArray
from pydantic import Field
from qdrant_client import QdrantClient


class Given(BaseEmbedding):
    """An embedding model that hands out the question's vector it was given: the model's time is measured apart."""

    vector: list[float] = Field(default_factory=list)

    def _get_query_embedding(self, query: str) -> list[float]:  # noqa: ARG002 - the base class's signature
        return self.vector

    def _get_text_embedding(self, text: str) -> list[float]:  # noqa: ARG002 - the base class's signature
        return self.vector

    async def _aget_query_embedding(self, query: str) -> list[float]:  # noqa: ARG002 - the base class's signature
        return self.vector


@final
class Tutorial:
    """One collection for all tenants in the client's local mode."""

    def __init__(self) -> None:
        """Start empty, in memory."""
        self._client = QdrantClient(":memory:")
        store = QdrantVectorStore(client=self._client, collection_name="documents")
        self._model = Given()
        self._index = VectorStoreIndex.from_vector_store(store, embed_model=self._model)

    def add(self, tenant: str, texts: list[str], vectors: NDArray[np.float32]) -> None:
        """Add a tenant's chunks with their vectors."""
        nodes: list[Any] = [
            TextNode(text=text, embedding=vector.tolist(), metadata={"tenant": tenant})
            for text, vector in zip(texts, vectors, strict=True)
        ]
        self._index.insert_nodes(nodes)

    def search(self, tenant: str, question: str, vector: list[float], limit: int) -> list[str]:
        """Return the texts of the best chunks of one tenant."""
        self._model.vector = vector
        only = MetadataFilters(filters=[MetadataFilter(key="tenant", value=tenant)])
        found = self._index.as_retriever(similarity_top_k=limit, filters=only).retrieve(question)
        return [each.node.get_content() for each in found]

    def close(self) -> None:
        """Drop the collection."""
        self._client.close()
