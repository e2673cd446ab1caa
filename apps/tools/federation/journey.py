"""One crate through the whole journey, by the web pages: what each person does, and what the page says before and after."""

import re
import tempfile
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import requests
from django.conf import settings
from django.utils import timezone

from apps.core.crates.build import CONTEXT_OF_OUTPUT, IntendedOutput, Named, Request, RequestedInput, build_request
from apps.core.crates.limits import Limits
from apps.core.crates.parameters import asked_for
from apps.core.crates.verify import verify
from apps.core.exchange.keys import public_key_of
from apps.core.proofs.signatures import check_bytes
from apps.hub.datasets.models import DatasetVersion, WorkflowVersion
from apps.hub.projects.models import Project
from apps.tools.federation.people import CENTRES, PASSWORD

WAIT_SECONDS = 90
OUTPUT_FACTS = ("name", "title", "media_type", *CONTEXT_OF_OUTPUT)
LOOK_SECONDS = 0.2


class JourneyStopped(Exception):
    """The journey could not go on: the sentence says where."""


class Visitor:
    """A person with a browser of her own, as far as forms and links go."""

    def __init__(self, address: str, email: str):
        self.address, self.email = address, email
        self.session = requests.Session()
        self.url, self.page = "", ""

    def open(self, path: str) -> str:
        """Follow a link; the page's text. Raises JourneyStopped for an error page."""
        return self._keep(self.session.get(urljoin(self.url or self.address, path), timeout=60))

    def send(self, path: str, files: dict | None = None, **fields: str) -> str:
        """Fill in and send the form of the page at `path`."""
        if path:
            self.open(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        data = fields | {"csrfmiddlewaretoken": token[1] if token else ""}
        return self._keep(
            self.session.post(self.url, data=data, files=files, headers={"Referer": self.url}, timeout=60)
        )

    def _keep(self, response: requests.Response) -> str:
        self.url, self.page = response.url, response.text
        if response.status_code >= 400:
            raise JourneyStopped(f"{self.email} got {response.status_code} at {self.url}: {self.plain()[:600]}")
        return self.page

    def plain(self) -> str:
        """The words of the page's main part."""
        main = self.page.split("<main", 1)[-1].split("</main>")[0]
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))

    def state(self) -> str:
        """The state in the page's heading."""
        heading = self.page.split("<h1", 1)[-1].split("</h1>")[0]
        tag = re.search(r"govuk-tag[^>]*>([^<]+)<", heading)
        return unescape(tag[1]) if tag else ""

    def link(self, pattern: str, about: str = "") -> str:
        """The first link whose address fits and whose words tell of `about`, or an empty text."""
        found = re.findall(rf'href="({pattern})"[^>]*>([^<]*)', self.page)
        return next((unescape(address) for address, words in found if about in unescape(words)), "")

    def sign_in(self) -> "Visitor":
        self.send(urljoin(self.address, "/accounts/login/"), login=self.email, password=PASSWORD)
        return self

    def wait_for_link(self, path: str, pattern: str, about: str = "") -> str:
        """Load a page again until it has such a link. Raises JourneyStopped after WAIT_SECONDS."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            self.open(urljoin(self.address, path))
            if self.link(pattern, about):
                return self.link(pattern, about)
            time.sleep(LOOK_SECONDS)
        raise JourneyStopped(f"{self.email} waited {WAIT_SECONDS} seconds at {path}.")

    def wait_for_state(self, path: str, states: set[str]) -> str:
        """Load a page again until its heading shows one of the states. Raises JourneyStopped after WAIT_SECONDS."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            self.open(path)
            if self.state() in states:
                return self.state()
            time.sleep(LOOK_SECONDS)
        raise JourneyStopped(f"{self.email} waited {WAIT_SECONDS} seconds at {path}, which shows “{self.state()}”.")


def write_request(path: Path) -> None:
    """Ada's request crate for the demonstration project."""
    project = Project.objects.get(code="ASTHMA-24")
    version = WorkflowVersion.objects.select_related("workflow").first()
    build_request(
        path,
        Request(
            title="Asthma by region and age",
            description="Counts of people with asthma, by region and age band, for the project ASTHMA-24.",
            requester=Named("https://orcid.org/0000-0002-1825-0097", "Ada Lindqvist"),
            organisation=Named("https://ror.org/00example1", "Northgate University"),
            project=Named(f"#project-{project.pk}", project.title),
            project_codes=[("TRE-FX Portal", project.code)],
            workflow=Named(version.identifier, version.workflow.name),
            distribution=version.distribution(),
            inputs=[RequestedInput(each, each["default"]) for each in asked_for(version.parameters)],
            outputs=[IntendedOutput(**{word: each[word] for word in OUTPUT_FACTS}) for each in version.outputs],
        ),
    )


