"""A Problem raised anywhere becomes a page with its sentence and its status."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core.errors import Problem


class ProblemMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and "text/html" in request.headers.get("Accept", ""):
            return self.only_from_its_form(request, response)
        return response

    def only_from_its_form(self, request, response):
        """The address of a form that was loaded again, or written down: a browser shows an empty answer as its own failure."""
        page = problem_page(request, 405, _("This address only takes what its form sends. Nothing was changed."))
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request, exception):
        if isinstance(exception, Problem):
            return problem_page(request, exception.status, str(exception.sentence), exception.typed)
        return None


def problem_page(request, status: int, sentence: str, typed=()):
    """The error page of `status` (400, 403, 405, 409, 413 or 503) with its sentence, and what was typed in vain."""
    return render(request, f"{status}.html", {"sentence": sentence, "typed": typed}, status=status)
