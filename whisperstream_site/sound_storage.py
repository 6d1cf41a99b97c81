"""Where the sound of dictations is kept: a folder under VAR_DIR, or a bucket of an S3 server."""

from pathlib import Path
from typing import Any

from . import env


def storage(var_dir: Path) -> dict[str, Any]:
    """The entry of Django's STORAGES. Nobody but the product may read what is in it."""
    bucket = env.text("SOUND_S3_BUCKET")
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": var_dir / "sound" / "kept",
                # It has no address: sound is only served to its owner, by a view.
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    # It is large, and only wanted here.
    from botocore.config import Config

    endpoint = env.text("SOUND_S3_ENDPOINT")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": env.text("SOUND_S3_PREFIX"),
            "endpoint_url": endpoint or None,
            "region_name": env.text("SOUND_S3_REGION") or None,
            # Without a key, the credentials of the machine are used.
            "access_key": env.text("SOUND_S3_KEY") or None,
            "secret_key": (
                env.required("SOUND_S3_SECRET", "SOUND_S3_KEY is set.") if env.text("SOUND_S3_KEY") else None
            ),
            "default_acl": None,
            "client_config": Config(
                signature_version="s3v4",
                # Servers other than Amazon's have no host name for each bucket, nor know the newer checksums.
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            "file_overwrite": False,
        },
    }
