#!/usr/bin/env python
"""Django's command line."""

import os
import sys

CONFIGURATION_ERROR = 78


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        # Django would go on without them, and then miss the command rather than the setting.
        settings.INSTALLED_APPS  # noqa: B018 - loads the settings
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        sys.exit(CONFIGURATION_ERROR)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