def walk(address: str, say: Callable[[str], None], results: Path) -> Path:
    """The journey, one line for each step. The path of the result crate. Raises JourneyStopped."""
    centre = CENTRES[0]
    version = DatasetVersion.objects.get(dataset__held_by=centre.id)
    # A journey that was interrupted may have left work of its own: this one is known by its title.
    title = f"Asthma by region and age, {timezone.localtime():%-d %B %H:%M:%S}"
    ada = Visitor(address, "ada@northgate.example").sign_in()
    with tempfile.TemporaryDirectory() as folder:
        crate = Path(folder) / "request.zip"
        write_request(crate)
        with crate.open("rb") as stream:
            crate_file = ("request.zip", stream, "application/zip")
            ada.send("/submissions/upload/", files={"crate": crate_file}, title=title)
    submission = ada.url
    say(f"Ada Lindqvist (researcher) uploaded a crate: nothing → {ada.state()}")
    choices = {f"tre_{centre.id}": "on", f"data_{centre.id}_dataset": str(version.pk)}
    ada.send(ada.link(r"/submissions/[0-9a-f-]+/choose/"), **choices)
    say(f"Ada Lindqvist chose {centre.name}: ready to send → {ada.state()}")
    request = urljoin(address, ada.link(r"/submissions/requests/[0-9a-f-]+/"))
    sign_off(address, centre, request, ada, title, say)
    check_outputs(address, centre, title, say)
    final = ada.wait_for_state(request, {"released", "partly released", "withheld"})
    say(f"The hub heard from {centre.name}: results being checked → {final}")
    ada.open(submission)
    say(f"Ada Lindqvist's submission: sent → {ada.state()}")
    return download(ada, request, centre, results, say)


def sign_off(address: str, centre, request: str, ada: Visitor, title: str, say) -> None:
    """The run approver signs off; the worker runs it."""
    ada.wait_for_state(request, {"awaiting approval"})
    say(f"{centre.name} received the offer: sent → {ada.state()}")
    priya = Visitor(address, f"approver@{centre.slug}.example").sign_in()
    run = priya.wait_for_link("/home/", r"/runs/[0-9a-f-]+/", title)
    before = priya.open(run) and priya.state()
    priya.send(priya.link(r"/act/runs/run/[0-9a-f-]+/sign_off/"), reason="All five safes hold.", declared="on")
    say(f"Priya {centre.name.split()[0]} (run approver) signed the run off: {before} → {priya.state()}")
    ended = priya.wait_for_state(run, {"succeeded", "failed", "stopped"})
    say(f"The worker ran it in the sandbox: signed off → {ended}")
    if ended != "succeeded":
        raise JourneyStopped(f"The run ended as “{ended}”: {priya.plain()[-1500:]}")


def check_outputs(address: str, centre, title: str, say) -> None:
    """Two checkers approve each file; one of them lets it out."""
    page = ""
    for number, name in ((1, "Joan"), (2, "Karim")):
        checker = Visitor(address, f"checker{number}@{centre.slug}.example").sign_in()
        page = checker.wait_for_link("/home/", r"/egress/[0-9a-f-]+/", title)
        checker.open(page)
        before = checker.state()
        for file in re.findall(r'href="(/egress/files/[0-9a-f-]+/)"', checker.page):
            checker.open(file)
        checker.open(page)
        checker.open(checker.link(r"/act/egress/egressrequest/[0-9a-f-]+/review/"))
        fields = dict.fromkeys(re.findall(r'name="(vote_[0-9a-f-]+)"', checker.page), "approve")
        fields |= dict.fromkeys(re.findall(r'name="(comment_[0-9a-f-]+)"', checker.page), "Counts over ten only.")
        checker.send("", declared="on", **fields)
        say(f"{name} {centre.name.split()[0]} (output checker) approved each file: {before} → {checker.state()}")
    checker.send(checker.link(r"/act/egress/egressrequest/[0-9a-f-]+/release/"), note="Everything you asked for.")
    say(f"{name} {centre.name.split()[0]} let out what both approved: both checkers have decided → {checker.state()}")


def download(ada: Visitor, request: str, centre, results: Path, say) -> Path:
    """Ada takes the result crate away and verifies it on her own. Raises JourneyStopped where it does not hold."""
    ada.open(request)
    response = ada.session.get(urljoin(request, ada.link(r"/submissions/requests/[0-9a-f-]+/result\.zip")), timeout=60)
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"result-{request.rstrip('/').rsplit('/', 1)[-1]}.zip"
    path.write_bytes(response.content)
    public = public_key_of(centre.id)
    own = Limits(own_hosts=settings.OWN_HOSTS)
    lines = verify(path, check_signature=lambda data, signature: check_bytes(signature, data, public), limits=own)
    broken = [sentence for holds, sentence in lines if not holds]
    if broken:
        raise JourneyStopped("The result crate does not verify: " + " ".join(broken))
    say(f"Ada Lindqvist downloaded the result crate: {len(lines)} checks hold, the signature among them.")
    return path
