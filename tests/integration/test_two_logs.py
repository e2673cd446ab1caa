"""A hub and a node with a database each: the node cosigns the hub's log while it grows, and refuses a fork of it."""

import json
import os
import subprocess
import sys
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from apps.core.audit import checkpoints, log_keys
from apps.core.audit.act import act
from apps.core.audit.models import Cosignature
from apps.core.exchange import keys, service, witness
from apps.core.exchange.models import Outgoing
from apps.core.proofs import merkle, notes
from tests.integration.core.logs import HubThing, written

HUB = UUID(settings.HUB_ID)

NODE = """
import json, sys
from uuid import UUID
import django
django.setup()
from django.core.management import call_command
from apps.core.audit.models import PublicEntry
from apps.core.exchange import keys, service
from apps.core.exchange.models import Incoming, Outgoing

given = json.loads(sys.stdin.read())
tre, hub = UUID(given["tre"]), UUID(given["hub"])
call_command("migrate", verbosity=0)
service.know(side=tre, peer=hub, name="the hub", public_key=given["hub_key"])
for signed in given["documents"]:
    service.handle(str(service.receive(side=tre, peer=hub, signed=signed, open_attachment=None).pk))
print(json.dumps({
    "key": keys.public_key_of(tre),
    "answers": list(Outgoing.objects.filter(kind="cosigned").order_by("created_at").values_list("signed", flat=True)),
    "refused": [why for why in Incoming.objects.order_by("received_at").values_list("refused_why", flat=True)],
    "told": [each.sentence for each in PublicEntry.objects.filter(side=tre)],
}))
"""


def forked(size: int, tre: UUID) -> None:
    """Tell a TRE of another log of `size` entries, signed with the hub's true key."""
    text = notes.checkpoint_text(log_keys.name_of(HUB), size, merkle.leaf_hash(b"another"))
    key, name = log_keys.signing_keys(HUB)[0]
    told = {"keys": [str(each) for each in log_keys.verifiers_of(HUB)], "since": size - 1, "proof": []}
    service.send(kind="checkpoint", side=HUB, peer=tre, body=told | {"note": text + "\n" + notes.sign(text, key, name)})


def at_the_node(folder, given: dict) -> dict:
    """What a node with a database of its own makes of the hub's documents."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_DIR")}
    environment |= {"ROLE": "node", "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "trefx_portal.settings"}
    environment["PUBLIC_URL"] = "https://centre.example"
    environment.pop("DATABASE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", NODE],
        input=json.dumps(given),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_a_node_cosigns_the_hubs_log_and_not_a_fork_of_it(tmp_path, client):
    tre = uuid4()
    service.know(side=HUB, peer=tre, name="the centre", public_key={})
    for _ in range(2):
        written(300, subject=HubThing)
        witness.tell_all()
        Outgoing.objects.update(delivered_at="2026-01-01T00:00Z")
    with act():
        forked(601, tre)
    documents = list(Outgoing.objects.order_by("created_at").values_list("signed", flat=True))
    hub_key = keys.public_key_of(HUB)
    node = at_the_node(tmp_path, {"tre": str(tre), "hub": str(HUB), "hub_key": hub_key, "documents": documents})
    assert [bool(each) for each in node["refused"]] == [False, False, True]
    assert node["told"] == ["the hub told us of a log that does not continue the one that it told us of before."]

    service.know(side=HUB, peer=tre, name="the centre", public_key=node["key"])
    for signed in node["answers"]:
        service.handle(str(service.receive(side=HUB, peer=tre, signed=signed, open_attachment=None).pk))
    assert list(Cosignature.objects.order_by("checkpoint__size").values_list("checkpoint__size", flat=True)) == [
        300,
        600,
    ]
    served = client.get("/log/checkpoint").content.decode()
    centre = checkpoints.witnesses(HUB)
    assert [each.name for each in centre] == [f"centre.example/log/{tre}"]
    assert [each.witness for each in notes.cosignatures(served, centre)] == centre
