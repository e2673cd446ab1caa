"""A whole part of the application is changed in a project in force: its own form, old beside new, voted on by the panel."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import NotAllowed, WrongState
from apps.core.panels.models import Round
from apps.core.workflow import steps
from apps.core.workflow.models import latest_sign_off
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects.amending import content_after, needs_adviser, needs_vote
from apps.hub.projects.amendment_forms import WHOLE_SECTIONS, SectionChangeForm
from apps.hub.projects.application_models import Amendment, ProjectVersion
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY
from apps.hub.projects.versions import content_of
from tests.functional.federation import CENTRE, person, voted
from tests.functional.test_amendments import ADVISER, approved, in_force, signs_and_approves
from tests.functional.test_applications import ADA, CHAIR, LAY, as_, text_of


def form_for(section: str, project: Project) -> str:
    return reverse("projects:new_amendment", args=[project.pk, "section"]) + f"?section={section}"


def filled_in(section: str, **changed) -> dict:
    """What a browser sends back of the form as it was filled in, and what she changed in it."""
    page = as_(ADA).get(form_for(section, in_force()))
    assert page.status_code == 200
    values = {field.name: field.value() for field in page.context["form"]}
    return {key: value for key, value in values.items() if value} | {"reason": "It is different now."} | changed


def sent(section: str, **changed):
    return as_(ADA).post(form_for(section, in_force()), filled_in(section, **changed))


def asked(section: str, **changed) -> Amendment:
    """Written by the lead through the page, and handed in."""
    response = sent(section, **changed)
    assert response.status_code == 302, text_of(response)
    found = Amendment.objects.first()
    assert as_(ADA).post(steps.get(Amendment, "hand_in").url_for(found)).status_code == 302
    return Amendment.objects.get(pk=found.pk)


def versions_there() -> list[str]:
    return sorted(str(pk) for pk in in_force().dataset_versions.values_list("pk", flat=True))


def of_the_centre() -> DatasetVersion:
    return DatasetVersion.objects.get(dataset__held_by=CENTRE.id)


COMPANY = {"commercial": "yes", "commercial_who": "Saltmarsh Pharma", "commercial_what": "It learns where to build."}
CHANGED = {
    "money": COMPANY,
    "law": {"article_6": "consent", "confidentiality": "consent", "confidentiality_how": "Each person signed."},
    "approvals": {
        "ethics": "not_needed",
        "ethics_reference": "No people are met.",
        "other_approvals": "The university.",
    },
    "populations": {"special_populations": ["prisoners", "children"], "special_care": "We ask them first."},
}


@pytest.mark.parametrize("section", CHANGED)
def test_a_part_is_changed_shown_old_beside_new_and_voted_on(section, federation):
    old = in_force()
    amendment = asked(section, **CHANGED[section])
    assert amendment.changes.keys() == CHANGED[section].keys(), "what stays is no change"
    assert needs_vote(amendment)
    assert needs_adviser(amendment) is (section == "populations")
    page = text_of(as_(ADA).get(amendment.get_absolute_url()))
    assert "The panel votes on this." in page
    assert str(amendment) == f"ASTHMA-24: other answers in “{BY_KEY[section].title}”"
    assert f"Other answers in “{BY_KEY[section].title}”" in page
    for question in BY_KEY[section].questions:
        assert (f">{question.read_label}</h3>" in page) is (question.key in CHANGED[section])
    with pytest.raises(NotAllowed, match="First say whether"):
        amendments.approve(amendment=amendment, by=person(CHAIR), reason="I alone.")
    expected = content_after(old.content(), amendment)
    if section == "populations":
        voted(amendment)
        signs_and_approves(amendment)
    else:
        approved(amendment)
    project = in_force()
    assert project.content() == expected
    assert project.latest_version == old.latest_version + 1
    frozen = ProjectVersion.objects.get(project=project, number=project.latest_version)
    assert content_of(frozen) == project.content()
    assert latest_sign_off(project).content_sha256 == project.content_sha256()
    assert project.in_force(timezone.now())
    assert (
        f"<ins>{list(CHANGED[section].values())[-1].split()[0]}"
        in as_(ADA).get(frozen.get_absolute_url()).content.decode()
    )
    again = {key: value for key, value in filled_in(section).items() if key != "reason"}
    assert sent(section, **again).status_code == 400, "the form is filled in with what stands there now"


def test_commercial_interest_is_a_yes_or_no_of_the_project_and_a_word_of_its_form(federation):
    project = approved(asked("money", **COMPANY))
    assert project.commercial is True
    assert project.sections.get(key="money").answers["commercial"] == "yes"
    project = approved(asked("money", commercial="no", commercial_who="", commercial_what=""))
    assert project.commercial is False
    assert project.answers()["commercial_who"] == ""


@pytest.mark.parametrize(
    ("section", "changed", "sentence"),
    [
        ("money", {"commercial": "yes"}, "This field is required"),
        ("money", {"commercial": "perhaps"}, "valid choice"),
        ("law", {"confidentiality_how": "word " * 201}, "at most 200 words"),
        ("populations", {"special_populations": ["children"]}, "This field is required"),
        ("approvals", {"ethics_reference": ""}, "This field is required"),
        ("data", {"dataset_versions": []}, "This field is required"),
        ("law", {}, "This is what stands there now"),
        ("law", {"article_6": "consent", "reason": ""}, "This field is required"),
    ],
)
def test_a_part_is_looked_at_as_in_the_application_and_what_was_typed_stays(section, changed, sentence, federation):
    response = sent(section, **changed)
    assert response.status_code == 400
    assert sentence in text_of(response)
    assert {len(errors) for errors in response.context["form"].errors.values()} == {1}, "each is said once"
    assert not Amendment.objects.exists()
    for field in response.context["form"]:
        if field.name in changed:
            assert field.value() == changed[field.name]


def test_which_parts_are_changed_as_a_whole(federation):
    project, ada = in_force(), as_(ADA)
    page = text_of(ada.get(reverse("projects:amend", args=[project.pk])))
    for key in BY_KEY:
        assert (f"?section={key}" in page) is (key in WHOLE_SECTIONS)
        assert ada.get(form_for(key, project)).status_code == (200 if key in WHOLE_SECTIONS else 404)
    assert "?question=funders" not in page, "there is one way to change an answer"
    assert ada.get(form_for("shoes", project)).status_code == 404
    assert "The files of the application stay as they are." in text_of(ada.get(form_for("approvals", project)))
    assert "The files of the application" not in text_of(ada.get(form_for("law", project)))


def test_only_the_lead_changes_a_part_and_only_of_a_project_in_force(federation):
    address = form_for("law", in_force())
    typed = filled_in("law", article_6="consent", confidentiality_how="These words took me an hour.")
    for email in (LAY, CHAIR, "coordinator@hub.example", ADVISER, "auditor@hub.example"):
        assert as_(email).get(address).status_code == 403
        assert as_(email).post(address, typed).status_code == 403
    projects.suspend(project=in_force(), by=person(CHAIR), reason="x")
    late = as_(ADA).post(address, typed)
    assert late.status_code == 409
    assert "These words took me an hour." in text_of(late)
    assert not Amendment.objects.exists()


def test_a_part_that_was_written_for_another_text_is_not_approved(federation):
    first, second = asked("law", article_6="consent"), asked("approvals", ethics_reference="NG-2026-1")
    voted(first)
    approved(second)
    with pytest.raises(WrongState, match="changed since"):
        amendments.approve(amendment=first, by=person(CHAIR), reason="x")
    assert in_force().answers()["article_6"] == "public_task"


def test_the_adviser_signs_anew_also_where_nobody_special_is_left(federation):
    populations = asked("populations", **CHANGED["populations"])
    voted(populations)
    signs_and_approves(populations)
    assert in_force().special_populations == ["children", "prisoners"]
    none_left = asked("populations", special_populations=[], special_care="")
    voted(none_left)
    with pytest.raises(NotAllowed, match="adviser for children and vulnerable groups has not signed"):
        amendments.approve(amendment=none_left, by=person(CHAIR), reason="x")
    sign = steps.get(Amendment, "safeguard").url_for(none_left)
    said = {"reason": "None are in it.", "seen": none_left.shown_sha256()}
    assert as_(ADVISER).post(sign, said).status_code == 302
    amendments.approve(amendment=none_left, by=person(CHAIR), reason="x")
    assert in_force().special_populations == []


def test_a_dataset_is_left_out_and_the_columns_of_another_are_changed(federation):
    there, kept = versions_there(), of_the_centre()
    assert len(there) > 1
    left = [pk for pk in there if pk != str(kept.pk)]
    columns = "age: it matters\nregion: clinics are planned by region"
    amendment = asked("data", dataset_versions=[str(kept.pk)], **{f"variables_{kept.pk}": columns})
    assert amendment.changes == {"dataset_versions": [str(kept.pk)], f"variables_{kept.pk}": columns}
    page = text_of(as_(ADA).get(amendment.get_absolute_url()))
    assert page.count("Columns of") == len(there), "those of what is left out go too"
    project = approved(amendment)
    assert versions_there() == [str(kept.pk)]
    assert list(project.tres.values_list("pk", flat=True)) == [CENTRE.id]
    assert project.variables_of([kept]) == {str(kept.pk): ["age", "region"]}
    refused = sent("data", dataset_versions=[str(kept.pk), left[0]])
    assert refused.status_code == 400, "another dataset is a change of its own"
    assert "valid choice" in text_of(refused)


def test_a_dataset_that_is_no_longer_in_the_catalogue_is_not_left_out_unasked(federation):
    kept = of_the_centre()
    type(kept.dataset).objects.filter(pk=kept.dataset_id).update(state="withdrawn")
    amendment = asked("data", **{f"variables_{kept.pk}": "age: it matters"})
    assert amendment.changes == {f"variables_{kept.pk}": "age: it matters"}


def test_columns_are_looked_at_and_shown_again(federation):
    kept = of_the_centre()
    response = sent("data", **{f"variables_{kept.pk}": "shoe: x"})
    assert response.status_code == 400
    assert "There is no column “shoe”." in text_of(response)
    assert "shoe: x" in text_of(response)


def test_a_form_without_answers_kept_begins_with_what_the_project_says(federation):
    """Of an application whose sections are not kept, the fields of the project are."""
    in_force().sections.all().delete()
    form = SectionChangeForm(project=in_force(), about="money")
    assert form["commercial"].value() == "no"
    assert form["funders"].value() == ""


def test_the_pages_ask_as_often_whatever_is_changed(federation):
    """One query more or less for each kind of thing named, and none for each answer or dataset."""
    ada, address = as_(ADA), form_for("data", in_force())
    amendment = asked("money", **COMPANY)

    def asks(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ada.get(url).status_code == 200
        return len(queries)

    before = [asks(address), asks(amendment.get_absolute_url())]
    copy = of_the_centre()
    for number in range(5):
        copy.pk, copy.label, copy._state.adding = uuid4(), f"copy {number}", True
        copy.save(force_insert=True)
        in_force().dataset_versions.add(copy)
    assert [asks(address), asks(amendment.get_absolute_url())] == before


def test_who_may_see_the_votes_reads_what_they_come_to(federation):
    amendment = asked("law", article_6="consent")
    round = Round.objects.of(amendment)[0]
    shown = lambda email: re.sub(r"\s+", " ", text_of(as_(email).get(round.get_absolute_url())))  # noqa: E731
    voted(amendment, members=("chair", "expert"))
    assert "2 of at least 3 votes are in." in shown(CHAIR)
    assert "votes are in" not in shown(LAY)
    voted(amendment, members=("caretaker", "lay"))
    assert "Enough votes are in. As they stand now, they say “approve”. This can still change." in shown(CHAIR)
    assert "votes are in" not in shown("lay2@hub.example")
    voted(amendment, "refuse", members=("lay2",))
    amendments.approve(amendment=amendment, by=person(CHAIR), reason="As the votes say.")
    assert "Enough votes are in. They say “approve”." in shown(CHAIR)
    void = asked("law", article_6="public_task")
    voted(void, members=("chair",))
    amendments.withdraw(amendment=void, by=person(ADA))
    round = Round.objects.of(void)[0]
    assert "votes are in" not in shown(CHAIR)
