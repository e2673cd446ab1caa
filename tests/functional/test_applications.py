"""An application: written in parts, kept with its errors, handed in as a version, asked about and answered."""

import hashlib
import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.accounts.models import RoleGrant, User
from apps.core.audit import triggers
from apps.core.audit.models import PublicEntry
from apps.core.errors import BadInput, NotAllowed, Problem, WrongState
from apps.core.panels import actions as panels
from apps.core.panels.models import Round, RoundSeat, Seat
from apps.core.workflow import steps
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import application_actions as applications
from apps.hub.projects import panel_actions
from apps.hub.projects.application_forms import as_data, form_of
from apps.hub.projects.application_models import Comment, Paper, ProjectVersion, SectionAnswers
from apps.hub.projects.application_permissions import check_can_open_closed
from apps.hub.projects.lengths import years_after
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY, QUESTIONS, SECTIONS
from apps.hub.projects.reading import why_summary_only
from apps.hub.projects.sheets import difference, public_sheets, sheets
from apps.hub.projects.similar import by_words, known_to, similar_to
from apps.hub.projects.versions import changes_of, content_of, papers_of
from apps.hub.researchers.models import Accreditation
from apps.tools.federation.application import answers_for, apply_for, write_sections
from tests.functional.federation import CENTRE, joined, person, seated, voted

ADA, LAY, CHAIR, COORDINATOR = (
    "ada@northgate.example",
    "lay@hub.example",
    "chair@hub.example",
    "coordinator@hub.example",
)


