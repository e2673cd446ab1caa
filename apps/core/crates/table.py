"""The table of rules: the single source of every message, page and document about them (specification, section in brackets)."""

import re
from dataclasses import dataclass

from apps.core.crates.findings import ERROR, INFO, WARNING, Finding

FIELD = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Rule:
    """One rule: id, level, phases in which it is asked, the rule, the message with {fields}, how to mend it, its section."""

    id: str
    level: str
    phases: str
    rule: str
    message: str
    mend: str
    section: str
    where: str = ""

    @property
    def told(self) -> str:
        """What a finding says, with an ellipsis for what only a crate can fill in."""
        return FIELD.sub("…", self.message)

    @property
    def is_checked(self) -> bool:
        """True where a look at the crate tells; else `where` says what holds it."""
        return not self.where


RULES: dict[str, Rule] = {}


def _rules(section: str, *rows: tuple[str, str, str, str, str, str]) -> None:
    for row in rows:
        RULES[row[0]] = Rule(*row, section)


_rules(
    "Archive serialisation",
    (
        "5S-PKG-01",
        ERROR,
        "all",
        "A crate travels as one ZIP file.",
        "Upload a .zip file that contains one BagIt folder. {why}",
        "Zip the bag folder again.",
    ),
    (
        "5S-PKG-02",
        ERROR,
        "all",
        "The ZIP holds exactly one folder, the bag.",
        "The ZIP must contain one folder only. Found: {names}.",
        "Zip the folder that holds bagit.txt, and nothing beside it.",
    ),
    (
        "5S-PKG-03",
        ERROR,
        "all",
        "Only plain ZIP features are used.",
        "The ZIP uses a feature we cannot read: {feature}.",
        "Zip the folder without a password, as one file, with usual compression.",
    ),
    (
        "5S-PKG-04",
        ERROR,
        "all",
        "bagit.txt declares BagIt 1.0 or later in UTF-8.",
        "bagit.txt must say BagIt-version 1.0 or later and Tag-File-Character-Encoding UTF-8.",
        "Make the bag with a current BagIt tool.",
    ),
    (
        "5S-PKG-05",
        ERROR,
        "all",
        "There is a SHA-512 manifest of the payload.",
        "manifest-sha512.txt is missing.",
        "Make the bag with SHA-512 checksums.",
    ),
    (
        "5S-PKG-06",
        ERROR,
        "all",
        "The manifest lists every payload file and every checksum fits.",
        "{path} {what}.",
        "Make the manifests again after your last change to any file.",
    ),
    (
        "5S-PKG-07",
        WARNING,
        "all",
        "There is a SHA-512 manifest of the tag files.",
        "tagmanifest-sha512.txt is missing.",
        "Make the bag with a tag manifest.",
    ),
    (
        "5S-PKG-08",
        ERROR,
        "all",
        "Tag manifests fit and do not list tag manifests.",
        "{path} {what}.",
        "Make the manifests again after your last change to any file.",
    ),
    (
        "5S-PKG-09",
        ERROR,
        "all",
        "bag-info.txt has one External-Identifier.",
        "bag-info.txt has {what} External-Identifier.",
        "Give the bag exactly one External-Identifier, a new urn:uuid: for each request.",
    ),
    (
        "5S-PKG-10",
        WARNING,
        "all",
        "The External-Identifier is a UUID.",
        "External-Identifier should look like urn:uuid:…",
        "Use a new random UUID, written urn:uuid:…",
    ),
    (
        "5S-PKG-12",
        ERROR,
        "result",
        "A result keeps its request's External-Identifier.",
        "The result carries a different External-Identifier from its request.",
        "Ask the TRE; this is not the answer to that request.",
    ),
    (
        "5S-PKG-13",
        ERROR,
        "all",
        "The metadata file is in the payload's root.",
        "data/ro-crate-metadata.json is missing.",
        "Put ro-crate-metadata.json into the folder data of the bag.",
    ),
    (
        "5S-PKG-14",
        WARNING,
        "all",
        "The payload holds more than its metadata.",
        "The crate holds no files besides its metadata.",
        "Add the files that the run needs, if it needs any.",
    ),
    (
        "5S-PKG-15",
        ERROR,
        "all",
        "The bag is complete: it has no fetch.txt.",
        "fetch.txt is not accepted here; include the files in the crate.",
        "Put the files themselves into the bag and remove fetch.txt.",
    ),
)
_rules(
    "Metadata file expectations",
    (
        "5S-META-01",
        ERROR,
        "all",
        "The metadata declares RO-Crate 1.2 or later.",
        "The metadata file must declare RO-Crate 1.2 or later (found {found}).",
        "Set conformsTo of ro-crate-metadata.json to https://w3id.org/ro/crate/1.2.",
    ),
    (
        "5S-META-02",
        ERROR,
        "all",
        "@context is the RO-Crate context.",
        "Unknown @context {found}.",
        "Use https://w3id.org/ro/crate/1.2/context; add own terms inline if you must.",
    ),
    (
        "5S-META-03",
        ERROR,
        "all",
        "The metadata describes itself and is about ./",
        "The metadata descriptor is missing or does not describe ./",
        "Describe ro-crate-metadata.json as a CreativeWork with about ./",
    ),
    (
        "5S-META-04",
        ERROR,
        "all",
        "The root dataset is ./",
        "The root dataset must have @id ./ and @type Dataset.",
        "Describe the whole crate as a Dataset with @id ./",
    ),
    (
        "5S-META-06",
        ERROR,
        "all",
        "Flat JSON-LD: each entity has @id and @type; others are named by @id.",
        "{what}",
        "Write each entity once in @graph, with @id and @type.",
    ),
    (
        "5S-META-07",
        ERROR,
        "all",
        "Each entity is described once.",
        "{id} is described twice.",
        "Merge the two descriptions.",
    ),
    (
        "5S-META-08",
        WARNING,
        "all",
        "The crate has a name and a description.",
        "Give the crate a {property}.",
        "Add name and description to the root dataset ./",
    ),
    (
        "5S-META-09",
        ERROR,
        "all",
        "What hasPart names is described, and is there.",
        "{id} {what}.",
        "List each file under hasPart, describe it, and include it.",
    ),
    (
        "5S-ROOT-01",
        WARNING,
        "all",
        "The root says that it follows Five Safes RO-Crate 0.4.",
        "The crate does not say it follows Five Safes RO-Crate 0.4.",
        "Set conformsTo of ./ to https://w3id.org/5s-crate/0.4.",
    ),
    (
        "5S-ROOT-02",
        WARNING,
        "all",
        "The profile is described.",
        "Describe the profile entity.",
        "Add an entity for https://w3id.org/5s-crate/0.4 with @type Profile and a name.",
    ),
    (
        "5S-ROOT-04",
        ERROR,
        "all",
        "The version of the profile is one we know.",
        "This portal does not know the profile {iri}.",
        "Use Five Safes RO-Crate 0.4: https://w3id.org/5s-crate/0.4.",
    ),
)
_rules(
    "Referencing a Workflow Crate",
    (
        "5S-WF-01",
        ERROR,
        "all",
        "The crate names the workflow to run.",
        "The crate does not name the workflow to run.",
        "Set mainEntity of ./ to a Dataset that conforms to https://w3id.org/workflowhub/workflow-ro-crate/1.0.",
    ),
    (
        "5S-WF-02",
        WARNING,
        "all",
        "The workflow is named by a lasting link, or lies in the crate.",
        "Use a versioned link for the workflow.",
        "Name the workflow by its https address with its version.",
    ),
    (
        "5S-WF-04",
        WARNING,
        "all",
        "A workflow that is elsewhere has a download link.",
        "Add the download link of the workflow crate.",
        "Give the workflow a distribution: a described DataDownload with an https address.",
    ),
)
_rules(
    "Requested Workflow Run, Requesting Agent, Responsible Project",
    (
        "5S-RUN-01",
        ERROR,
        "all",
        "The root mentions a CreateAction that runs the workflow.",
        "The crate does not contain a request to run the workflow.",
        "Add a CreateAction to mentions of ./",
    ),
    (
        "5S-RUN-02",
        WARNING,
        "request",
        "The run has a UUID of its own.",
        "Give the run its own UUID.",
        "Use an @id such as #run-<new UUID>, other than the External-Identifier.",
    ),
    (
        "5S-RUN-03",
        ERROR,
        "all",
        "The run's instrument is the workflow.",
        "The run does not point at the workflow named by the crate.",
        "Set instrument of the run to the crate's mainEntity.",
    ),
    (
        "5S-RUN-04",
        ERROR,
        "all",
        "The run's status is one of four.",
        "Unknown run status {found}.{hint}",
        "Use http://schema.org/PotentialActionStatus for a request.",
    ),
    (
        "5S-RUN-05",
        ERROR,
        "request",
        "A request has not run yet.",
        "A new request must not be marked as already run.",
        "Set actionStatus of the run to http://schema.org/PotentialActionStatus and remove result, startTime and endTime.",
    ),
    (
        "5S-AGT-01",
        ERROR,
        "all",
        "One described Person asks for the run.",
        "Name the person who asks for this run.",
        "Set agent of the run to one described Person.",
    ),
    (
        "5S-AGT-02",
        WARNING,
        "all",
        "The requester has an organisation.",
        "Add the requester's organisation.",
        "Give the person an affiliation that is described as an Organization.",
    ),
    (
        "5S-AGT-03",
        WARNING,
        "all",
        "The requester is a member of the project.",
        "The requester is not listed as a member of {project}.",
        "Add the project to the person's memberOf.",
    ),
    (
        "5S-PRJ-01",
        ERROR,
        "all",
        "The crate belongs to a project.",
        "Name the project this request belongs to.",
        "Set sourceOrganization of ./ to a described Project.",
    ),
    (
        "5S-PRJ-03",
        WARNING,
        "all",
        "The project has an identifier.",
        "Add this TRE's identifier for the project.",
        "Give the project an identifier.",
    ),
    (
        "5S-PRJ-04",
        WARNING,
        "all",
        "A local identifier has a name and a value.",
        "Project identifiers need a name and a value.",
        "Describe the identifier as a PropertyValue with name and value.",
    ),
    (
        "5S-PRJ-05",
        WARNING,
        "all",
        "The requester's organisation is a member of the project, where members are listed.",
        "The requester's organisation is not a member of the project.",
        "Add the organisation to the project's member.",
    ),
)
_rules(
    "Inputs and outputs",
    (
        "5S-INP-01",
        WARNING,
        "request",
        "The request names its inputs.",
        "The request names no inputs.",
        "List the inputs under object of the run.",
    ),
    (
        "5S-INP-02",
        ERROR,
        "request",
        "Each input is described.",
        "Input {id} is not described.",
        "Add an entity for the input.",
    ),
    (
        "5S-INP-03",
        WARNING,
        "request",
        "Each input says which parameter it fills.",
        "Say which workflow parameter {id} fills.",
        "Give the input an exampleOfWork that is a described FormalParameter.",
    ),
    (
        "5S-OUT-01",
        WARNING,
        "result",
        "A completed run lists its results.",
        "The run is complete but lists no results.",
        "Set result of the run.",
    ),
    (
        "5S-OUT-02",
        ERROR,
        "result",
        "Each result is described.",
        "Result {id} is not described.",
        "Add an entity for the result.",
    ),
    (
        "5S-OUT-03",
        WARNING,
        "result",
        "Each result has a known type.",
        "Result {id} has an unexpected type.",
        "Use File, Dataset, Collection, DigitalDocument or PropertyValue.",
    ),
    (
        "5S-OUT-04",
        WARNING,
        "result",
        "Results lie in outputs/.",
        "Put results in outputs/.",
        "Move the results into the folder outputs.",
    ),
)
_rules(
    "Review process",
    (
        "5S-ACT-01",
        WARNING,
        "result",
        "Each review is mentioned by the root.",
        "Action {id} is not linked from the crate.",
        "Add it to mentions of ./",
    ),
    (
        "5S-ACT-03",
        ERROR,
        "result",
        "Each review has a status that we know.",
        "Action {id} has no status that we know.{hint}",
        "Use one of the four action statuses of schema.org.",
    ),
    (
        "5S-ACT-04",
        WARNING,
        "result",
        "Each review says that it assessed this crate.",
        "Action {id} does not say it assessed this crate.",
        "Add ./ to its object.",
    ),
    (
        "5S-ACT-05",
        ERROR,
        "result",
        "Each review has a type that we know.",
        "Unknown action type {iri}.",
        "Use a term of https://w3id.org/shp.",
    ),
    ("5S-ACT-06", ERROR, "result", "Each review has a name.", "Action {id} has no name.", "Add a name."),
    (
        "5S-ACT-07",
        ERROR,
        "all",
        "Times have a zone, are real, and are in order.",
        "{id}: {value} is not a date and time with a time zone, in order and not in the future.",
        "Write times as 2026-03-02T09:00:00Z.",
    ),
    ("5S-ACT-09", WARNING, "result", "Each review has an agent.", "Who did {id}?", "Add an agent."),
    (
        "5S-ACT-10",
        ERROR,
        "result",
        "Software that acts for a TRE names it.",
        "The software {name} must name the TRE it acts for.",
        "Add a described provider.",
    ),
    (
        "5S-ACT-11",
        ERROR,
        "result",
        "Each agent is described with a name.",
        "{agent} is not described.",
        "Describe the agent with a name.",
    ),
)
_rules(
    "Review phases",
    (
        "5S-CHK-04",
        WARNING,
        "result",
        "The integrity check is recorded.",
        "No integrity check is recorded.",
        "Ask the TRE.",
    ),
    ("5S-VAL-01", WARNING, "result", "The validation is recorded.", "No validation is recorded.", "Ask the TRE."),
    ("5S-SGN-01", WARNING, "result", "The run was signed off.", "This run has not been signed off.", "Ask the TRE."),
    (
        "5S-SGN-03",
        WARNING,
        "result",
        "The sign-off covers workflow and project.",
        "The sign-off does not cover the workflow and the project.",
        "Ask the TRE.",
    ),
    (
        "5S-EXE-01",
        ERROR,
        "result",
        "A run that ended has a start and an end.",
        "The run has no start or end time.",
        "Ask the TRE.",
    ),
    (
        "5S-DIS-01",
        WARNING,
        "result",
        "The outputs were checked.",
        "Outputs have not been checked.",
        "Wait for the TRE.",
    ),
    (
        "5S-DIS-03",
        ERROR,
        "result",
        "Refused outputs are not in the crate.",
        "Refused outputs must not be in the returned crate.",
        "Do not use this crate; tell the TRE at once.",
    ),
    ("5S-PUB-01", WARNING, "result", "The result has a date.", "Add the publication date.", "Set datePublished of ./"),
    ("5S-PUB-02", WARNING, "result", "The TRE is the publisher.", "Add the TRE as publisher.", "Set publisher of ./"),
    (
        "5S-PUB-03",
        ERROR,
        "result",
        "Every assessment is mentioned.",
        "Assessment {id} is missing from the crate.",
        "Add it to mentions of ./",
    ),
    (
        "5S-PUB-04",
        ERROR,
        "result",
        "Every result is part of the crate.",
        "Result {id} is not part of the crate.",
        "Add it to hasPart of ./",
    ),
    (
        "5S-PUB-05",
        WARNING,
        "result",
        "The result has a licence.",
        "Add a licence (property license).",
        "Set license of ./",
    ),
    (
        "5S-PUB-08",
        WARNING,
        "result",
        "Writing the checksums is recorded.",
        "The checksum update is not recorded.",
        "Ask the TRE.",
    ),
    (
        "5S-RCV-01",
        ERROR,
        "result",
        "Every phase is complete.",
        "This crate is not finished: {phase} is {status}.",
        "Wait for the TRE, or ask it.",
    ),
    (
        "5S-X-01",
        ERROR,
        "result",
        "Checks and sign-off came before the run.",
        "The run started before {phase} was complete.",
        "Ask the TRE.",
    ),
    (
        "5S-X-02",
        ERROR,
        "result",
        "Only a run that ended has results.",
        "There are results, but the run has not ended.",
        "Ask the TRE.",
    ),
    (
        "5S-X-03",
        ERROR,
        "result",
        "Checksums are written after the outputs were checked.",
        "The checksums were written before the outputs were checked.",
        "Ask the TRE.",
    ),
    (
        "5S-X-05",
        ERROR,
        "received",
        "A status never goes back: Potential, Active, then Completed or Failed.",
        "{id} was {before} and is {after} now; a status never goes back.",
        "Ask the TRE; do not use this crate.",
    ),
)
_rules(
    "Security considerations",
    (
        "5S-SEC-07",
        ERROR,
        "all",
        "Identifiers are relative inside the bag, or absolute addresses.",
        "{id} is not allowed as an identifier.",
        "Use a relative path inside the crate, or an https address.",
    ),
    (
        "5S-SEC-08",
        INFO,
        "request",
        "Reviews are recorded by the TRE, not by the client.",
        "We removed {number} review records from your crate. Reviews are recorded by the TRE.",
        "Nothing to do.",
    ),
)
_rules(
    "Malformed crates",
    (
        "M-01",
        ERROR,
        "all",
        "A crate is not too large.",
        "The file is larger than {limit} MB.",
        "Send less, or ask for a higher limit.",
    ),
    (
        "M-04",
        ERROR,
        "all",
        "The ZIP does not unpack to too much.",
        "The ZIP unpacks to more than {limit}.",
        "Send less, or ask for a higher limit.",
    ),
    (
        "M-05",
        ERROR,
        "all",
        "The parts of a ZIP do not overlap and agree with its list.",
        "The ZIP contradicts itself at {path}.",
        "Zip the folder again with a usual tool.",
    ),
    (
        "M-06",
        ERROR,
        "all",
        "A crate does not hold too many files, nor too long names.",
        "The ZIP holds {what}.",
        "Send fewer files, with shorter names.",
    ),
    ("M-07", ERROR, "all", "Names stay inside the crate.", "{path} is not allowed as a file name.", "Rename the file."),
    (
        "M-08",
        ERROR,
        "all",
        "There are files and folders only.",
        "{path} is not a plain file or folder.",
        "Replace links by the files themselves.",
    ),
    (
        "M-09",
        ERROR,
        "all",
        "Each name is there once, in whatever letters.",
        "{path} is in the ZIP twice, or its name is read differently elsewhere.",
        "Rename one of the files.",
    ),
    (
        "M-10",
        ERROR,
        "all",
        "Names are UTF-8.",
        "A file name in the ZIP is not UTF-8.",
        "Zip the folder again with a current tool.",
    ),
    (
        "M-20",
        ERROR,
        "all",
        "Texts are UTF-8, read by everyone in the same way.",
        "This is not plain UTF-8 text: there is {what} at byte {at}.",
        "Save the file as UTF-8, without a byte order mark.",
    ),
    (
        "M-21",
        ERROR,
        "all",
        "The metadata is not too large.",
        "The metadata holds {what}.",
        "Describe less in one crate.",
    ),
    (
        "M-22",
        ERROR,
        "all",
        "The metadata is not nested deeply.",
        "The metadata is nested too deeply.",
        "RO-Crate metadata is flat: write each entity in @graph.",
    ),
    (
        "M-23",
        ERROR,
        "all",
        "The metadata is JSON.",
        "The metadata is not JSON that can be read in one way: {why}.",
        "Check ro-crate-metadata.json with a JSON tool.",
    ),
    (
        "M-27",
        ERROR,
        "all",
        "An inline context does not redefine known terms.",
        "The @context changes the meaning of {term}.",
        "Remove it from @context.",
    ),
    (
        "M-28",
        ERROR,
        "all",
        "Addresses are for the whole world, not for the inside of a network.",
        "{id} is an address inside a private network.",
        "Use an address that everyone can reach, or a name such as urn:uuid:….",
    ),
    (
        "M-40",
        ERROR,
        "all",
        "Every crate can be read or is refused.",
        "We could not read this crate ({reference}).",
        "Tell us this number.",
    ),
)


