"""What the worker and beat call. Each task takes identifiers only."""

from celery import shared_task

from apps.core.outbox import service
from apps.core.outbox.registry import hourly_functions


@shared_task(name="outbox.perform")
def perform_work(pk: int) -> None:
    service.perform(pk)


@shared_task(name="outbox.sweep")
def sweep_outbox() -> None:
    service.sweep()


@shared_task(name="outbox.hourly")
def run_hourly() -> None:
    for function in hourly_functions():
        function()
