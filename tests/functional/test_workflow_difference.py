"""Who approves a workflow version sees what is new in it beside the version that was approved last."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from apps.node.custody import actions as custody
from apps.node.custody.models import WorkflowApproval
from tests.functional.federation import CENTRE, staff

pytestmark = pytest.mark.django_db(transaction=True)


def stored(**files: str) -> str:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return storages["offers"].save("w.zip", ContentFile(stream.getvalue()))


def version(label, crate, parameters, outputs=()) -> WorkflowApproval:
    told = {"id": f"https://x.example/{label}", "name": "Counts", "label": label}
    told |= {"parameters": parameters, "outputs": list(outputs)}
    return custody.propose_workflow(tre=CENTRE.id, by=staff("operator"), workflow=told, sha512=label * 128, crate=crate)


def approve(row):
    until = timezone.localdate() + timedelta(days=9)
    custody.approve_workflow(workflowapproval=row, by=staff("approver"), reason="x", until=until)


def parameter(name, label="L", kind="data"):
    return {"name": name, "type": "string", "kind": kind, "label": label, "default": ""}


def test_what_is_new_gone_and_changed_is_told(federation, client):
    client.force_login(staff("approver"), backend=settings.AUTHENTICATION_BACKENDS[0])
    page = lambda row: client.get(row.get_absolute_url()).content.decode()  # noqa: E731
    first = version("1", stored(a="1", b="1", c="1"), [parameter("kept"), parameter("old"), parameter("turned")])
    assert "No version of it was approved here before." in page(first)
    second = version(
        "2", stored(a="1", b="2", d="1"), [parameter("kept"), parameter("new"), parameter("turned", kind="code")]
    )
    assert "No version of it was approved here before." in page(second), "the first is not approved yet"
    approve(first)
    shown = page(second)
    for sentence in (
        "What it asks for: “new” is new.",
        "What it asks for: “old” is gone.",
        "What it asks for: “turned” is changed.",
        "Files: “b” is changed.",
        "Files: “c” is gone.",
        "Files: “d” is new.",
        "code, which is read before each run",
    ):
        assert sentence in shown
    assert "“kept”" not in shown
    assert "“a”" not in shown
    approve(second)
    assert "No version of it was approved here before." in page(first), "a later one is no earlier one"
    assert str(first) in page(second)
    same = version("3", second.crate, second.parameters)
    assert "Nothing differs." in page(same)
    lost = version("4", "gone.zip", second.parameters)
    assert "Files: “a” is gone." in page(lost)
