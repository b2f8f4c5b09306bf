"""Reading PDFs by page with pdfium, and pictures by text recognition."""

from ingestion.formats.pdf.document import read_pdf, warm_up_pdf
from ingestion.formats.pdf.pictures import read_image

__all__ = ["read_image", "read_pdf", "warm_up_pdf"]
