"""All settings, all from the environment. README "Configuration" lists each variable; `configuration.py` refuses half of one."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from trefx_portal import configuration, embedded_broker

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ROLE = configuration.role(env("ROLE", default="solo"))
HAS_HUB = ROLE in ("hub", "solo")
HAS_NODE = ROLE in ("node", "solo")
configuration.refuse_what_the_role_must_not_hold(ROLE, env.ENVIRON)

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
KEYS_DIR = Path(env("KEYS_DIR", default=str(DATA_DIR / "keys")))
PRODUCTION = env.bool("PRODUCTION", default=False)
configuration.refuse_half_a_production(PRODUCTION, env.ENVIRON)
CONTROLLER = configuration.controller(ROLE, PRODUCTION, env.ENVIRON)
SECRET_KEY = env("SECRET_KEY", default="") or configuration.kept_secret(KEYS_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
# Hosts that crates may name although they stand on a private address: the portal's own, and at a node its hub's.
OWN_HOSTS = frozenset([urlsplit(PUBLIC_URL).hostname or "", *env.list("HUB_HOSTS", default=[])])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The hub's name as a side of the log and of every document. A TRE's is its own UUID.
HUB_ID = env("HUB_ID", default="7d1f9f5e-6c0e-5a41-9d0b-0f1d1c6f5a00")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.admin",
    "csp",
    "django_htmx",
    "django_fsm",
    "rest_framework",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    # Only to hear from ORCID whose iD it is: nobody signs in through it.
    "allauth.socialaccount",
    "allauth.socialaccount.providers.orcid",
    "apps.core.web",
    "apps.core.outbox",
    "apps.core.audit",
    "apps.core.workflow",
    "apps.core.notices",
    "apps.core.lists",
    "apps.core.accounts",
    "apps.core.panels",
    "apps.core.incidents",
    "apps.core.exchange",
]
if HAS_HUB:
    INSTALLED_APPS += [
        "apps.hub.researchers",
        "apps.hub.datasets",
        "apps.hub.projects",
        "apps.hub.submissions",
        "apps.hub.transparency",
        "apps.api",
    ]
if HAS_NODE:
    INSTALLED_APPS += ["apps.node.custody", "apps.node.runs", "apps.node.egress"]
INSTALLED_APPS += ["apps.tools"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before whatever may set a cookie: it looks at the whole response.
    "apps.core.web.public.PublicPageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.core.accounts.second_factor.SecondFactorMiddleware",
    "apps.core.workflow.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "trefx_portal.urls"
WSGI_APPLICATION = "trefx_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.workflow.context_processors.portal",
                "apps.core.notices.context_processors.notices",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that may write takes the lock at its start; deferred ones fail with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}


def _files(name: str) -> dict:
    location = env(f"{name.upper()}_DIR", default=str(DATA_DIR / "files" / name))
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": location, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }


HUB_STORAGES = ("crates", "released", "hub_inbox", "evidence", "papers")
NODE_STORAGES = ("offers", "quarantine", "releases", "node_inbox")
STORAGES = {
    "default": _files("unfiled"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env.bool("PLAIN_STATIC", default=not PRODUCTION)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STORAGES |= {name: _files(name) for name in (HUB_STORAGES if HAS_HUB else ()) + (NODE_STORAGES if HAS_NODE else ())}

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=512)
# Everything uploaded goes to disk as it comes; nothing is held whole in memory.
FILE_UPLOAD_HANDLERS = ["apps.core.web.uploads.LimitedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = env("UPLOAD_TEMP_DIR", default=None)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.core.accounts.adapter.InvitationAdapter"
SOCIALACCOUNT_ADAPTER = "apps.core.accounts.orcid.OrcidLinkAdapter"
ORCID = configuration.orcid(env.ENVIRON)
SOCIALACCOUNT_PROVIDERS = {"orcid": ORCID} if ORCID else {}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_RATE_LIMITS = {
    "verify_result": "10/m/ip",
    "subscribe": "5/m/ip,30/d/ip",
    "add_cosignature": "60/m/ip",
    "log_export": "30/m/ip",
}
ACCOUNT_FORMS = {"login": "apps.core.accounts.signin.SignInForm"}
ACCOUNT_SIGNUP_FORM_CLASS = "apps.core.accounts.forms.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Off only where nothing is real: the demonstration, and its pages say so.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=True)
MFA_ADAPTER = "apps.core.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "TRE-FX Portal"
MFA_TOTP_TOLERANCE = 1

EMAIL_FROM = env("EMAIL_FROM", default="portal@localhost")
DEFAULT_FROM_EMAIL = EMAIL_FROM
if "EMAIL_URL" in env.ENVIRON:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "trefx_portal.formats"  # one way to write a day and a time, in the admin too
LANGUAGES = [("en-gb", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/London"
# Whose bank holidays are no working days: ENG, NIR, SCT or WLS.
BANK_HOLIDAYS_OF = configuration.part_of_the_kingdom(env("BANK_HOLIDAYS_OF", default="ENG"))

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Browsers hold a form's redirect to this, too: the button to ORCID is such a form.
        "form-action": [SELF, f"https://{ORCID['BASE_DOMAIN']}"] if ORCID else [SELF],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "apps.core.workflow.views.csrf_failure"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

embedded_broker.register()
BROKER_URL = env("BROKER_URL", default=f"{embedded_broker.SCHEME}://localhost")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BROKER_TRANSPORT_OPTIONS: dict = {"visibility_timeout": 3600}
if BROKER_URL.startswith(f"{embedded_broker.SCHEME}:"):
    _broker = DATA_DIR / "broker"
    for _folder in (_broker / "messages", _broker / "control"):
        _folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.1,
    }
if BROKER_URL.startswith(("amqp:", "redis:", f"{embedded_broker.SCHEME}:")):
    # A dead broker must not hold a person's page: one short try, then the sweep finds the row.
    CELERY_TASK_PUBLISH_RETRY = False
    CELERY_BROKER_CONNECTION_TIMEOUT = 2
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=5.0)
# A checkpoint that is asked for is at most this old where the log has grown.
CHECKPOINT_SECONDS = env.int("CHECKPOINT_SECONDS", default=60)
LOG_KEYS = configuration.log_keys(env.list("LOG_KEYS", default=[]))
if bucket := env("PUBLISHED_BUCKET", default=""):
    STORAGES["published"] = configuration.published_bucket(bucket, env("PUBLISHED_ENDPOINT", default=""))
WITNESSES = configuration.witnesses(env.list("WITNESSES", default=[]))
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    "sweep the outbox": {"task": "outbox.sweep", "schedule": SWEEP_SECONDS},
    "hourly bookkeeping": {"task": "outbox.hourly", "schedule": 3600.0},
}

if HAS_NODE:
    EXECUTOR = {
        "kind": env("EXECUTOR_KIND", default="local-cwl"),
        "root": env("EXECUTOR_ROOT", default=""),
        "runtime": env("EXECUTOR_RUNTIME", default=""),
        "wall_seconds": env.int("EXECUTOR_WALL_SECONDS", default=600),
        "memory_mb": env.int("EXECUTOR_MEMORY_MB", default=1024),
        "disk_mb": env.int("EXECUTOR_DISK_MB", default=256),
        "processes": env.int("EXECUTOR_PROCESSES", default=128),
    }

LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    # The handler's level is asked of every line; the root's only of its own, not of those that other loggers pass on.
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "level": LOG_LEVEL}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
