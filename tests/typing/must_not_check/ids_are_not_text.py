"""An id has a type of its own: text is not an id, and one kind of id is not another."""

from tenancy.ids import DocumentId, JobId


def open_document(document_id: DocumentId) -> DocumentId:
    return document_id


open_document(DocumentId("doc_0"))
open_document("doc_0")  # E: arg-type
open_document(JobId("job_0"))  # E: arg-type
