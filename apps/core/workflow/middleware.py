"""A Problem raised anywhere becomes a page with its sentence and its status."""

from django.shortcuts import render

from apps.core.errors import Problem


class ProblemMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, Problem):
            return problem_page(request, exception.status, str(exception.sentence), exception.typed)
        return None


def problem_page(request, status: int, sentence: str, typed=()):
    """The error page of `status` (400, 403, 409, 413 or 503) with its sentence, and what was typed in vain."""
    return render(request, f"{status}.html", {"sentence": sentence, "typed": typed}, status=status)
