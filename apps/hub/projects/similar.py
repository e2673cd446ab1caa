"""Projects that are like one: by their words, and only those that a reader may know of."""

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from apps.core.workflow.models import PORTAL_ZONE
from apps.hub.projects.models import Project

AT_MOST = 5
LOOKED_AT = 500  # without full text, of the newest projects
FEWEST_SHARED = 3
WORDS_ASKED = 40
COMMON = """about after also because been being between both could does each from have here into know like live lives make more
most need only other over people same some such than that their them then there these they this those time want were what when
where which while with would your"""
COMMON_WORDS = frozenset(COMMON.split())


def under_embargo(now=None) -> Q:
    """The projects that the public may not read of at that moment."""
    return Q(embargo_until__gte=timezone.localdate(now, PORTAL_ZONE))


def known_to(user):
    """The projects that a person may know of: those she sees (`is_seen`), and those handed in that are under no embargo."""
    seen = Project.objects.visible_to(user).values("pk")
    public = ~Q(state__in=["draft", "returned", "withdrawn"]) & ~(Q(embargo_until__isnull=False) & under_embargo())
    told = Project.objects.annotate(is_seen=Exists(seen.filter(pk=OuterRef("pk"))))
    return told.filter(Q(is_seen=True) | public)


def words_of(project: Project) -> list[str]:
    """The words that tell what a project is about, the first ones first."""
    said = f"{project.title} {project.lay_summary} {project.benefit}".lower()
    letters = "".join(each if each.isalnum() else " " for each in said)
    return list(dict.fromkeys(word for word in letters.split() if len(word) > 3 and word not in COMMON_WORDS))


def similar_to(project: Project, user, vendor: str = connection.vendor) -> list[Project]:
    """Up to five projects like this one, the likest first, of those that `user` may know of. One query."""
    others = known_to(user).exclude(pk=project.pk)
    words = words_of(project)
    if len(words) < FEWEST_SHARED:
        return []
    return (by_full_text if vendor == "postgresql" else by_words)(others, words)


def by_full_text(others, words: list[str]) -> list[Project]:
    """PostgreSQL: words in all their forms, ranked."""
    query = SearchQuery(" or ".join(words[:WORDS_ASKED]), config="english", search_type="websearch")
    vector = SearchVector("title", weight="A", config="english")
    vector += SearchVector("lay_summary", "benefit", weight="B", config="english")
    found = (
        others.annotate(like=SearchRank(vector, query)).filter(like__gt=0.1).order_by("-like", F("created_at").desc())
    )
    return list(found[:AT_MOST])


def by_words(others, words: list[str]) -> list[Project]:
    """SQLite: how many words the newest projects share with this one."""
    wanted = set(words)
    rows = [(len(wanted & set(words_of(each))), each) for each in others.order_by("-created_at")[:LOOKED_AT]]
    shared = [(number, each) for number, each in rows if number >= FEWEST_SHARED]
    return [each for _number, each in sorted(shared, key=lambda row: -row[0])[:AT_MOST]]
