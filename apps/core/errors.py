"""What can be wrong with an act, each with the sentence that its person reads and the HTTP status that fits."""


class Problem(Exception):
    """An act that cannot be done. `sentence` is for the person who tried it; `typed`: (label, text) of what she wrote."""

    status = 400

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence
        self.typed: list[tuple[str, str]] = []


class NotAllowed(Problem):
    """This person may not do it (403)."""

    status = 403


class WrongState(Problem):
    """It can no longer, or not yet, be done (409)."""

    status = 409


class BadInput(Problem):
    """What was given cannot be used (400)."""


class AppendOnly(Exception):
    """A programming error: rows of the log are never changed or deleted."""
