"""A worker killed at any step: the run is not lost, and no attempt is started twice."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection
from django.utils import timezone

from apps.core.outbox import service as outbox
from apps.core.outbox.models import Work
from apps.node.egress.models import EgressRequest
from apps.node.executors import home
from apps.node.executors.provision import provision
from apps.node.runs.models import Attempt, Run
from tests.functional.federation import received, sign_off

# What a real worker process does, with a SIGKILL to itself at one named step.
WORKER = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from apps.node.egress import quarantine
from apps.node.executors.local_cwl import LocalCwlExecutor
from apps.node.runs import tasks
from apps.core.outbox import service

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def wrapped(*arguments, **options):
        function(*arguments, **options)
        die()
    return wrapped

step = sys.argv[1]
if step == "before intent":
    tasks.intend = die
elif step == "intent written":
    tasks.start = die
elif step == "submitted":
    LocalCwlExecutor.submit = after(LocalCwlExecutor.submit)
elif step == "answer written":
    tasks.note_started = after(tasks.note_started)
elif step == "polled":
    LocalCwlExecutor.poll = after(LocalCwlExecutor.poll)
elif step == "ended":
    tasks.finish = after(tasks.finish)
elif step == "collected":
    LocalCwlExecutor.collect = after(LocalCwlExecutor.collect)
elif step == "quarantined":
    quarantine.store = after(quarantine.store)
import time
for _ in range(200):
    service.drain()
    time.sleep(0.05)
"""
STEPS = [
    "before intent",
    "intent written",
    "submitted",
    "answer written",
    "polled",
    "ended",
    "collected",
    "quarantined",
]


def environment(settings, tmp_path):
    given = connection.settings_dict
    secret = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    url = f"postgres://{given['USER']}{secret}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    folders = {
        f"{name.upper()}_DIR": options["OPTIONS"]["location"]
        for name, options in settings.STORAGES.items()
        if name != "staticfiles"
    }
    return (
        os.environ
        | folders
        | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "trefx_portal.settings",
            "KEYS_DIR": str(settings.KEYS_DIR),
            "DATA_DIR": str(tmp_path / "worker"),
            "EXECUTOR_ROOT": settings.EXECUTOR["root"],
            "BROKER_URL": "memory://",
        }
    )


@pytest.mark.sandbox
@pytest.mark.postgres
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_a_step_loses_nothing(step, federation, settings, tmp_path):
    provision(home() / "cwl")
    settings.EXECUTOR = settings.EXECUTOR | {"root": f"/var/tmp/trefx-killed-{os.getpid()}"}
    run = sign_off(received(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", WORKER, step], env=environment(settings, tmp_path))
    assert process.wait(60) == -signal.SIGKILL
    Work.objects.filter(done_at=None).update(claimed_until=None, due_at=timezone.now())
    end = time.monotonic() + 40
    while Work.objects.filter(done_at=None).exclude(name="exchange.deliver").exists() and time.monotonic() < end:
        outbox.drain()
        time.sleep(0.05)
    assert Run.objects.get(pk=run.pk).state == "succeeded"
    assert Attempt.objects.filter(run=run).count() == 1
    assert EgressRequest.objects.get(run=run).files.count() == 2
    shutil.rmtree(settings.EXECUTOR["root"])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_that_take_one_run_submit_one_attempt(federation, executor, tmp_path):
    import threading

    from apps.node.runs.tasks import dispatch

    run = sign_off(received(tmp_path))

    def take():
        dispatch(str(run.pk))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Attempt.objects.filter(run=run).count() == 1
    assert len(set(executor.submitted)) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_checkers_at_the_same_moment_leave_the_outputs_reviewed(federation, executor, tmp_path):
    import threading

    from tests.functional.federation import review, work_until_done

    run = sign_off(received(tmp_path))
    work_until_done()
    request = EgressRequest.objects.get(run=run)

    def vote(checker):
        review(request, checker)
        connection.close()

    threads = [threading.Thread(target=vote, args=[f"checker{number}"]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert EgressRequest.objects.get(pk=request.pk).state == "reviewed"
