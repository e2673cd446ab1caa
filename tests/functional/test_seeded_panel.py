"""The panel of the demonstration's third TRE: what is there on the first day, and that the seed does no person's work twice."""

import pytest
from django.conf import settings
from django.urls import reverse

from apps.core.accounts import role_actions
from apps.core.accounts.models import AccessChange
from apps.core.panels.models import Round
from apps.hub.projects.models import Project
from apps.node.custody import actions as custody
from apps.node.custody import deciding, own_panel
from apps.node.custody.models import MemberAcceptance, OwnPanel, ProjectAcceptance
from apps.tools.federation import own_panel as seeded
from apps.tools.federation import panel
from apps.tools.federation.accounts import seed_people
from apps.tools.federation.centres import seed_centre
from apps.tools.federation.people import WITH_OWN_PANEL as CENTRE
from apps.tools.federation.seed import seed_federation
from tests.functional.federation import person, work_until_done

pytestmark = pytest.mark.django_db(transaction=True)


def staff(name: str):
    return person(f"{name}@{CENTRE.slug}.example")


def asked_about(name: str) -> MemberAcceptance:
    return MemberAcceptance.objects.for_tre(CENTRE.id).get(name=name)


def the_project() -> ProjectAcceptance:
    return ProjectAcceptance.objects.for_tre(CENTRE.id).get()


def text(client, address: str, name: str) -> str:
    client.force_login(person(name), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.get(address).content.decode()


def test_on_the_first_day_it_has_accepted_a_project_and_votes_on_a_person(federation, client):
    own = OwnPanel.objects.get()
    assert (own.tre, own.state, the_project().state) == (CENTRE.id, "in_force", "accepted")
    assert Round.objects.of(the_project()).get().decision.outcome == "approve"
    assert asked_about("Ada Lindqvist").state == "accepted"
    cleo = asked_about("Cleo Marchetti")
    vote = Round.objects.of(cleo).get()
    assert (cleo.state, vote.state, vote.votes.count()) == ("offered", "open", 2)
    assert own.panel_name in text(client, reverse("custody:list") + "?kind=panel", staff("custodian").email)
    for name in ("approver", "checker2"):
        assert vote.get_absolute_url() in text(client, "/home/", staff(name).email)
    assert vote.get_absolute_url() not in text(client, "/home/", staff("lay").email)
    assert "Her papers are in order." in text(client, vote.get_absolute_url(), staff("lay").email)


def test_the_hub_hears_that_the_project_is_accepted_there_and_that_a_person_is_asked_about(federation, client):
    work_until_done()
    page = text(client, Project.objects.get(code="ASTHMA-24").get_absolute_url(), "ada@northgate.example")
    told = page.partition(f">{CENTRE.name}<")[2].partition("</dl>")[0]
    assert told.count("accepted until") == 3  # the project, its lead and its data
    assert told.count("being asked, no answer yet") == 1
    assert OwnPanel.objects.get().panel_name not in page


def test_a_panel_that_is_half_set_up_is_finished_and_given_nothing_twice(db, monkeypatch):
    seed_people()
    seed_centre(CENTRE)

    def interrupted_after(where, name):
        """Do it, and be stopped at once after it."""
        done = getattr(where, name)

        def do_and_stop(*what, **more):
            done(*what, **more)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(where, name, do_and_stop)
            with pytest.raises(KeyboardInterrupt):
                seeded.seed_own_panel(CENTRE)

    interrupted_after(role_actions, "propose_role")
    interrupted_after(seeded, "ensure_roles")
    interrupted_after(own_panel, "propose")
    for name in ("propose_seat", "confirm_seat", "propose_rule", "confirm_rule"):
        interrupted_after(panel.panels, name)
    interrupted_after(own_panel, "confirm")
    seeded.seed_own_panel(CENTRE)
    own = OwnPanel.objects.get()
    held = own.panel.seats.filter(state="held")
    assert (own.state, held.count(), own.panel.seats.count()) == ("in_force", len(seeded.MEMBERS), len(seeded.MEMBERS))
    assert own.panel.rules.count() == 1
    assert AccessChange.objects.filter(user=staff("lay")).count() == 1


def test_what_people_did_since_stays_theirs(federation):
    offered = the_project()
    custody.end_project(projectacceptance=offered, by=staff("operator"), reason="Stop.")
    custody.offer_project_again(projectacceptance=offered, by=staff("operator"), reason="Go on.")
    cleo = asked_about("Cleo Marchetti")
    vote = Round.objects.of(cleo).get()
    panel.cast(vote, [staff("approver"), staff("checker2")], "Yes.")
    until = asked_about("Ada Lindqvist").until
    deciding.accept_as_voted(memberacceptance=cleo, by=staff("approver"), reason="Four say yes.", until=until)
    custody.end_member(memberacceptance=cleo, by=staff("operator"), reason="Stop.")
    custody.offer_member_again(memberacceptance=cleo, by=staff("operator"), reason="Go on.")
    deciding.take_to_panel(memberacceptance=asked_about("Cleo Marchetti"), by=staff("custodian"))
    seed_federation(federation)
    assert (the_project().state, Round.objects.of(the_project()).count()) == ("offered", 1)
    assert asked_about("Cleo Marchetti").state == "offered"
    assert Round.objects.of(cleo)[0].votes.count() == 0
