from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.panels.models import Seat
from apps.core.workflow.models import SignOff
from apps.hub.projects.models import Membership, Project


def bound_by(project: Project) -> QuerySet[Membership]:
    """Those in the team, and those named for it; not of who sits on a panel, and was named by another: nobody takes a vote from
    her by naming her. Her own yes binds her.

    Each with `in_team`: it was approved, or she said yes herself, so that it is not the lead's word alone.
    """
    said = SignOff.objects.filter(subject_id=OuterRef("pk"), verb="membership.agreed", by=OuterRef("user"))
    seated = Seat.objects.held().filter(user=OuterRef("user"))
    named = project.memberships.filter(state__in=["proposed", "approved"])
    return named.annotate(in_team=Q(state="approved") | Exists(said)).filter(Q(in_team=True) | ~Exists(seated))


def voted_on(project: Project) -> list:
    """The keys of all that a panel votes on of it: of itself and of its changes. One query."""
    return [project.pk, *project.amendments.values_list("pk", flat=True)]


def projects_of(user):
    """The projects of which a person is an approved member."""
    return Project.objects.filter(memberships__user=user, memberships__state="approved")


def projects_to_join(user):
    """The approved projects on which she is named, and of which an officer has not said yet that she may join."""
    return Project.objects.filter(memberships__user=user, memberships__state="proposed", state="approved")


def is_member(project: Project, user) -> bool:
    """True where she is an approved member now."""
    return project.memberships.filter(user=user, state="approved").exists()


def is_bound(project: Project, user) -> bool:
    """True where she is an approved member, or is proposed as one and is bound by that."""
    return bound_by(project).filter(user=user).exists()


def project_named(identifiers: list[str]) -> Project | None:
    """The project that a crate names: by its code, its UUID or its address."""
    for identifier in identifiers:
        bare = identifier.removeprefix("#project-").removeprefix("urn:uuid:").rstrip("/").rsplit("/", 1)[-1]
        found = Project.objects.filter(code__iexact=bare).first()
        if found:
            return found
    return None
