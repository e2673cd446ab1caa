"""Every address, for every kind of person. An address without a row here fails."""

import re
import zipfile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from apps.core.accounts.models import AccessChange, RoleGrant, User
from apps.core.audit.act import act
from apps.core.audit.models import PublicEntry
from apps.core.incidents.models import Incident, IncidentText
from apps.core.notices.models import Notice
from apps.core.panels import condition_actions
from apps.core.panels.models import Decision, Minutes
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre, WorkflowVersion
from apps.hub.projects import amendment_actions as amendments
from apps.hub.projects import application_actions as applications
from apps.hub.projects import text_actions
from apps.hub.projects.models import Project
from apps.hub.researchers.models import Accreditation, Evidence, Organisation, Requirement
from apps.hub.submissions import draft_actions
from apps.hub.submissions.models import Request, Submission
from apps.node.custody import own_panel
from apps.node.custody.models import DataGrant, MemberAcceptance, ProjectAcceptance, Reliance, WorkflowApproval
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest, OutputFile
from apps.node.runs.models import Run
from tests.functional.federation import (
    CENTRE,
    asked_here,
    person,
    propose_in_advance,
    received,
    review,
    sign_off,
    staff,
    work_until_done,
)

# A kind of person, and who stands for it. "other" works at another TRE; "colleague" researches in no project of Ada's.
KINDS = {
    "anyone": None,
    "researcher": "ada@northgate.example",
    "colleague": "dina@northgate.example",
    "panel": "lay@hub.example",
    "chair": "chair@hub.example",
    "coordinator": "coordinator@hub.example",
    "officer": "officer@hub.example",
    "auditor": "auditor@hub.example",
    "administrator": "admin@hub.example",
    "approver": "approver@saltmarsh.example",
    "custodian": "custodian@saltmarsh.example",
    "operator": "operator@saltmarsh.example",
    "checker": "checker1@saltmarsh.example",
    "other": "checker1@hillfoot.example",
}
EVERYBODY = dict.fromkeys(KINDS, 200) | {"anyone": 302}
STAFF = ("approver", "custodian", "operator", "checker")


def only(*kinds, code=200, others=404):
    """200 for these, `others` for the rest, and to the sign-in for anyone."""
    return dict.fromkeys(KINDS, others) | dict.fromkeys(kinds, code) | {"anyone": 302}


