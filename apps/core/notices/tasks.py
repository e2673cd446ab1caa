from apps.core.notices import mail  # noqa: F401 - its work and its hourly bookkeeping