def as_(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def begun() -> Project:
    return Project.objects.get(code="WINTER-26")


def in_review() -> Project:
    return Project.objects.get(code="ASTHMA-25")


def declared() -> Project:
    """The application in review, in which the lay member has declared no conflict, so that it opens for her."""
    project = in_review()
    panels.declare(round=Round.objects.of(project)[0], by=person(LAY), kind="none")
    return project


def sent_back(project: Project, reason: str) -> None:
    """The panel's votes ask for changes, and the chair confirms it."""
    voted(project, "changes")
    panel_actions.send_back(project=project, by=person(CHAIR), reason=reason)


def section_url(project: Project, key: str) -> str:
    return reverse("projects:section", args=[project.pk, key])


def text_of(response) -> str:
    return response.content.decode()


def test_a_half_filled_part_is_kept_with_its_errors_and_cannot_be_handed_in(federation):
    ada, project = as_(ADA), begun()
    said = {"outputs": "word " * 500, "protection": ""}
    assert ada.post(section_url(project, "outputs"), said).status_code == 302
    page = text_of(ada.get(section_url(project, "outputs")))
    assert page.count("word ") >= 499
    assert "There are 500 now." in page
    assert "There is a problem" in page
    told = text_of(ada.get(reverse("projects:application", args=[project.pk])))
    assert "3 of 11 parts are done" in told
    assert "To mend: 2" in told
    assert "Not begun" in told
    assert "May stay empty" in told
    with pytest.raises(WrongState, match="What comes out"):
        projects.submit(project=project, by=person(ADA))
    assert Project.objects.get(pk=project.pk).state == "draft"


def test_a_lead_is_led_back_to_her_draft_and_from_part_to_part(federation):
    ada, project = as_(ADA), begun()
    home = text_of(ada.get("/home/"))
    assert "Go on with your application WINTER-26" in home
    assert reverse("projects:application", args=[project.pk]) in home
    assert "Go on with your application" not in text_of(as_("officer@hub.example").get("/home/"))
    on = {"then": "next"}
    assert "Save and go on to the next part" in text_of(ada.get(section_url(project, "outputs")))
    right = {"outputs": "Tables of counts.", "protection": "We round."}
    following = SECTIONS[SECTIONS.index(BY_KEY["outputs"]) + 1]
    saved = ada.post(section_url(project, "outputs"), right | on, follow=True)
    assert saved.redirect_chain == [(section_url(project, following.key), 302)]
    assert "Saved: What comes out" in text_of(saved)
    wrong = ada.post(section_url(project, "outputs"), {"outputs": "", **on}, follow=True)
    assert wrong.redirect_chain == saved.redirect_chain
    assert "Something in it is still to be mended." in text_of(wrong)
    last = section_url(project, SECTIONS[-1].key)
    assert "Save and go on" not in text_of(ada.get(last))
    listed = reverse("projects:application", args=[project.pk])
    assert ada.post(last, on)["Location"] == listed


def test_each_section_asks_what_it_needs(federation):
    project = begun()
    wrong = {
        ("money", "commercial_who"): {"commercial": "yes"},
        ("populations", "special_care"): {"special_populations": ["children"]},
        ("dates", "until"): {"start": "2031-01-02", "until": "2031-01-01"},
        ("dates", "start"): {"start": "9998-01-01", "until": "9999-12-31"},
        ("summary", "code"): {"code": "asthma-24"},
        ("embargo", "embargo_until"): {"embargo_until": "soon"},
        ("law", "article_6"): {"article_6": "because"},
    }
    for (key, question), answers in wrong.items():
        assert question in form_of(BY_KEY[key], answers, project=project).errors, key
    assert form_of(BY_KEY["populations"], {}, project=project).is_valid()
    assert form_of(BY_KEY["embargo"], {}, project=project).is_valid()


def test_of_each_dataset_the_columns_and_the_reasons_are_asked(federation):
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    section, project, key = BY_KEY["data"], begun(), f"variables_{version.pk}"

    def errors(lines):
        return str(form_of(section, {"dataset_versions": [str(version.pk)], key: lines}, project=project).errors)

    assert "why you need “age”" in errors("age")
    assert "no column “shoe size”" in errors("shoe size: to know")
    assert errors("age: it matters\n\nregion: also") == ""
    page = text_of(as_(ADA).post(section_url(project, "data"), {"dataset_versions": [str(version.pk)]}, follow=True))
    assert "It has: person, age, sex, region" in page
    assert "Now say which columns you need." in page
    assert "There is a problem" not in page
    assert section in applications.unfinished(project)
    empty = {"dataset_versions": [str(version.pk)], key: ""}
    assert "There is a problem" in text_of(as_(ADA).post(section_url(project, "data"), empty, follow=True))
    version.dictionary = []
    version.save()
    assert errors("anything: at all") == ""


def test_two_windows_lose_nothing(federation):
    ada, project = as_(ADA), begun()
    address = section_url(project, "outputs")
    first = {"outputs": "Tables of counts.", "protection": "We round.", "revision": "0"}
    assert ada.post(address, first).status_code == 302
    second = {"outputs": "Bar charts.", "protection": "We round.", "revision": "0"}
    response = ada.post(address, second)
    both = text_of(response)
    assert response.status_code == 409
    assert "<del>Tables</del>" in both
    assert "Bar charts." in both
    assert SectionAnswers.objects.get(project=project, key="outputs").answers["outputs"] == "Tables of counts."
    assert "in another window" in text_of(ada.post(address, second, headers={"HX-Request": "true"}))
    assert 'name="revision" id="revision" value="1"' in both
    assert ada.post(address, second | {"revision": "1"}).status_code == 302
    assert SectionAnswers.objects.get(project=project, key="outputs").answers["outputs"] == "Bar charts."
    again = ada.post(address, second | {"revision": "0"})
    assert again.status_code == 302, "the same words are no conflict"
    data = {"dataset_versions": ["a"], "revision": "0"}
    ada.post(section_url(project, "data"), data)
    assert ada.post(section_url(project, "data"), {"dataset_versions": ["b"], "revision": "0"}).status_code == 409


def test_a_part_saves_itself_while_it_is_written_and_tells_how_the_summary_reads(federation):
    ada, project, htmx = as_(ADA), begun(), {"HX-Request": "true"}
    easy = {"lay_summary": "We look at each crate. We count how many people cough.", "revision": "1"}
    told = text_of(ada.post(section_url(project, "summary"), easy, headers=htmx))
    assert "Saved" in told
    assert "answers are still to be mended" in told
    assert 'id="revision" value="2" hx-swap-oob="true"' in told
    assert "Most people follow it from the age of" in told
    assert "11 of 300 words" in told
    assert 'id="reading" aria-live="polite" hx-swap-oob="true"' in told
    assert "Long or rare" not in told
    assert "A word of the field:" in told
    assert "Your longest sentence" not in told
    hard = "Pseudonymised epidemiological information necessitates multidisciplinary characterisation of heterogeneity."
    told = text_of(ada.post(section_url(project, "summary"), {"lay_summary": hard, "revision": "2"}, headers=htmx))
    assert "Your longest sentence" in told
    assert "at 18 or older." in told
    assert "“pseudonymised”, “epidemiological”" in told
    page = text_of(ada.get(section_url(project, "summary")))
    assert page.index('name="lay_summary"') < page.index('id="reading"') < page.index('name="title"')
    told = text_of(ada.post(section_url(project, "summary"), {"lay_summary": "asthma", "revision": "3"}, headers=htmx))
    assert "1 of 300 words" in told
    assert "follow it" not in told
    told = text_of(ada.post(section_url(project, "team"), {"team": "Ada."}, headers=htmx))
    assert "still to be mended" not in told


@pytest.mark.django_db(transaction=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(sorted(BY_KEY)),
    answers=st.dictionaries(
        st.sampled_from([*QUESTIONS, "variables_", "variables_x"]),
        st.lists(st.text(max_size=60), max_size=3),
        max_size=8,
    ),
    revision=st.text(max_size=12),
)
def test_whatever_is_sent_no_page_breaks_and_no_word_is_lost(world, key, answers, revision):
    ada, project = world
    SectionAnswers.objects.filter(project=project, key=key).delete()
    sent = {name: [value.encode("utf-8", "replace").decode() for value in values] for name, values in answers.items()}
    response = ada.post(section_url(project, key), sent | {"revision": revision})
    assert response.status_code == 302
    page = ada.get(section_url(project, key))
    assert page.status_code == 200
    assert ada.get(reverse("projects:application", args=[project.pk])).status_code == 200
    assert ada.get(reverse("projects:preview", args=[project.pk])).status_code == 200
    assert ada.get(project.get_absolute_url()).status_code == 200
    kept = SectionAnswers.objects.get(project=project, key=key).answers
    for question in BY_KEY[key].questions:
        values = [value.replace("\0", "").replace("\r\n", "\n") for value in sent.get(question.key, [])]
        is_many = question.kind in ("choices", "datasets")
        assert kept[question.key] == (values if is_many else (values or [""])[-1])


@pytest.fixture
def world(federation):
    return as_(ADA), begun()


def test_what_is_handed_in_is_frozen_and_what_changed_is_shown(federation):
    project, bo = in_review(), in_review().lead
    first = ProjectVersion.objects.get(project=project)
    assert (first.number, first.sha256) == (1, project.content_sha256())
    assert hashlib.sha256(bytes(first.content)).hexdigest() == first.sha256
    with pytest.raises(WrongState):
        write_sections(project, bo, {"team": "Others."}, only=("team",))
    sent_back(project, reason="Which schools?")
    answers = answers_for(project, list(project.dataset_versions.all()), project.until)
    changed = answers | {"team": answers["team"] + " Bo asks the schools.", "outputs": "Tables of counts, by school."}
    write_sections(project, bo, changed)
    assert "by school" not in text_of(as_(LAY).get(project.get_absolute_url())), "what is being changed is not read"
    assert "by school" in text_of(as_(bo.email).get(project.get_absolute_url()))
    projects.submit(project=project, by=bo)
    second = ProjectVersion.objects.get(project=project, number=2)
    assert [change.label for change in changes_of(second)] == [
        "What is to come out",
        "Who does what, and what they have done before",
    ]
    page = text_of(as_(LAY).get(second.get_absolute_url()))
    assert "<ins>" in page
    assert "No answer changed" not in page
    assert "This is the first one." in text_of(as_(LAY).get(first.get_absolute_url()))
    assert str(first) == "version 1"
    assert as_("dina@northgate.example").get(second.get_absolute_url()).status_code == 404


def test_each_answer_and_each_file_is_in_what_is_signed(federation):
    project = begun()
    versions = list(DatasetVersion.objects.filter(dataset__held_by=CENTRE.id))
    until = timezone.localdate() + timedelta(days=90)
    answers = answers_for(project, versions, until)
    write_sections(project, project.lead, answers)
    other = {
        "article_6": "consent",
        "article_9": "consent",
        "confidentiality": "consent",
        "ethics": "asked",
        "commercial": "yes",
        "commercial_who": "Big Co",
        "commercial_what": "Maps",
        "special_populations": ["children"],
        "special_care": "We ask them.",
        "start": (timezone.localdate() + timedelta(days=2)).isoformat(),
        "until": (until + timedelta(days=2)).isoformat(),
        f"variables_{versions[0].pk}": "age: it matters",
        "code": "WINTER-27",
    }
    seen, alone = {Project.objects.get(pk=project.pk).content_sha256()}, 0
    for name in answers:
        if name not in ("organisation", "dataset_versions", "commercial"):
            answers |= {name: other.get(name, f"{answers[name]} And more.")}
            seen.add(write_sections(project, project.lead, answers).content_sha256())
            alone += 1
    for extra in (
        {"commercial": "yes", "commercial_who": "Big Co", "commercial_what": "Maps"},
        {"third_parties": "Us"},
    ):
        answers |= extra
        seen.add(write_sections(project, project.lead, answers).content_sha256())
    answers |= {"special_populations": ["children"], "special_care": "We ask them."}
    project = write_sections(project, project.lead, answers)
    assert project.special_populations == ["children"]
    assert project.commercial
    seen.add(project.content_sha256())
    paper = applications.add_paper(project=project, by=project.lead, file=SimpleUploadedFile("a.txt", b"Yes."))
    seen.add(project.content_sha256())
    # One as it was, one for each answer that is changed alone, and the company, another party, the groups, the file.
    assert len(seen) == 1 + alone + 4
    applications.remove_paper(paper=paper, by=project.lead)
    applications.remove_paper(paper=paper, by=project.lead)
    assert project.content_sha256() in seen
    assert {key for sheet in sheets(project.content()) for key in [row.key for row in sheet.rows]} >= set(QUESTIONS)


def test_the_public_reads_the_application_but_no_names(federation):
    page = text_of(Client().get(reverse("project_story", args=[Project.objects.get(code="ASTHMA-24").pk])))
    assert "NG-2025-118" in page
    assert "The Invented Research Fund" in page
    assert "Cleo writes" not in page
    project = begun()
    ada = as_(ADA)
    preview = text_of(ada.get(reverse("projects:preview", args=[project.pk])))
    assert "Anyone can read this" in preview
    assert "What it wants to find out" in preview
    assert "What do you want to find out?" not in preview
    own = text_of(ada.get(project.get_absolute_url()))
    assert "Not answered: Legal basis: UK GDPR, Article 6; And for health data: Article 9; How the duty" in own
    assert "–</dd>" not in own
    day = (timezone.localdate() + timedelta(days=20)).isoformat()
    write_sections(project, project.lead, {"embargo_until": day, "embargo_reason": "A patent."}, only=("embargo",))
    assert "Nobody outside reads it before" in text_of(ada.get(reverse("projects:preview", args=[project.pk])))
    assert [sheet.section.key for sheet in public_sheets(begun().content())][0] == "summary"


def test_files_are_kept_by_their_hash_and_given_to_those_who_may_read(federation, settings):
    ada, project = as_(ADA), begun()
    address = reverse("projects:add_paper", args=[project.pk])
    letter = SimpleUploadedFile("ethics letter.pdf", b"%PDF-1.7 <script>alert(1)</script>")
    assert ada.get(address).status_code == 200
    assert ada.post(address, {"paper": letter}).status_code == 302
    paper = Paper.objects.get()
    assert str(paper) == "ethics letter.pdf"
    assert "ethics letter.pdf" in text_of(ada.get(section_url(project, "approvals")))
    response = ada.get(reverse("projects:paper", args=[paper.pk]))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert hashlib.sha256(b"".join(response.streaming_content)).hexdigest() == paper.sha256
    for other in ("dina@northgate.example", LAY):
        assert as_(other).get(reverse("projects:paper", args=[paper.pk])).status_code == 404
    for name, content in (("page.html", b"<html>"), ("false.pdf", b"MZ"), ("no", b"x")):
        assert ada.post(address, {"paper": SimpleUploadedFile(name, content)}).status_code == 400
    assert ada.post(address).status_code == 400
    again = SimpleUploadedFile("copy.pdf", b"%PDF-1.7 <script>alert(1)</script>")
    assert ada.post(address, {"paper": again}).status_code == 302
    assert ada.post(reverse("projects:remove_paper", args=[paper.pk])).status_code == 302
    page = text_of(ada.get(section_url(project, "approvals")))
    assert "copy.pdf" in page
    assert "ethics letter.pdf" not in page
    settings.UPLOAD_LIMIT_MB = 0
    large = SimpleUploadedFile("large.txt", b"x" * 100)
    assert "too large" in text_of(ada.post(address, {"paper": large}))


def with_closed_paper() -> tuple[Project, Paper]:
    """The application in review once more, after its lead added an open and a closed file; nobody has declared yet."""
    project = in_review()
    sent_back(project, "Add the contract.")
    address = reverse("projects:add_paper", args=[project.pk])
    lead = as_(project.lead.email)
    assert "Only members of the panel without a conflict" in text_of(lead.get(address))
    assert lead.post(address, {"paper": SimpleUploadedFile("open.txt", b"Yes.")}).status_code == 302
    contract = SimpleUploadedFile("contract.txt", b"Secret.")
    assert lead.post(address, {"paper": contract, "is_closed": "on"}).status_code == 302
    assert "Closed, " in text_of(lead.get(section_url(project, "approvals")))
    projects.submit(project=in_review(), by=project.lead)
    panel_actions.take_up(project=in_review(), by=person(COORDINATOR))
    return in_review(), Paper.objects.get(is_closed=True)


def opened(email: str, paper: Paper):
    """The answer to who asks for a file, read to its end; `read` is what it holds."""
    response = as_(email).get(reverse("projects:paper", args=[paper.pk]))
    response.read = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def test_a_closed_file_opens_for_the_team_the_coordinator_and_members_without_a_conflict(federation):
    project, closed = with_closed_paper()
    link, plain = reverse("projects:paper", args=[closed.pk]), Paper.objects.get(name="open.txt", project=project)
    round = Round.objects.of(project)[0]
    for email in (project.lead.email, COORDINATOR):
        assert opened(email, closed).read == b"Secret."
        assert link in text_of(as_(email).get(project.get_absolute_url()))
    for paper in (closed, plain):
        assert opened(LAY, paper).headers["Location"] == round.get_absolute_url(), "she declares first"
    panels.declare(round=round, by=person(LAY), kind="none")
    assert opened(LAY, closed).status_code == 200
    assert link in text_of(as_(LAY).get(project.get_absolute_url()))
    panels.declare(round=round, by=person(LAY), kind="financial")
    refused = opened(LAY, closed)
    assert refused.status_code == 403
    assert "You have a conflict of interest" in text_of(refused)
    assert opened(LAY, plain).status_code == 403
    assert link not in text_of(as_(LAY).get(project.get_absolute_url()))
    page = text_of(as_("auditor@hub.example").get(project.get_absolute_url()))
    assert "contract.txt: closed" in page
    assert link not in page
    assert reverse("projects:paper", args=[plain.pk]) in page
    comment = reverse("projects:comment", args=[project.pk]) + "?question=protection"
    assert as_(LAY).get(comment).status_code == 403
    auditor = opened("auditor@hub.example", closed)
    assert auditor.status_code == 403
    assert "This file is closed" in text_of(auditor)
    assert opened("dina@northgate.example", closed).status_code == 404


def test_a_member_who_never_declared_opens_no_closed_file_when_the_vote_is_over(federation):
    project, closed = with_closed_paper()
    with pytest.raises(NotAllowed, match="First say whether"):
        check_can_open_closed(person(LAY), project)
    round = Round.objects.of(project)[0]
    Round.objects.filter(pk=round.pk).update(closes_at=timezone.now() - timedelta(days=1))
    panels.close_overdue()
    refused = opened(LAY, closed)
    assert refused.status_code == 403
    assert "First say whether you have a conflict of interest." in text_of(refused)


def test_a_coordinator_with_a_vote_or_a_part_opens_no_closed_file(federation):
    project, closed = with_closed_paper()
    RoleGrant.objects.create(user=person(LAY), role="coordinator", side=project.side)
    panels.declare(round=Round.objects.of(project)[0], by=person(LAY), kind="financial")
    assert opened(LAY, closed).status_code == 403, "her conflict counts for more than her role"
    Accreditation.objects.filter(user=project.lead).update(user=person(COORDINATOR))
    refused = opened(COORDINATOR, closed)
    assert refused.status_code == 403
    assert "your own organisation" in text_of(refused)


def test_a_coordinator_who_spoke_for_the_lead_opens_no_closed_file(federation):
    project, closed = with_closed_paper()
    assert opened(COORDINATOR, closed).status_code == 200
    asked = {"email": COORDINATOR, "token_sha256": "x", "expires_at": timezone.now(), "says_yes": True}
    project.lead.accreditations.first().sponsor_requests.create(**asked)
    assert "You have a conflict of interest" in text_of(opened(COORDINATOR, closed))


def test_that_a_file_is_closed_is_a_part_of_what_is_decided_on(federation):
    project, ada = begun(), person(ADA)
    applications.add_paper(project=project, by=ada, file=SimpleUploadedFile("a.txt", b"x"))
    before, content = project.content_sha256(), project.content()
    applications.remove_paper(paper=Paper.objects.get(project=project), by=ada)
    applications.add_paper(project=project, by=ada, file=SimpleUploadedFile("a.txt", b"x"), is_closed=True)
    assert project.content_sha256() != before
    told = {row.key: row.text for sheet in sheets(project.content()) for row in sheet.rows}
    assert told["papers"].startswith("a.txt, closed (SHA-256 ")
    assert [paper.is_closed for paper in papers_of(project, content)] == [False], "a version keeps its files"


def test_there_is_an_end_to_files(federation, monkeypatch):
    project = begun()
    monkeypatch.setattr(applications, "MOST_PAPERS", 0)
    with pytest.raises(WrongState, match="Remove one"):
        applications.add_paper(project=project, by=project.lead, file=SimpleUploadedFile("a.txt", b"x"))
    monkeypatch.setattr("apps.core.web.papers.LARGEST_MB", 0)
    address = reverse("projects:add_paper", args=[project.pk])
    assert "larger than 20 MB" in text_of(as_(ADA).post(address, {"paper": SimpleUploadedFile("a.txt", b"x")}))


def test_the_panel_asks_about_an_answer_the_applicant_answers_and_it_is_settled(federation):
    project, lay = declared(), as_(LAY)
    bo = as_(project.lead.email)
    page = text_of(lay.get(project.get_absolute_url()))
    address = reverse("projects:comment", args=[project.pk])
    assert f"{address}?question=protection" in page
    assert lay.get(f"{address}?question=protection").status_code == 200
    assert lay.post(f"{address}?question=protection", {"text": ""}).status_code == 400
    assert lay.post(f"{address}?question=protection", {"text": "Is 10 enough?"}).status_code == 302
    assert lay.get(f"{address}?question=shoes").status_code == 404
    comment = Comment.objects.get()
    assert str(comment) == "A comment on ASTHMA-25"
    everything = reverse("projects:comments", args=[project.pk])
    assert "Is 10 enough?" in text_of(lay.get(everything))
    assert "Is 10 enough?" not in text_of(bo.get(everything)), "the panel speaks among itself first"
    with pytest.raises(NotAllowed, match="come back"):
        applications.answer_it(comment=comment, by=project.lead, answer="Yes.")
    sent_back(project, reason="See what we ask.")
    assert "Is 10 enough?" in text_of(bo.get(section_url(project, "outputs")))
    assert "The panel asks about 1 answer" in text_of(bo.get(reverse("projects:application", args=[project.pk])))
    assert "The panel asks about 1 answer" in text_of(bo.get(project.get_absolute_url()))
    answer = steps.get(Comment, "answer_it").url_for(comment)
    assert bo.post(answer, {"answer": "We chose 20 now."}).status_code == 302
    assert "We chose 20 now." in text_of(lay.get(everything))
    with pytest.raises(NotAllowed, match="Only who asked"):
        applications.resolve(comment=comment, by=person("expert@hub.example"))
    applications.resolve(comment=comment, by=person(COORDINATOR))
    applications.reopen(comment=comment, by=person(LAY))
    assert Comment.objects.get().state == "open"
    with pytest.raises(WrongState):
        applications.comment(project=project, by=person(LAY), question="team", text="x")
    with pytest.raises(BadInput):
        applications.comment(project=project, by=person(LAY), question="shoes", text="x")
    for email in (project.lead.email, "auditor@hub.example"):
        with pytest.raises(NotAllowed):
            applications.comment(project=project, by=person(email), question="team", text="x")
    projects.submit(project=project, by=project.lead)
    assert "Is 10 enough?" in text_of(bo.get(everything)), "what came back once stays readable"


@pytest.mark.parametrize("question", ["papers", "lead", "variables_1b4e28ba-2fa1-11d2-883f-0016d3cca427"])
def test_what_is_no_plain_question_can_be_asked_about_too(federation, question):
    address = reverse("projects:comment", args=[declared().pk])
    assert as_(LAY).get(f"{address}?question={question}").status_code == 200


def test_similar_projects_are_those_that_one_may_know_of(federation):
    project = declared()
    bo, dina = project.lead, person("dina@northgate.example")
    found = similar_to(project, bo)
    assert [each.code for each in found] == ["ASTHMA-24"], "another's draft is not known"
    assert {each.code for each in similar_to(project, person(ADA))} == {"ASTHMA-24", "WINTER-26"}
    assert "ASTHMA-24" in text_of(as_(LAY).get(project.get_absolute_url()))
    apply = apply_for(
        by=person(ADA),
        panel=project.panel,
        code="SECRET-1",
        title="Asthma and a new medicine",
        organisation=project.organisation,
        versions=project.dataset_versions.all(),
        embargo_until=(timezone.localdate() + timedelta(days=9)).isoformat(),
        embargo_reason="A patent.",
    )
    projects.submit(project=apply, by=apply.lead)
    assert "SECRET-1" not in [each.code for each in similar_to(project, bo)]
    assert "SECRET-1" in [each.code for each in similar_to(project, person(LAY))]
    assert "SECRET-1" not in [each.code for each in known_to(dina)]
    assert similar_to(Project(title="Asthma"), bo) == []
    likest = by_words(known_to(bo).exclude(pk=project.pk), ["asthma", "clinics", "regions", "breathe"])
    assert [each.code for each in likest] == ["ASTHMA-24"]
    if connection.vendor == "postgresql":
        assert similar_to(project, bo, vendor="sqlite")[0].code == "ASTHMA-24"


def test_an_application_is_begun_once_and_only_by_its_lead(federation):
    project = begun()
    told = {"panel": project.panel, "title": "x", "organisation": project.organisation}
    with pytest.raises(WrongState, match="Another project has this code"):
        applications.begin(by=person(ADA), code="WINTER-26", **told)
    with pytest.raises(NotAllowed):
        applications.save_section(
            project=project, by=person("bo@northgate.example"), section=BY_KEY["team"], data=as_data({})
        )
    form = form_of(BY_KEY["summary"], {**answers_for(project, [], timezone.localdate())}, project=project)
    assert form.is_valid()
    form.cleaned_data["code"] = "ASTHMA-24"
    with pytest.raises(WrongState, match="Another project has this code"):
        applications.write_columns(project, form)
    assert str(SectionAnswers.objects.filter(project=project).first()).startswith("WINTER-26: ")
    ada = as_(ADA)
    assert ada.get(section_url(project, "nothing")).status_code == 404
    done = Project.objects.get(code="ASTHMA-24")
    for key in ("team", "approvals"):
        assert "cannot be changed now" in text_of(ada.get(section_url(done, key)))
    assert "Hand it in" not in text_of(ada.get(reverse("projects:application", args=[done.pk])))
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    write_sections(begun(), project.lead, answers_for(begun(), [version], timezone.localdate()))
    assert "Hand it in" in text_of(ada.get(reverse("projects:application", args=[project.pk])))


def test_a_difference_marks_the_words_and_gives_up_on_books():
    assert difference("one two three", "one 2 three") == (
        [(False, "one "), (True, "two"), (False, " three")],
        [(False, "one "), (True, "2"), (False, " three")],
    )
    assert difference("", "new") == ([], [(True, "new")])
    assert difference("old", "") == ([(True, "old")], [])
    long = "word " * 3000
    assert difference(long, "x") == ([(True, long)], [(True, "x")])


def test_what_was_signed_can_be_read_when_a_dataset_is_gone(federation):
    content = content_of(ProjectVersion.objects.get(project=in_review()))
    content |= {"dataset_versions": ["gone"], "answers": content["answers"] | {"start": "in spring"}}
    told = json.dumps([[row.text for row in sheet.rows] for sheet in sheets(content)])
    assert "gone" in told
    assert "in spring" in told
    assert len(SECTIONS) == len(BY_KEY)


def test_an_application_asks_for_five_years_at_the_most(federation):
    project, first = begun(), timezone.localdate() + timedelta(days=1)

    def errors(last):
        dates = {"start": first.isoformat(), "until": last.isoformat(), "retention": "Ten years."}
        return form_of(BY_KEY["dates"], dates, project=project).errors

    assert "until" not in errors(years_after(first))
    assert "at most 5 years at a time" in str(errors(years_after(first) + timedelta(days=1))["until"])
    assert years_after(date(2024, 2, 29)) == date(2029, 2, 28)
    assert years_after(date(9999, 1, 1)) == date(9999, 1, 1)


def test_an_open_file_that_is_added_again_as_closed_is_closed_at_its_old_address(federation):
    project, lead = in_review(), in_review().lead
    sent_back(project, "Close the contract.")
    old = applications.add_paper(project=project, by=lead, file=SimpleUploadedFile("a.txt", b"x"))
    assert opened("auditor@hub.example", old).status_code == 200
    applications.remove_paper(paper=old, by=lead)
    assert opened("auditor@hub.example", old).status_code == 200, "a version may name it"
    new = applications.add_paper(project=project, by=lead, file=SimpleUploadedFile("a.txt", b"x"), is_closed=True)
    for paper in (old, new):
        assert opened("auditor@hub.example", paper).status_code == 403
        assert opened(lead.email, paper).status_code == 200
    again = applications.add_paper(project=project, by=lead, file=SimpleUploadedFile("a.txt", b"x"))
    assert opened("auditor@hub.example", again).status_code == 200, "what she opens later is open"


def test_a_comment_says_all_that_was_asked_and_answered(federation):
    project = declared()
    made = applications.comment(project=project, by=person(LAY), question="protection", text="Is 10 enough?")
    seen = {made.content_sha256()}
    for name, other in {"text": "Is 5?", "question": "outputs", "version": 9, "answer": "Yes."}.items():
        setattr(made, name, other)
        seen.add(made.content_sha256())
    assert len(seen) == 5


def test_an_answer_that_is_not_right_stops_the_demonstration(federation):
    project = begun()
    with pytest.raises(Problem, match="team"):
        write_sections(project, project.lead, {"team": ""}, only=("team",))


def pages_of(project: Project) -> list[str]:
    """Where the text of an application, its comments and its files are read, besides its own page."""
    paper = Paper.objects.filter(project=project, is_closed=False)[0]
    return [
        reverse("projects:version", args=[project.pk, 1]),
        reverse("projects:comments", args=[project.pk]),
        reverse("projects:paper", args=[paper.pk]),
    ]


def test_a_member_of_the_panel_reads_the_summary_alone_until_she_declares_no_conflict(federation):
    project, _closed = with_closed_paper()
    round, lay = Round.objects.of(project)[0], as_(LAY)
    admin = reverse("admin:projects_project_change", args=[project.pk])
    for address in (project.get_absolute_url(), *pages_of(project)):
        assert lay.get(address).headers["Location"] == round.get_absolute_url()
    assert project.lay_summary in text_of(lay.get(round.get_absolute_url()))
    assert lay.get(admin).status_code == 403
    panels.declare(round=round, by=person(LAY), kind="financial")
    page = text_of(lay.get(project.get_absolute_url()))
    assert "You have a conflict of interest, so you read the summary alone." in page
    assert project.lay_summary in page
    assert round.get_absolute_url() in page
    assert project.benefit not in page
    assert project.lead.name not in page
    for address in (*pages_of(project), admin):
        assert lay.get(address).status_code == 403, address
    panels.ask_correction(round=round, by=person(LAY), words="I took it for another firm.")
    assert lay.get(admin).status_code == 403, "not before another person agrees"
    panels.accept_correction(round=round, by=person("coordinator@hub.example"), user=person(LAY), reason="So it is.")
    assert project.benefit in text_of(lay.get(project.get_absolute_url()))
    for address in (*pages_of(project), admin):
        response = lay.get(address)
        assert response.status_code == 200, address
        assert b"".join(response)


def test_a_conflict_that_is_found_closes_the_text_too(federation):
    project = declared()
    Accreditation.objects.filter(user=project.lead).update(user=person(LAY))
    rule = Round.objects.of(project)[0].rule
    assert "conflict of interest" in why_summary_only(person(LAY), Project.objects.get(pk=project.pk))
    with triggers.lifted(connection):
        type(rule).objects.filter(pk=rule.pk).update(same_organisation_bars=False)
    assert why_summary_only(person(LAY), Project.objects.get(pk=project.pk)) == "", "the rule says whether it bars"
    joined(project, person(LAY))
    assert why_summary_only(person(LAY), Project.objects.get(pk=project.pk)) == "", (
        "who is of the team reads as the team does"
    )


def test_before_a_vote_the_panel_reads_the_summary_and_who_came_later_what_was_decided(federation, time_machine):
    handed_in = handed_in_again()
    assert "once you have said" in text_of(as_("expert@hub.example").get(handed_in.get_absolute_url()))
    assert as_(LAY).get(reverse("projects:comments", args=[handed_in.pk])).status_code == 403
    approved = Project.objects.get(code="ASTHMA-24")
    dina = person("dina@northgate.example")
    time_machine.move_to(timezone.now() + timedelta(days=1))
    seat = seated(approved.panel, dina, organisation="Parents")
    assert why_summary_only(dina, approved) == ""
    RoundSeat.objects.create(round=Round.objects.of(approved)[0], seat=seat)
    assert "once you have said" in why_summary_only(dina, approved)
    Seat.objects.filter(pk=seat.pk).update(kind="coordinator")
    assert why_summary_only(dina, approved) == "", "a coordinator has no vote"


def handed_in_again() -> Project:
    """A second application, handed in and not yet taken to the panel."""
    project = in_review()
    made = apply_for(
        by=person(ADA),
        panel=project.panel,
        code="NEXT-1",
        title="Asthma in winter",
        organisation=project.organisation,
        versions=project.dataset_versions.all(),
    )
    projects.submit(project=made, by=made.lead)
    return Project.objects.get(pk=made.pk)


def test_a_reader_of_projects_reads_no_comment_of_the_panel_on_her_own(federation):
    project = declared()
    applications.comment(project=project, by=person(LAY), question="protection", text="Is 10 enough?")
    RoleGrant.objects.create(user=project.lead, role="auditor", side=project.side)
    everything = reverse("projects:comments", args=[project.pk])
    assert "Is 10 enough?" not in text_of(as_(project.lead.email).get(everything))
    assert "Is 10 enough?" in text_of(as_("auditor@hub.example").get(everything))


def test_what_came_back_stays_as_it_was_handed_in_until_it_is_handed_in_again(federation):
    project, lead = in_review(), in_review().lead
    before = project.content()
    sent_back(project, reason="Another title.")
    last = project.until - timedelta(days=3)
    own = {"title": "A quite new title", "code": "NEW-CODE", "lay_summary": "Quite new words.", "commercial": "no"}
    answers = answers_for(project, list(project.dataset_versions.all()), last, **own)
    write_sections(project, lead, answers)
    seen = [text_of(as_(LAY).get(address)) for address in (project.get_absolute_url(), "/projects/")]
    assert not any("quite new" in page.lower() or "NEW-CODE" in page for page in seen)
    assert in_review().content() | {"answers": before["answers"]} == before
    for address in (project.get_absolute_url(), reverse("projects:preview", args=[project.pk])):
        assert "A quite new title" in text_of(as_(lead.email).get(address))
    projects.withdraw(project=project, by=lead, reason="Not now.")
    page = text_of(as_(LAY).get(project.get_absolute_url()))
    assert "quite new" not in page.lower()
    assert before["title"] in page
    assert "quite new" not in " ".join(PublicEntry.objects.values_list("words", flat=True)).lower()


def test_what_is_handed_in_again_says_what_was_written_meanwhile(federation):
    project, lead = in_review(), in_review().lead
    sent_back(project, reason="Another title.")
    answers = answers_for(project, list(project.dataset_versions.all()), project.until, title="A quite new title")
    write_sections(project, lead, answers)
    SectionAnswers.objects.filter(project=project, key="embargo").delete()
    projects.submit(project=project, by=lead)
    assert in_review().embargo() == {}, "a part that may stay empty was never begun"
    assert in_review().title == "A quite new title"
    assert content_of(in_review().versions.get(number=2))["title"] == "A quite new title"


def test_a_draft_that_is_withdrawn_is_nobody_elses_to_read(federation):
    project = begun()
    projects.withdraw(project=project, by=project.lead, reason="Another time.")
    for email in (LAY, COORDINATOR, "auditor@hub.example"):
        assert as_(email).get(project.get_absolute_url()).status_code == 404
        assert project.title not in text_of(as_(email).get("/projects/"))
    assert as_(project.lead.email).get(project.get_absolute_url()).status_code == 200
    assert not PublicEntry.objects.filter(project=project.pk).exists()
    assert Client().get(reverse("project_story", args=[project.pk])).status_code == 404


def test_an_administrator_with_a_vote_opens_no_version_in_the_admin_before_she_declares(federation):
    project = in_review()
    RoleGrant.objects.create(user=person(LAY), role="administrator", side=project.side)
    version = reverse("admin:projects_projectversion_change", args=[project.versions.get().pk])
    assert as_(LAY).get(version).status_code == 403
    declared()
    assert as_(LAY).get(version).status_code == 200