PUBLIC = dict.fromkeys(KINDS, 200)
SIGNED_IN_GOES_HOME = dict.fromkeys(KINDS, 302) | {"anyone": 200}
POST_ONLY = dict.fromkeys(KINDS, 405) | {"anyone": 302}
RESEARCHERS = only("researcher", "colleague", others=403)
PROJECT_READERS = only("researcher", "panel", "chair", "coordinator", "officer", "auditor", "administrator")
CATALOGUE_KEEPERS = only("coordinator", "administrator", others=403)
MEETING_READERS = only("panel", "chair", "coordinator", "auditor")
CERTIFICATE_READERS = only("coordinator", "officer", "auditor", "administrator")
TABLE = {
    "front": PUBLIC,
    "log": PUBLIC,
    "figures": PUBLIC,
    "subscribe": PUBLIC,
    "confirm_subscription": dict.fromkeys(KINDS, 404),
    "end_subscription": dict.fromkeys(KINDS, 404),
    "log_csv": PUBLIC,
    "log_json": PUBLIC,
    "log_atom": PUBLIC,
    "request_story": PUBLIC,
    "project_story": PUBLIC,
    "tre_story": PUBLIC,
    "audit:checkpoint": PUBLIC,
    "audit:keys": PUBLIC,
    "audit:keys_text": PUBLIC,
    "audit:tile": PUBLIC,
    "audit:entries": PUBLIC,
    "audit:proof": PUBLIC,
    "audit:receipt": PUBLIC,
    "audit:cosignatures": dict.fromkeys(KINDS, 405),
    "health": PUBLIC,
    "robots": PUBLIC,
    "sitemap": PUBLIC,
    "about": PUBLIC,
    "glossary": PUBLIC,
    "accessibility": PUBLIC,
    "verify": PUBLIC,
    "rules": PUBLIC,
    "rule": PUBLIC,
    "home": EVERYBODY,
    "profile": EVERYBODY,
    "leave": EVERYBODY,
    "link_orcid": POST_ONLY,
    "orcid_callback": dict.fromkeys(KINDS, 302),
    "invitation": dict.fromkeys(KINDS, 404),
    "lists:save": POST_ONLY,
    "lists:remove": POST_ONLY,
    "notices:list": EVERYBODY,
    "notices:preferences": EVERYBODY,
    "notices:open": only("researcher"),
    "notices:read": POST_ONLY,
    "notices:read_all": POST_ONLY,
    "notices:claim": POST_ONLY,
    "notices:release": POST_ONLY,
    "people": only("administrator", others=403),
    "person": only("administrator", others=403),
    "roles": PUBLIC,
    "reset_second_factor": only("administrator", others=403),
    "access_change": only("administrator"),
    "invite": POST_ONLY,
    "end_role": POST_ONLY,
    "workflow:receipts": only(*STAFF),
    "workflow:act": only("approver", others=404) | dict.fromkeys(("custodian", "operator", "checker"), 403),
    "account_login": SIGNED_IN_GOES_HOME,
    "account_signup": SIGNED_IN_GOES_HOME,
    "account_logout": EVERYBODY,
    "account_email": EVERYBODY,
    "account_change_password": EVERYBODY,
    "account_set_password": dict.fromkeys(KINDS, 302),
    "account_inactive": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_reauthenticate": EVERYBODY,
    "account_confirm_login_code": dict.fromkeys(KINDS, 302),
    "incidents:list": EVERYBODY,
    "incidents:report": EVERYBODY,
    "incidents:detail": only("researcher", "coordinator", "auditor", "administrator"),
    "incidents:longer": only("coordinator") | dict.fromkeys(("researcher", "auditor", "administrator"), 403),
    "incidents:agree": POST_ONLY,
    "incidents:text": only("researcher", "coordinator", "auditor", "administrator"),
    # An incident that is still private is not written about yet.
    "incidents:propose_text": only("coordinator", code=409)
    | dict.fromkeys(("researcher", "auditor", "administrator"), 403),
    "mfa_index": EVERYBODY,
    "mfa_authenticate": dict.fromkeys(KINDS, 302),
    "mfa_login_webauthn": dict.fromkeys(KINDS, 302),
    "mfa_reauthenticate": dict.fromkeys(KINDS, 302),
    "mfa_reauthenticate_webauthn": dict.fromkeys(KINDS, 302),
    "mfa_list_webauthn": EVERYBODY,
    "mfa_add_webauthn": dict.fromkeys(KINDS, 302),
    "mfa_remove_webauthn": dict.fromkeys(KINDS, 302),
    "mfa_edit_webauthn": dict.fromkeys(KINDS, 302),
    "mfa_activate_totp": dict.fromkeys(KINDS, 302),
    "mfa_deactivate_totp": dict.fromkeys(KINDS, 404) | {"anyone": 302},
    "mfa_view_recovery_codes": dict.fromkeys(KINDS, 404) | {"anyone": 302},
    "mfa_download_recovery_codes": dict.fromkeys(KINDS, 404) | {"anyone": 302},
    "mfa_generate_recovery_codes": dict.fromkeys(KINDS, 302),
    "usersessions_list": EVERYBODY,
    "researchers:list": EVERYBODY,
    "researchers:new": RESEARCHERS,
    "researchers:detail": only("researcher", "officer", "auditor", "administrator"),
    "researchers:amend": only("researcher", others=404) | dict.fromkeys(("officer", "auditor", "administrator"), 403),
    "researchers:evidence": only("researcher", "officer", "auditor") | {"administrator": 403},
    "researchers:attest": dict.fromkeys(KINDS, 404),
    "researchers:rules": PUBLIC,
    "researchers:agreement": PUBLIC,
    "researchers:new_agreement": only("officer", "administrator", others=403),
    "researchers:organisations": EVERYBODY,
    "researchers:organisation": only("officer", "administrator", others=403),
    "researchers:new_organisation": only("officer", "administrator", others=403),
    "researchers:requirement": only("administrator", others=403),
    "researchers:new_requirement": only("administrator", others=403),
    "datasets:list": EVERYBODY,
    "datasets:tre": EVERYBODY,
    "datasets:dataset": PUBLIC,
    "datasets:new_tre": CATALOGUE_KEEPERS,
    "datasets:opt_out": CATALOGUE_KEEPERS,
    "datasets:leaving": only("coordinator", "officer", "auditor", "administrator", "operator", others=403),
    "datasets:new_certificate": CATALOGUE_KEEPERS,
    "datasets:certificate": CERTIFICATE_READERS,
    "datasets:certificate_file": CERTIFICATE_READERS,
    "datasets:new_dataset": CATALOGUE_KEEPERS,
    "datasets:new_version": CATALOGUE_KEEPERS,
    "datasets:new_workflow": CATALOGUE_KEEPERS,
    "datasets:sample": EVERYBODY,
    "datasets:workflow": EVERYBODY,
    "datasets:workflow_crate": EVERYBODY,
    "projects:list": EVERYBODY,
    "projects:places": EVERYBODY,
    "projects:new": RESEARCHERS,
    "projects:detail": PROJECT_READERS,
    "projects:application": only("researcher"),
    "projects:preview": only("researcher"),
    "projects:section": only("researcher"),
    "projects:add_paper": only("researcher"),
    "projects:paper": only("researcher"),
    "projects:remove_paper": POST_ONLY,
    "projects:version": PROJECT_READERS,
    "projects:comments": PROJECT_READERS,
    "projects:amend": {kind: 403 if code == 200 else code for kind, code in PROJECT_READERS.items()}
    | {"researcher": 200},
    "projects:new_amendment": {kind: 403 if code == 200 else code for kind, code in PROJECT_READERS.items()}
    | {"researcher": 200},
    "projects:amendment": only("researcher"),
    # Those who may ask name no question here.
    "projects:comment": {kind: 403 if code == 200 else code for kind, code in PROJECT_READERS.items()}
    | {"panel": 404, "chair": 404, "coordinator": 404},
    "projects:propose_text": {kind: 403 if code == 200 else code for kind, code in PROJECT_READERS.items()}
    | {"researcher": 200, "coordinator": 200},
    "projects:propose_outcome": {kind: 403 if code == 200 else code for kind, code in PROJECT_READERS.items()}
    | {"researcher": 200, "coordinator": 200},
    "projects:text": PROJECT_READERS,
    "projects:propose_member": {kind: 403 if code == 200 else code for kind, code in PROJECT_READERS.items()}
    | {"researcher": 200},
    "panels:list": PUBLIC,
    "panels:panel": PUBLIC,
    "panels:propose_rule": only("chair", "coordinator", "administrator", others=403),
    "panels:propose_seat": only("chair", "coordinator", "administrator", others=403),
    "panels:round": only("panel", "chair", "coordinator", "auditor"),
    "panels:condition": only("researcher", "panel", "chair", "coordinator", "auditor"),
    "panels:evidence_file": only("researcher", "panel", "chair", "coordinator", "auditor"),
    "panels:meetings": MEETING_READERS,
    "panels:plan_meeting": only("coordinator") | dict.fromkeys(("panel", "chair", "auditor"), 403),
    "panels:meeting": MEETING_READERS,
    "panels:arrange_agenda": POST_ONLY,
    "panels:meeting_papers": MEETING_READERS,
    "panels:meeting_calendar": MEETING_READERS,
    "panels:minutes": MEETING_READERS,
    "submissions:list": EVERYBODY,
    "submissions:ask": RESEARCHERS,
    "submissions:draft": only("researcher"),
    "submissions:look": only("researcher"),
    "submissions:draft_crate": only("researcher"),
    "submissions:discard_draft": only("researcher"),
    "submissions:draft_so_far": POST_ONLY,
    "submissions:ask_again": POST_ONLY,
    "submissions:upload": RESEARCHERS,
    "submissions:detail": only("researcher", "coordinator", "auditor"),
    "submissions:choose": only("researcher", "coordinator", "auditor", code=409),
    "submissions:crate": only("researcher", "coordinator", "auditor"),
    "submissions:entities": only("researcher") | dict.fromkeys(("coordinator", "auditor"), 403),
    "submissions:result": only("researcher", "coordinator", "auditor"),
    "submissions:result_entities": only("researcher") | dict.fromkeys(("coordinator", "auditor"), 403),
    "submissions:original": only("researcher") | dict.fromkeys(("coordinator", "auditor"), 403),
    "submissions:request": only("researcher", "coordinator", "auditor"),
    "submissions:download": only("researcher") | dict.fromkeys(("coordinator", "auditor"), 403),
    "submissions:metadata": only("researcher") | dict.fromkeys(("coordinator", "auditor"), 403),
    "api:check_crate": dict.fromkeys(KINDS, 405),
    "custody:list": EVERYBODY,
    "custody:policy": only("custodian", others=403),
    "custody:rely": only("custodian", others=403),
    "custody:reliance": dict.fromkeys(KINDS, 404) | {"other": 200, "anyone": 302},
    "custody:set_up_panel": dict.fromkeys(KINDS, 403) | {"anyone": 302},
    "custody:ownpanel": only(*STAFF),
    "custody:locate": only("operator", others=403),
    "custody:projectacceptance": only(*STAFF),
    "custody:memberacceptance": only(*STAFF),
    "custody:datagrant": only(*STAFF),
    "custody:workflowapproval": only(*STAFF),
    "runs:list": EVERYBODY,
    "runs:detail": only(*STAFF),
    "runs:standing_list": EVERYBODY,
    "runs:standing": only(*STAFF),
    "runs:standing_new": only("approver"),
    "runs:hold": only(*STAFF),
    "runs:resume": POST_ONLY,
    "egress:list": EVERYBODY,
    "egress:detail": only("checker"),
    "egress:show": only("checker"),
    "egress:image": only("checker"),
}
DRAFT_PAGES = ("draft", "look", "draft_crate", "discard_draft")
# Django's own admin: for administrators alone, and nobody else is told what is there.
ADMIN = re.compile(r"^admin:")


