# One image for both processes: `python -m api` and `python -m workers`.
FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml requirements.lock README.md ./
# The lock's versions, but only of what the processes import: tests and checks stay outside.
RUN python -m venv /venv \
 && grep -oE '^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ;\\]+' requirements.lock \
    | sed -E 's/\[[a-z,]+\]//' > constraints.txt
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY api api
COPY ferryman ferryman
COPY demo demo
RUN /venv/bin/pip install --no-cache-dir --constraint constraints.txt ".[postgresql]"

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home ferryman
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /home/ferryman
CMD ["python", "-m", "api"]
