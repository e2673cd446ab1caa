from apps.hub.projects.models import Project


def projects_of(user):
    """The projects of which a person is an approved member."""
    return Project.objects.filter(memberships__user=user, memberships__state="approved")


def projects_to_join(user):
    """The approved projects on which she is named, and of which an officer has not said yet that she may join."""
    return Project.objects.filter(memberships__user=user, memberships__state="proposed", state="approved")


def is_member(project: Project, user) -> bool:
    """True where she is an approved member now."""
    return project.memberships.filter(user=user, state="approved").exists()


def is_named(project: Project, user) -> bool:
    """True where she is an approved member, or is proposed as one."""
    return project.memberships.filter(user=user, state__in=["proposed", "approved"]).exists()


def project_named(identifiers: list[str]) -> Project | None:
    """The project that a crate names: by its code, its UUID or its address."""
    for identifier in identifiers:
        bare = identifier.removeprefix("#project-").removeprefix("urn:uuid:").rstrip("/").rsplit("/", 1)[-1]
        found = Project.objects.filter(code__iexact=bare).first()
        if found:
            return found
    return None