def names(resolver=None, namespace="") -> list[str]:
    found = []
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            found += names(each, inner)
        elif isinstance(each, URLPattern) and each.name:
            found.append(f"{namespace}{each.name}")
    return found


def test_every_address_has_a_row():
    assert {name for name in names() if not ADMIN.match(name)} == set(TABLE)


@pytest.fixture
def world(federation, executor, tmp_path):
    """A journey at its end, and one run that awaits its sign-off."""
    run = sign_off(received(tmp_path))
    work_until_done()
    request = review(review(EgressRequest.objects.get(run=run), "checker1"), "checker2")
    egress.release(egressrequest=request, by=staff("checker1"), note="Well done.")
    work_until_done()
    waiting = received(tmp_path)
    ada = person("ada@northgate.example")
    asked = Request.objects.get(pk=run.request)
    one = {
        "projects": Project.objects.get(code="ASTHMA-24"),
        "tre": Tre.objects.get(pk=CENTRE.id),
    }
    pk = {
        "person": ada.pk,
        "reset_second_factor": ada.pk,
        "access_change": AccessChange.objects.filter(side=settings.HUB_ID).first().pk,
        "end_role": RoleGrant.objects.filter(user=ada).get().pk,
        "researchers:detail": Accreditation.objects.get(user=ada).pk,
        "researchers:amend": Accreditation.objects.get(user=ada).pk,
        "researchers:evidence": Evidence.objects.exclude(file="").get(accreditation__user=ada).pk,
        "researchers:organisation": Organisation.objects.get().pk,
        "researchers:requirement": Requirement.objects.first().pk,
        "datasets:tre": one["tre"].pk,
        "datasets:new_dataset": one["tre"].pk,
        "datasets:leaving": one["tre"].pk,
        "datasets:new_certificate": one["tre"].pk,
        "datasets:certificate": one["tre"].certificates.get().pk,
        "datasets:certificate_file": one["tre"].certificates.get().pk,
        "datasets:opt_out": one["tre"].pk,
        "datasets:new_version": Dataset.objects.first().pk,
        "datasets:dataset": Dataset.objects.first().pk,
        "datasets:sample": DatasetVersion.objects.first().pk,
        "datasets:workflow": WorkflowVersion.objects.get().pk,
        "datasets:workflow_crate": WorkflowVersion.objects.get().pk,
        "submissions:request": asked.pk,
        "submissions:download": asked.pk,
        "submissions:metadata": asked.pk,
        "submissions:result": asked.pk,
        "submissions:result_entities": asked.pk,
        "custody:projectacceptance": asked_here(ProjectAcceptance).first().pk,
        "custody:memberacceptance": asked_here(MemberAcceptance).first().pk,
        "custody:datagrant": asked_here(DataGrant).first().pk,
        "custody:reliance": Reliance.objects.get().pk,
        "custody:ownpanel": own_panel.propose(tre=CENTRE.id, by=staff("admin"), name="Our panel", reason="Ours.").pk,
        "custody:workflowapproval": WorkflowApproval.objects.for_tre(CENTRE.id).first().pk,
        "runs:standing": propose_in_advance(CENTRE).pk,
        "runs:standing_new": WorkflowApproval.objects.for_tre(CENTRE.id).first().pk,
        "egress:detail": request.pk,
        "egress:show": OutputFile.objects.get(egress=request, port="counts").pk,
        "egress:image": OutputFile.objects.get(egress=request, port="chart").pk,
    }
    pk |= dict.fromkeys(
        (
            f"projects:{name}"
            for name in ("detail", "propose_member", "propose_text", "propose_outcome", "comments", "comment", "amend")
        ),
        one["projects"].pk,
    )
    begun = Project.objects.get(code="WINTER-26")
    paper = applications.add_paper(project=begun, by=ada, file=SimpleUploadedFile("letter.txt", b"Yes."))
    pk |= dict.fromkeys((f"projects:{name}" for name in ("application", "preview", "add_paper")), begun.pk)
    changes = {"kind": "text", "reason": "x", "changes": {"team": "Ada."}}
    pk["projects:amendment"] = amendments.ask(project=one["projects"], by=ada, **changes).pk
    pk |= {"projects:paper": paper.pk, "projects:remove_paper": paper.pk}
    of_submission = ("detail", "choose", "original", "crate", "entities")
    pk |= {f"submissions:{name}": asked.submission_id for name in of_submission}
    draft = draft_actions.ask_again(submission=asked.submission, by=ada)
    pk |= dict.fromkeys((f"submissions:{name}" for name in DRAFT_PAGES), draft.pk)
    written = text_actions.propose_text(project=one["projects"], by=ada, title="What we found", text="More clinics.")
    pk["projects:text"] = written.pk
    about = {"about_type": "projects.Project", "about_id": one["projects"].pk, "url": "/", "side": settings.HUB_ID}
    notice = Notice.objects.create(person=ada, kind="test", sentence="It came back.", mail="off", **about)
    pk |= dict.fromkeys(("notices:open", "notices:read"), notice.pk)
    incident = Incident.objects.create(
        side=settings.HUB_ID,
        reported_by=ada,
        kind="near_miss",
        severity="low",
        happened_on="2026-01-01",
        what_happened="-",
    )
    pk |= {f"incidents:{name}": incident.pk for name in ("detail", "longer", "agree", "propose_text")}
    pk["incidents:text"] = IncidentText.objects.create(incident=incident, text="-", written_by=ada).pk
    pk |= {"request_story": asked.pk, "project_story": one["projects"].pk, "tre_story": CENTRE.id}
    pk |= {"submissions:ask_again": asked.submission_id, "submissions:draft_so_far": draft.pk}
    pk |= dict.fromkeys(("runs:detail", "runs:hold", "runs:resume"), waiting.pk)
    decision = Decision.objects.get(round__subject_id=one["projects"].pk)
    asks = {"owner": ada, "by": person("chair@hub.example"), "texts": ["Say who pays."], "due": timezone.localdate()}
    with act():
        made = condition_actions.set_conditions(decision=decision, subject=one["projects"], **asks)
    shown = [SimpleUploadedFile("pays.txt", b"We do.")]
    condition_actions.give_evidence(condition=made[0], by=ada, evidence="See the letter.", files=shown)
    pk["panels:evidence_file"] = made[0].files.get().pk
    pk |= {"panels:round": decision.round_id, "panels:condition": made[0].pk}
    of_panel = ("panel", "propose_rule", "propose_seat", "meetings", "plan_meeting")
    pk |= dict.fromkeys((f"panels:{name}" for name in of_panel), one["projects"].panel_id)
    met = Minutes.objects.get(state="agreed")
    pk |= dict.fromkeys((f"panels:meeting{name}" for name in ("", "_papers", "_calendar")), met.meeting_id)
    pk["panels:minutes"] = met.pk
    public = PublicEntry.objects.filter(side=settings.HUB_ID).first()
    special = {
        "audit:tile": ["0", "000.p/1"],
        "audit:entries": ["000.p/1"],
        "audit:proof": [public.sequence],
        "audit:receipt": [public.sequence],
        "lists:save": ["projects"],
        "lists:remove": [ada.pk],
        "workflow:act": ["runs", "run", waiting.pk, "sign_off"],
        "workflow:receipts": ["runs", "run", waiting.pk],
        "invitation": ["none"],
        "mfa_remove_webauthn": [1],
        "mfa_edit_webauthn": [1],
        "researchers:attest": ["none"],
        "panels:arrange_agenda": [met.meeting_id, decision.round_id],
        "confirm_subscription": ["none"],
        "end_subscription": ["none"],
        "rule": ["5S-RUN-01"],
        "projects:section": [begun.pk, "summary"],
        "projects:new_amendment": [one["projects"].pk, "extension"],
        "projects:version": [one["projects"].pk, 1],
        "account_confirm_email": ["none"],
        "account_reset_password_from_key": ["a", "b-c"],
    }

    def address(name):
        return reverse(name, args=special.get(name, [pk[name]] if name in pk else []))

    return address


