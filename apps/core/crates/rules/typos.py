"""What people write when they mean a term of the profile: one small table (spec sections 0 and 1.12)."""

# Every property and type that a rule reads, as the RO-Crate context writes them. No inline @context may redefine one.
PROPERTIES = (
    *("about", "actionStatus", "additionalType", "affiliation", "agent", "conformsTo", "datePublished", "description"),
    *(
        "distribution",
        "encodingFormat",
        "endTime",
        "exampleOfWork",
        "funding",
        "grantee",
        "hasDigitalDocumentPermission",
    ),
    *(
        "hasPart",
        "identifier",
        "instrument",
        "license",
        "mainEntity",
        "member",
        "memberOf",
        "mentions",
        "name",
        "object",
    ),
    *("permissionType", "provider", "publisher", "result", "sameAs", "sourceOrganization", "startTime", "url", "value"),
)
TYPES = (
    *("Action", "AssessAction", "CreateAction", "DownloadAction", "UpdateAction", "CreativeWork", "DataDownload"),
    *("Dataset", "DigitalDocument", "DigitalDocumentPermission", "File", "FormalParameter", "Organization", "Person"),
    *("Profile", "Project", "PropertyValue", "SoftwareApplication"),
)
STATUSES = ("PotentialActionStatus", "ActiveActionStatus", "CompletedActionStatus", "FailedActionStatus")
TYPOS = {
    "type": "@type",
    "id": "@id",
    "licence": "license",
    "results": "result",
    "sourceorganisation": "sourceOrganization",
    "organisation": "Organization",
    "completetedactionstatus": "CompletedActionStatus",
    "completeactionstatus": "CompletedActionStatus",
}
RIGHT = {"@id", "@type", *PROPERTIES, *TYPES, *STATUSES}
MEANT = {term.lower(): term for term in (*PROPERTIES, *TYPES, *STATUSES)} | TYPOS


def bare(term: str) -> str:
    """A term of schema.org without its address or prefix."""
    return term.removeprefix("http://schema.org/").removeprefix("https://schema.org/").removeprefix("schema:")


def meant(term: str) -> str:
    """The term that was meant, where this is nearly one; empty where it is right, or not known at all."""
    return "" if term in RIGHT else MEANT.get(bare(term).lower(), "")


def hint(status: str) -> str:
    """Did you mean ...? for a status that is nearly one; empty where there is none."""
    near = MEANT.get(bare(status).lower(), "")
    return f" Did you mean http://schema.org/{near}?" if near in STATUSES else ""
