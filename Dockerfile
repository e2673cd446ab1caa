# One image. Web, worker and beat differ only in the command (compose.yaml). The sandboxed executor needs bubblewrap and
# user namespaces: run a node's worker on a host or VM that allows them (docs/operator.md), not with a default seccomp profile.
FROM python:3.11-slim-bookworm AS build
WORKDIR /portal
COPY requirements.txt .
RUN python -m venv /opt/portal && /opt/portal/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/portal --shell /usr/sbin/nologin portal
COPY --from=build /opt/portal /opt/portal
WORKDIR /portal
COPY manage.py .
COPY trefx_portal trefx_portal
COPY apps apps
COPY templates templates
COPY static static
ENV PATH=/opt/portal/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/var/lib/portal/data
RUN SECRET_KEY=only-for-the-build python manage.py collectstatic --noinput --verbosity 0 \
    && chown -R portal:portal /var/lib/portal
USER portal
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/')"]
CMD ["gunicorn", "trefx_portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
