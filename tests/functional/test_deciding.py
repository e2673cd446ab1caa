"""No address decides without the second factor: each view that changes something asks for it, or decides nothing."""

from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

# What a person does to her own things, or anyone without a role: nothing here decides on somebody else.
DECIDES_NOTHING = {
    "accounts.orcid.link": "her own ORCID iD, proved by ORCID",
    "accounts.views.leave": "her own account",
    "accounts.views.profile": "her own profile",
    "api.views.view": "checks a file and keeps nothing",
    "audit.views.cosignatures": "a witness's signature, which is its own proof",
    "incidents.views.report": "anyone tells what went wrong",
    "lists.views.remove": "her own filter",
    "lists.views.save": "her own filter",
    "notices.home.claim": "says that she works on it",
    "notices.home.release": "says that she does not work on it",
    "notices.views.preferences": "her own mail",
    "notices.views.read": "her own notices",
    "notices.views.read_all": "her own notices",
    "projects.amendment_views.new_amendment": "a lead asks",
    "projects.application_views.add_paper": "an applicant's paper",
    "projects.application_views.comment": "a question or its answer",
    "projects.application_views.new": "an applicant begins",
    "projects.application_views.remove_paper": "an applicant's paper",
    "projects.application_views.section": "an applicant writes",
    "projects.views.propose_member": "a lead asks; an officer decides",
    "projects.views.propose_text": "a lead asks; a publisher decides",
    "researchers.views.amend": "her own application",
    "researchers.views.attest": "a sponsor, who may have no account; her link is the proof",
    "researchers.views.new": "her own application",
    "submissions.draft_views.ask": "a researcher asks; each TRE decides",
    "submissions.draft_views.ask_again": "a researcher asks",
    "submissions.draft_views.discard_draft": "her own draft",
    "submissions.draft_views.draft": "her own draft",
    "submissions.draft_views.draft_so_far": "her own draft",
    "submissions.draft_views.look": "a researcher asks; each TRE decides",
    "submissions.views.choose": "a researcher asks; each TRE decides",
    "submissions.views.upload": "a researcher asks",
    "transparency.subscription_views.confirm_subscription": "her own mail, by the link that was sent to it",
    "transparency.subscription_views.end_subscription": "her own mail, by the link that was sent to it",
    "transparency.subscription_views.subscribe": "asks for mail",
    "transparency.views.verify_result": "checks a file and keeps nothing",
}


def views(resolver=None):
    """Every view of ours, by its name."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern)
        elif isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith("apps."):
            view = pattern.callback
            module = (
                view.__module__.removeprefix("apps.").removeprefix("core.").removeprefix("hub.").removeprefix("node.")
            )
            yield f"{module}.{view.__name__}", view


def takes_post(view) -> bool:
    """True unless the view answers to a strange method that it is for reading alone."""
    if getattr(view, "decides", False):
        return True
    answer = view(RequestFactory().generic("STRANGE", "/"))
    assert answer.status_code == 405, "a view says which methods it takes"
    return "POST" in answer["Allow"]


def test_each_view_that_changes_something_asks_for_the_second_factor_or_decides_nothing():
    changing = {name: view for name, view in views() if takes_post(view)}
    deciding = {name for name, view in changing.items() if getattr(view, "decides", False)}
    assert {"workflow.views.act", "workflow.admin.act", "panels.views.propose_seat"} <= deciding
    unguarded = set(changing) - deciding
    assert unguarded - set(DECIDES_NOTHING) == set(), "mark it with @decides, or say here why it decides nothing"
    assert set(DECIDES_NOTHING) - unguarded == set(), "this row is of no view any more"
