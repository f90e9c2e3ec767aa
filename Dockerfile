# One image for all processes: `python -m api`, `python -m workers`, `python -m ferryman codec` and the sandbox.
FROM python:3.11.15-slim-bookworm@sha256:d29f48a31a8b408ed19272ca1e7b10ebae13b240a27e862d3d4217c528e2e0c3 AS build
WORKDIR /source
COPY pyproject.toml requirements.lock README.md ./
COPY deploy/install.sh deploy/locked.py deploy/
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY api api
COPY shop shop
COPY ferryman ferryman
RUN sh deploy/install.sh /opt/ferryman

# Without compiler and pip, and with nothing in it that the user can write to.
FROM python:3.11.15-slim-bookworm@sha256:d29f48a31a8b408ed19272ca1e7b10ebae13b240a27e862d3d4217c528e2e0c3
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ferryman
COPY --from=build /opt/ferryman /opt/ferryman
ENV PATH=/opt/ferryman/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/ferryman
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-m", "ferryman.alive", "http://127.0.0.1:8080/healthz"]
CMD ["python", "-m", "api"]
