"""The worker. Every task takes identifiers only and may run twice, late or never (see apps.core.outbox)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trefx_portal.settings")

app = Celery("trefx_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["apps.core.outbox"])
