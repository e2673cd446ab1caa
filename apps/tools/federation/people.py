"""The invented people of the demonstration federation. None is real."""

from dataclasses import dataclass
from uuid import UUID

from apps.core.accounts.roles import Role

PASSWORD = "five safes every day"  # noqa: S105 - the demonstration's, printed when it starts
# The least that is a PDF: the demonstration's certificates are invented.
CERTIFICATE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
)


@dataclass(frozen=True)
class Person:
    """Somebody of the demonstration: her roles at the hub, and her roles at one TRE."""

    email: str
    name: str
    orcid: str = ""
    hub_roles: tuple[str, ...] = ()
    tre: str = ""
    tre_roles: tuple[str, ...] = ()
    organisation: str = ""


@dataclass(frozen=True)
class Centre:
    """A TRE of the demonstration and the shape of its invented data."""

    slug: str
    id: UUID
    name: str
    summary: str
    seed: int
    asthma: float
    mean_age: float
    opt_out: str


CENTRES = (
    Centre(
        "saltmarsh",
        UUID("3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a01"),
        "Saltmarsh Health Data Haven",
        "Health records of an invented coast.",
        11,
        0.13,
        46,
        "Call or write to our front office, or tell your doctor. We take your records out within 21 days. "
        "Results that came out before stay as they are. Your care does not change. (Invented.)",
    ),
    Centre(
        "hillfoot",
        UUID("3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a02"),
        "Hillfoot Secure Data Centre",
        "Health records of invented hill towns.",
        12,
        0.09,
        38,
        "Fill in the form that lies in each hill clinic. From the next version of the data on, you are not in them: "
        "that is in May and in November. Your care does not change. (Invented.)",
    ),
    Centre(
        "linden",
        UUID("3d0c2c52-3f0a-5f2b-9d2e-3c1f0d6b1a03"),
        "Linden Research Vault",
        "Health records of an invented city.",
        13,
        0.11,
        33,
        "Send us an e-mail with your name and date of birth. We answer within a week. After that no new analysis "
        "reads your records. What was counted before cannot be taken back. Your care does not change. (Invented.)",
    ),
)
WITH_OWN_PANEL = CENTRES[2]
HUB_PEOPLE = (
    Person("admin@hub.example", "Robin Ashdown", hub_roles=(Role.ADMINISTRATOR,)),
    Person("deputy@hub.example", "Noor Haddad", hub_roles=(Role.ADMINISTRATOR,)),
    Person("ada@northgate.example", "Ada Lindqvist", "0000-0002-1825-0097", (Role.RESEARCHER,)),
    Person("bo@northgate.example", "Bo Adeyemi", "0000-0001-5109-3700", (Role.RESEARCHER,)),
    Person("cleo@northgate.example", "Cleo Marchetti", "0000-0002-1694-233X", (Role.RESEARCHER,)),
    Person("dina@northgate.example", "Dina Farouk", "0000-0003-0902-4386", (Role.RESEARCHER,)),
    Person("chair@hub.example", "Ines Okafor", hub_roles=(Role.CHAIR, Role.PANEL_MEMBER)),
    Person("expert@hub.example", "Tomas Virtanen", hub_roles=(Role.PANEL_MEMBER,)),
    Person("lay@hub.example", "Maureen Pike", hub_roles=(Role.PANEL_MEMBER,)),
    Person("lay2@hub.example", "Desmond Achebe", hub_roles=(Role.PANEL_MEMBER,)),
    Person("caretaker@hub.example", "Ruth Calloway", hub_roles=(Role.PANEL_MEMBER,)),
    Person("adviser@hub.example", "Hannah Osei", hub_roles=(Role.SAFEGUARDING_ADVISER,)),
    Person("coordinator@hub.example", "Yusuf Grant", hub_roles=(Role.COORDINATOR, Role.INCIDENT_LEAD)),
    Person("officer@hub.example", "Leonie Brandt", hub_roles=(Role.ACCREDITATION_OFFICER,)),
    Person("publisher@hub.example", "Sam Whitlock", hub_roles=(Role.PUBLISHER,)),
    Person("auditor@hub.example", "Grace Mbeki", hub_roles=(Role.AUDITOR,)),
)
STAFF = (
    ("admin", "Alex", (Role.ADMINISTRATOR,)),
    ("deputy", "Lena", (Role.ADMINISTRATOR,)),
    ("approver", "Priya", (Role.RUN_APPROVER,)),
    ("approver2", "Nadia", (Role.RUN_APPROVER,)),
    ("custodian", "Henrik", (Role.CUSTODIAN,)),
    ("operator", "Marta", (Role.OPERATOR, Role.INCIDENT_LEAD)),
    ("checker1", "Joan", (Role.OUTPUT_CHECKER,)),
    ("checker2", "Karim", (Role.OUTPUT_CHECKER, Role.PUBLISHER)),
)


def staff_of(centre: Centre) -> list[Person]:
    """One TRE's staff."""
    surname = centre.name.split()[0]
    return [
        Person(
            f"{role}@{centre.slug}.example",
            f"{first} {surname}",
            tre=centre.slug,
            tre_roles=roles,
            organisation=centre.name,
        )
        for role, first, roles in STAFF
    ]


def outsider_of(centre: Centre) -> Person:
    """The lay member of a TRE's own panel, who is none of its staff."""
    return Person(f"lay@{centre.slug}.example", "Oona Fairweather", tre=centre.slug, tre_roles=(Role.PANEL_MEMBER,))
