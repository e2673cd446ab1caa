"""Never your own, where it matters: a hub and a node with a database each, which share no user, no id and no row.

The hub's offer is written here; a node of its own process and database receives the very document. There, the same
people are other users. Who they are is told by ORCID iD and by keyed hashes of addresses alone.
"""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from apps.core.exchange import keys, service
from apps.core.exchange.models import Outgoing
from apps.core.outbox import service as outbox
from apps.hub.projects.actions import suspend
from apps.hub.submissions import applications
from apps.hub.submissions.models import Request
from tests.functional.federation import CENTRE, person, send, upload

NODE = """
import json, os, sys
from pathlib import Path
from uuid import UUID
import django
django.setup()
from django.core.management import call_command
from apps.core.accounts.models import RoleGrant, User
from apps.core.accounts.profile_actions import change_profile
from apps.core.errors import NotAllowed
from apps.core.exchange import service
from apps.core.outbox.service import drain
from apps.node.custody import permissions as custody
from apps.node.custody.models import AgreementPolicy, ProjectAcceptance
from apps.node.egress import permissions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import permissions as runs
from apps.node.runs.models import Run

folder = Path(sys.argv[1])
given = json.loads((folder / "given.json").read_text())
tre, hub = UUID(given["tre"]), UUID(given["hub"])
call_command("migrate", verbosity=0)
AgreementPolicy.objects.create(tre=tre, tre_name="T", address="https://t.example", name="Policy 1")
service.know(side=tre, peer=hub, name="hub", public_key=given["hub_key"])
early = service.receive(side=tre, peer=hub, signed=given["application"], open_attachment=None)
service.handle(str(early.pk))
before = ProjectAcceptance.objects.get().content_sha256()
received = service.receive(
    side=tre, peer=hub, signed=given["signed"], open_attachment=lambda name: (folder / name).open("rb")
)
service.handle(str(received.pk))
run = Run.objects.get()
asked = EgressRequest(run=run, tre=tre)
project = ProjectAcceptance.objects.get()

def tries(email, orcid="", verified=True, then=""):
    user = User.objects.create_user(email, "a long password", name=email, orcid=orcid, organisation="T")
    if verified:
        user.emailaddress_set.create(email=email, verified=True, primary=True)
    for role in ("run_approver", "custodian", "output_checker"):
        RoleGrant.objects.create(user=user, role=role, side=tre)
    if then:
        user.emailaddress_set.all().delete()
        user.emailaddress_set.create(email=then, verified=True, primary=True)
        change_profile(by=user, name="Changed", orcid="0000-0001-5109-3700")
    user = User.objects.get(pk=user.pk)
    told = {}
    for name, check, thing in (
        ("sign off", runs.check_can_sign_off, run),
        ("accept", custody.check_can_accept, project),
        ("check", egress.check_can_check, asked),
    ):
        try:
            check(user, thing)
            told[name] = ""
        except NotAllowed as problem:
            told[name] = str(problem.sentence)
    return told

def hold():
    received = service.receive(side=tre, peer=hub, signed=given["lapses"], open_attachment=None)
    service.handle(str(received.pk))
    drain()
    return Run.objects.get().held_why

print(json.dumps({
    "told before the request": before == project.content_sha256() and project.renewed_at is None,
    "held": hold(),
    "user ids in common": len({str(each) for each in User.objects.values_list("pk", flat=True)} & set(given["users"])),
    "the same address": tries(given["requester"].upper()),
    "the same ORCID iD": tries("another@t.example", given["orcid"]),
    "a colleague on the project": tries(given["member"]),
    "changed her address": tries("x" + given["requester"], given["orcid"], then="new@t.example"),
    "had the address once": tries(given["former"], then="newer@t.example"),
    "nothing to compare": tries("unverified@t.example", verified=False),
    "somebody else": tries("priya@t.example"),
}))
"""


@pytest.mark.both_engines
@pytest.mark.django_db(transaction=True)
def test_people_are_known_again_on_the_other_side_of_the_border(federation, executor, tmp_path):
    ada = person("ada@northgate.example")
    ada.emailaddress_set.create(email="ada.former@northgate.example", verified=True)
    ada.emailaddress_set.filter(email="ada.former@northgate.example").delete()
    request = send(upload(tmp_path))
    project = Request.objects.get(pk=request.pk).submission.project
    applications.tell(project.pk)
    application = Outgoing.objects.get(kind="application", peer=CENTRE.id).signed
    offer = Outgoing.objects.get(kind="offer")
    for attachment in offer.attachments:
        with service.open_kept(offer, attachment["name"]) as stream:
            (tmp_path / attachment["name"]).write_bytes(stream.read())
    ada = project.lead
    suspend(project=project, by=person("officer@hub.example"), reason="A complaint.")
    outbox.drain()
    members = [each.user for each in project.members_now()]
    given = {
        "tre": str(CENTRE.id),
        "hub": settings.HUB_ID,
        "hub_key": keys.public_key_of(offer.side),
        "signed": offer.signed,
        "application": application,
        "lapses": Outgoing.objects.get(kind="lapses").signed,
        "requester": ada.email,
        "orcid": ada.orcid,
        "former": "ada.former@northgate.example",
        "member": next(each.email for each in members if each != ada),
        "users": [str(each.pk) for each in members],
    }
    (tmp_path / "given.json").write_text(json.dumps(given))
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_DIR")}
    environment |= {
        "ROLE": "node",
        "DATA_DIR": str(tmp_path / "node"),
        "DJANGO_SETTINGS_MODULE": "trefx_portal.settings",
    }
    environment.pop("DATABASE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", NODE, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told.pop("user ids in common") == 0
    assert told.pop("told before the request")
    assert "The hub says: The project is “suspended”." in told.pop("held")
    assert set(told.pop("somebody else").values()) == {""}
    cannot_tell = told.pop("nothing to compare")
    assert all("cannot tell" in sentence for sentence in cannot_tell.values()), cannot_tell
    for who, sentences in told.items():
        assert all("own" in sentence for sentence in sentences.values()), (who, sentences)
