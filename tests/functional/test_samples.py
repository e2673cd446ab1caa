"""The synthetic sample of a dataset version: given with its form, shown on its page, and taken by whoever is signed in."""

import csv
import io

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse

from apps.core.audit.models import Opening
from apps.core.errors import BadInput, NotAllowed
from apps.hub.datasets import actions, samples
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre
from tests.functional.federation import CENTRE, DESCRIBED, person

pytestmark = pytest.mark.django_db(transaction=True)
DICTIONARY = [
    {"name": "age", "meaning": "in years", "values": "0 to 110"},
    {"name": "town", "meaning": "", "values": ""},
]


def login(client, email):
    client.force_login(person(email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def draft(federation) -> Dataset:
    """A description that is not listed yet."""
    by, tre = person("coordinator@hub.example"), Tre.objects.get(pk=CENTRE.id)
    return actions.describe_dataset(by=by, tre=tre, name="Clinics", summary="Visits.")


def kept() -> list[str]:
    """The stored samples: the three of the demonstration, and what a test adds."""
    return storages["crates"].listdir("samples")[1]


def given(content: bytes, **changed):
    form = DESCRIBED | {"label": "2024", "years_from": 2020, "years_to": 2024, "invented": "on"}
    form |= {"dictionary": "age | in years | 0 to 110\ntown | where | a name"}
    return form | {"sample": SimpleUploadedFile("towns.csv", content, "text/csv")} | changed


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"age,region,sex\n1,2,3\n", "missing: “town”; too many: “region”, “sex”"),
        (b"age,town,age\n1,x,1\n", "(too many: “age”)"),
        (b"age;town\n1;x\n", "missing: “age”, “town”; too many: “age;town”"),
        (b"\n", "missing: “age”, “town”"),
        (b"\xef\xbb\xbfage,town\n1,x\n", "invisible mark"),
        (b"age,town\n1,caf\xe9\n", "not text in UTF-8: byte 14"),
        (b'age,town\n1,"x\n', "not a CSV file that can be read"),
        (b"age,town\n", "has no rows"),
        (b"age,town\n1,x\n2\n", "Row 2 of the sample has 1 cells; the first line has 2."),
        (b"age,town\n1,943 476 5919\n", "an NHS number: 94… (12 characters)"),
        (b"age,town\n1,ada@example.org\n", "an e-mail address"),
        (b"age,town\n" + b"1,x\n" * 300_000, "larger than 1 MB"),
        (b"", "empty"),
    ],
    ids=[
        "other columns",
        "a column twice",
        "semicolons",
        "no header",
        "a BOM",
        "not UTF-8",
        "open quote",
        "no rows",
        "a short row",
        "an NHS number",
        "an address",
        "too large",
        "empty",
    ],
)
def test_a_sample_that_will_not_do_is_refused_with_the_reason_and_the_form_stays_filled(
    content, sentence, draft, client
):
    login(client, "coordinator@hub.example")
    page = client.post(reverse("datasets:new_version", args=[draft.pk]), given(content))
    told = page.content.decode()
    assert page.status_code == 400
    assert sentence in told
    assert "in years | 0 to 110" in told
    assert not draft.versions.exists()
    assert len(kept()) == 3


def test_a_version_is_not_added_before_somebody_said_that_its_sample_is_invented(draft, client):
    login(client, "coordinator@hub.example")
    form = given(b"age,town\n61,Fen\n")
    del form["invented"]
    told = client.post(reverse("datasets:new_version", args=[draft.pk]), form).content.decode()
    assert "Say that no row is about a real person" in told
    assert not draft.versions.exists()


def test_a_sample_is_kept_shown_inert_and_downloaded_as_it_was_given(draft, client):
    login(client, "coordinator@hub.example")
    content = b'town,age\r\n<script>alert(1)</script>,61\r\n=1+1,"4\n2"\r\n' + b"Fen,7\r\n" * 9
    address = client.post(reverse("datasets:new_version", args=[draft.pk]), given(content))["Location"]
    version = draft.versions.get()
    assert (version.sample_name, version.sample_size) == ("towns.csv", len(content))
    noted = Opening.objects.get(verb="dataset.version_added", subject_id=draft.pk)
    assert version.sample_sha256 in str(noted.values)
    login(client, "ada@northgate.example")
    page = client.get(address).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count(">Fen<") == 3
    assert "no row is about a real person" in page
    assert "bytes" in page
    link = reverse("datasets:sample", args=[version.pk])
    assert link in page
    response = client.get(link)
    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"] == 'attachment; filename="towns.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_version_without_a_sample_says_so_and_has_none_to_take(draft, client):
    by = person("coordinator@hub.example")
    facts = {"by": by, "dataset": draft, "years_from": 2020, "years_to": 2024, "dictionary": DICTIONARY}
    version = actions.add_version(label="old", **facts)
    login(client, "ada@northgate.example")
    assert "This version has no sample." in client.get(draft.get_absolute_url()).content.decode()
    assert client.get(reverse("datasets:sample", args=[version.pk])).status_code == 404
    signed = draft.content_sha256()
    actions.add_version(label="new", sample=ContentFile(b"age,town\n1,x\n", "x.csv"), **facts)
    assert draft.content()["versions"] == [
        ["new", 2020, 2024, *["", "", "", "", [], "", ""], DICTIONARY, draft.versions.get(label="new").sample_sha256],
        ["old", 2020, 2024, *["", "", "", "", [], "", ""], DICTIONARY, ""],
    ]
    assert draft.content_sha256() != signed


def test_a_sample_is_checked_wherever_it_comes_from(draft):
    facts = {"dataset": draft, "label": "1", "years_from": 2020, "years_to": 2024, "dictionary": DICTIONARY}
    with pytest.raises(BadInput, match="missing"):
        actions.add_version(by=person("coordinator@hub.example"), sample=ContentFile(b"", "x.csv"), **facts)
    with pytest.raises(NotAllowed):
        actions.add_version(by=person("ada@northgate.example"), sample=ContentFile(b"age,town\n1,x\n"), **facts)
    assert len(kept()) == 3
    with pytest.raises(IntegrityError):
        DatasetVersion.objects.create(dataset=draft, label="half", years_from=1, years_to=2, sample_name="x.csv")


def test_the_same_sample_twice_is_stored_once(draft):
    for label in ("1", "2"):
        sample = ContentFile(b"age,town\n1,x\n", "x.csv")
        facts = {"label": label, "years_from": 2020, "years_to": 2024, "dictionary": DICTIONARY}
        actions.add_version(by=person("coordinator@hub.example"), dataset=draft, sample=sample, **facts)
    version = draft.versions.first()
    assert f"{version.sample_sha256}.csv" in kept()
    assert len(kept()) == 4


def test_the_demonstration_has_a_sample_at_each_centre_with_counts_in_it(federation):
    for version in DatasetVersion.objects.all():
        with storages["crates"].open(samples.path_of(version.sample_sha256)) as stored:
            rows = list(csv.DictReader(io.StringIO(stored.read().decode())))
        assert len(rows) == 200
        assert sum(row["diagnosis"] == "asthma" for row in rows) > 80
    assert DatasetVersion.objects.values("sample_sha256").distinct().count() == 3
