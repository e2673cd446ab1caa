"""A program gets the same answer about a crate as the command prints and the upload page shows."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core.crates.check import check
from apps.hub.submissions.checking import limits
from apps.hub.submissions.models import Submission
from tests.unit.crates.bags import good, write

pytestmark = pytest.mark.django_db


def post(content: bytes, **more):
    file = {"crate": SimpleUploadedFile("crate.zip", content, "application/zip")} if content else {}
    return Client(enforce_csrf_checks=True).post(reverse("api:check_crate"), file | more)


def test_the_answer_is_the_report_of_the_check_and_nothing_is_kept(tmp_path):
    path = write(tmp_path / "c.zip", good())
    answer = post(path.read_bytes())
    assert answer.status_code == 200
    assert answer.json() == check(path, limits=limits()).as_dict()
    assert answer.json()["verdict"] == "accepted"
    assert set(answer.json()) == {"verdict", "profile", "sha256", "external_identifier", "stripped", "findings"}
    as_result = post(path.read_bytes(), **{"as": "result"}).json()
    assert set(as_result["findings"][0]) == {"rule", "level", "entity", "message", "mend"}
    assert post(b"no zip").json()["verdict"] == "unreadable"
    assert Submission.objects.count() == 0


def test_what_is_not_right_is_told(settings):
    assert post(b"").status_code == 400
    assert post(b"x", **{"as": "lunch"}).status_code == 400
    settings.UPLOAD_LIMIT_MB = 0
    assert post(b"x" * 100).status_code == 413
    settings.ACCOUNT_RATE_LIMITS = {"verify_result": "1/m/ip"}
    codes = [post(b"").status_code for _ in range(2)]
    assert codes[-1] == 429
