"""The portal's own settings, in a folder of the test run; a missing template variable of ours fails."""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="trefx-tests-"))

os.environ.setdefault("ORCID_CLIENT_ID", "APP-TEST")
os.environ.setdefault("ORCID_SECRET", "a secret of the tests")

from trefx_portal.settings import *  # noqa: E402, F403
from trefx_portal.settings import BASE_DIR, DATABASES, TEMPLATES  # noqa: E402

OUR_TEMPLATES = str(Path(BASE_DIR) / "templates")


class MissingVariable(str):
    """Django formats this with a variable's name where a template prints one that is not there."""

    def __mod__(self, name):
        frame = sys._getframe(1)
        while frame and "context" not in frame.f_locals:
            frame = frame.f_back
        template = getattr(frame.f_locals["context"].render_context, "template", None) if frame else None
        origin = str(getattr(getattr(template, "origin", None), "name", ""))
        if origin.startswith(OUR_TEMPLATES) and "/admin/" not in origin:
            raise AssertionError(f"{origin} prints {name}, which is not there.")
        return ""


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = MissingVariable("%s")
TEMPLATES[0]["OPTIONS"]["debug"] = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
WHITENOISE_AUTOREFRESH = True
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
# Its own tests turn it on (tests/functional/accounts/test_second_factor.py).
REQUIRE_SECOND_FACTOR = False
# A file: SQLite's shared memory locks whole tables, which no portal ever meets.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")}