def _elsewhere(section: str, *rows: tuple[str, str, str, str, str]) -> None:
    """Rules that no look at a crate can tell: id, level, phases, the rule, what holds it instead."""
    for rule_id, level, phases, rule, where in rows:
        RULES[rule_id] = Rule(rule_id, level, phases, rule, "", "", section, where)


_rules(
    "Archive serialisation",
    (
        "5S-PKG-16",
        ERROR,
        "all",
        "Metadata does not point outside the payload.",
        "{id} points outside the crate.",
        "Move the file into the crate and name it by its path there.",
    ),
)
_rules(
    "Review process",
    (
        "5S-CHK-03",
        WARNING,
        "result",
        "The checksums are recorded as checked once.",
        "Internal re-checks should not be recorded: there are {number} records of checked checksums.",
        "Ask the TRE to keep the first one.",
    ),
    (
        "5S-RET-01",
        WARNING,
        "result",
        "Where the TRE fetched the workflow, the download is recorded.",
        "The workflow download is not recorded.",
        "Ask the TRE.",
    ),
    (
        "5S-RET-02",
        WARNING,
        "result",
        "A local copy of the workflow says what it is a copy of.",
        "The local workflow copy {id} is not linked to the workflow.",
        "Ask the TRE.",
    ),
    (
        "5S-SGN-02",
        WARNING,
        "result",
        "A sign-off names the agreement it was made under.",
        "Name the agreement the sign-off used.",
        "Ask the TRE.",
    ),
    (
        "5S-OUT-05",
        WARNING,
        "result",
        "What can be read inside the TRE only carries a permission record.",
        "{id} is restricted but carries no permission record.",
        "Ask the TRE.",
    ),
    (
        "5S-PUB-09",
        WARNING,
        "result",
        "Checksum lists that cannot be made again are deleted.",
        "{path} could not be checked and must be removed.",
        "Remove the file, and make the tag manifest again.",
    ),
)
_rules(
    "Security considerations",
    (
        "5S-SEC-10",
        WARNING,
        "request",
        "A crate holds no secret and nothing that names a patient.",
        "{id} looks like {what}: {masked}. A person will look at it.",
        "Take it out, unless it has to be there. If it is a real secret, change it: whoever gets the crate can read it.",
    ),
    (
        "M-39",
        WARNING,
        "all",
        "Parts do not contain themselves, and actions are not their own input.",
        "{id} leads back to itself by {property}.",
        "Remove it from what lies inside it, or comes before it.",
    ),
)
_elsewhere(
    "Archive serialisation",
    ("5S-PKG-11", ERROR, "request", "The External-Identifier is fresh for every request.", "the portal, at upload"),
    ("5S-PKG-17", INFO, "request", "A TRE may unpack the ZIP, with care.", "nothing has to be checked"),
)
_elsewhere(
    "Metadata file expectations",
    ("5S-META-05", INFO, "all", "The root may have one more identifier.", "nothing has to be checked"),
    ("5S-ROOT-03", INFO, "request", "A request needs no licence and no date.", "nothing has to be checked"),
    ("5S-PRJ-02", INFO, "all", "A project may name its grant.", "nothing has to be checked"),
    (
        "5S-INP-04",
        ERROR,
        "request",
        "The workflow knows each parameter.",
        "the hub, at submission, and the TRE, when it receives a request",
    ),
)
_elsewhere(
    "Referencing a Workflow Crate",
    ("5S-WF-03", WARNING, "result", "The workflow is CWL or Nextflow.", "the catalogue: only CWL can be run today"),
    ("5S-WF-05", WARNING, "result", "Signposting leads to the workflow.", "the catalogue: workflows are kept in it"),
)
_elsewhere(
    "Review process",
    ("5S-ACT-02", WARNING, "request", "The first step removes reviews that the client wrote.", "5S-SEC-08"),
    ("5S-ACT-08", INFO, "result", "A review may carry its start.", "5S-ACT-07, where it is there"),
    ("5S-CHK-01", WARNING, "request", "Checksums are verified before anything else.", "5S-PKG-05 to 5S-PKG-08"),
    ("5S-CHK-02", INFO, "request", "A TRE may check more.", "M-01 to M-10"),
    ("5S-VAL-02", INFO, "result", "More checks may be recorded.", "nothing has to be checked"),
    ("5S-EXE-02", INFO, "result", "The engine's provenance.", "never sent: it holds copies of the inputs"),
    (
        "5S-DIS-02",
        ERROR,
        "result",
        "A run that ended is not finished.",
        "the TRE: nothing leaves before two people agree",
    ),
    ("5S-DIS-04", WARNING, "result", "Where all outputs are refused the run is removed.", "the TRE, at release"),
    ("5S-PUB-06", INFO, "result", "Changes may be recorded.", "nothing has to be checked"),
    ("5S-PUB-07", ERROR, "result", "Checksums are made after the last change.", "5S-PKG-06 and 5S-PKG-08"),
    ("5S-RCV-02", INFO, "received", "A receiver may add to a crate.", "nothing has to be checked"),
)
_elsewhere(
    "Cross-phase",
    ("5S-X-04", ERROR, "received", "What was asked for is still there.", "verify_crate, with the request beside it"),
)
_elsewhere(
    "Security and HTTP",
    ("5S-SEC-01", WARNING, "request", "Only who may hand in a crate does.", "the portal: sign-in and role"),
    ("5S-SEC-02", ERROR, "result", "Only approved workflows run, by checksum.", "the TRE: pinned by SHA-512"),
    ("5S-SEC-03", ERROR, "request", "A crate cannot use up a machine.", "M-01 to M-10 and M-20 to M-22"),
    ("5S-SEC-04", ERROR, "result", "A run has limits.", "the sandbox: time, memory, processes and disk"),
    ("5S-SEC-05", ERROR, "request", "The one who asks is who she says.", "the portal: sign-in"),
    ("5S-SEC-06", ERROR, "request", "Requester and project fit the sign-in.", "the portal, at submission"),
    (
        "5S-SEC-09",
        ERROR,
        "result",
        "Downloads happen outside the secure network.",
        "nothing is downloaded: offers bring it",
    ),
    ("5S-SEC-11", INFO, "all", "Tokens end soon.", "no token is ever written into a crate"),
    ("5S-SEC-12", INFO, "all", "Identifiers tell nothing.", "names in results are those of the request"),
    ("5S-HTTP-01", WARNING, "result", "A download says what it is.", "the download page"),
    ("5S-HTTP-02", WARNING, "result", "A page leads to its crate.", "the page of a request"),
    ("5S-HTTP-03", INFO, "result", "Metadata alone may be had.", "the page of a request"),
)
# A case of section 5 that is told under a rule of the profile.
_SAME = {
    **{"M-02": "5S-PKG-01", "M-03": "5S-PKG-03", "M-11": "5S-PKG-02", "M-12": "5S-PKG-04", "M-13": "5S-PKG-05"},
    **{"M-14": "5S-PKG-06", "M-15": "5S-PKG-06", "M-16": "5S-PKG-08", "M-17": "5S-PKG-15", "M-18": "5S-PKG-09"},
    **{"M-19": "5S-PKG-13", "M-24": "5S-META-06", "M-25": "5S-META-07", "M-26": "5S-META-06"},
    **{"M-29": "5S-SEC-09", "M-30": "5S-SEC-08", "M-31": "5S-SEC-06", "M-32": "5S-PKG-11", "M-33": "5S-PKG-12"},
    **{"M-34": "5S-DIS-03", "M-35": "5S-SEC-10", "M-38": "5S-ACT-07"},
}
_elsewhere(
    "Malformed crates",
    *((case, RULES[rule].level, RULES[rule].phases, RULES[rule].rule, rule) for case, rule in _SAME.items()),
    ("M-36", INFO, "all", "Active content is never run.", "every page shows content as plain text"),
    ("M-37", INFO, "all", "Formulas in tables are never run.", "every page shows cells as plain text"),
)


def finding(rule_id: str, entity: str = "", *, level: str = "", **fields) -> Finding:
    """A finding under a rule of the table, its message filled with `fields`. Raises KeyError for an unknown rule."""
    rule = RULES[rule_id]
    message = rule.message.format(**{name: shown(value) for name, value in fields.items()})
    return Finding(rule.id, level or rule.level, shown(entity), message.strip(), rule.mend)


def shown(value: object) -> str:
    """What a crate says, short enough to be told and without characters that no database keeps."""
    text = str(value)
    short = text if len(text) <= 200 else f"{text[:200]}…"
    return short if short.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in short)