@pytest.mark.django_db(transaction=True)
def test_every_address_answers_every_kind_of_person_as_the_table_says(world):
    wrong = []
    for kind, email in KINDS.items():
        client = Client(raise_request_exception=False)
        if email:
            client.force_login(User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
        for name, expected in TABLE.items():
            response = client.get(world(name))
            if response.streaming:
                response.close()
            if response.status_code != expected[kind]:
                wrong.append((name, kind, response.status_code, expected[kind]))
            assert "Content-Security-Policy" in response.headers, name
    assert wrong == []


@pytest.mark.django_db(transaction=True)
def test_the_admin_opens_for_each_role_and_every_step_is_taken_there(world, client):
    client.force_login(person("ada@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get("/admin/").status_code == 302
    client.force_login(person("approver@saltmarsh.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    run = Run.objects.get(state="awaiting_sign_off")
    home = f"/admin/runs/run/{run.pk}/change/"
    act = f"/admin/runs/run/{run.pk}/act"
    assert client.get("/admin/panels/decision/").status_code == 403
    assert f'action="{act}/sign_off/"' in client.get(home).content.decode()
    assert client.get(f"{act}/nothing/").status_code == 404
    assert client.get(f"{act}/send_back/").status_code == 200
    wrong = client.post(f"{act}/send_back/", {"reason": "Typed with care."})
    assert wrong.status_code == 400
    assert "Typed with care." in wrong.content.decode()
    assert client.post(f"{act}/send_back/", {"reason": "Say more.", "declared": "on"})["Location"] == home
    assert Run.objects.get(pk=run.pk).state == "returned"
    assert client.get(f"{act}/sign_off/").status_code == 409
    client.force_login(person("approver@hillfoot.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert client.get(f"{act}/stop/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_administrator_sees_state_steps_and_history_in_the_admin(world, client):
    client.force_login(person("admin@saltmarsh.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    run = Run.objects.get(state="awaiting_sign_off")
    response = client.get(f"/admin/runs/run/{run.pk}/change/")
    page = response.content.decode()
    assert response.status_code == 200, response.status_code
    assert "Only a run approver of this secure data centre decides on a run." in page
    assert "Stop this run" in page
    assert 'id="stop_reason"' in page
    assert client.get("/admin/panels/decision/").status_code == 200
    stop = f"/admin/runs/run/{run.pk}/act/stop/"
    back = {"next": f"/admin/runs/run/{run.pk}/change/"}
    assert client.post(f"/admin/runs/run/{run.pk}/act/sign_off/").status_code == 403
    assert client.post(stop, {"reason": ""}).status_code == 400
    assert client.post(stop, {"reason": "Enough."})["Location"] == back["next"]
    assert "Enough." in client.get(back["next"]).content.decode()
    ended = client.get(back["next"]).content.decode()
    assert "Nothing: this is the end of its way." in ended
    assert "A request was received." in page
    assert 'name="state"' not in page
    assert client.get(f"/admin/submissions/submission/{Submission.objects.first().pk}/change/").status_code == 302
    client.force_login(person("admin@hub.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    for model in ("researchers/accreditation", "projects/project", "datasets/tre", "submissions/request"):
        assert client.get(f"/admin/{model}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_released_crate_has_its_links_and_each_download_is_noted(world, client):
    from apps.core.audit.models import AccessRecord

    client.force_login(person("ada@northgate.example"), backend=settings.AUTHENTICATION_BACKENDS[0])
    response = client.get(world("submissions:download"))
    assert response["Link"] == '<https://w3id.org/ro/crate>; rel="profile"'
    content = b"".join(response.streaming_content)
    assert zipfile.is_zipfile(__import__("io").BytesIO(content))
    assert AccessRecord.objects.filter(what="download").count() == 1
