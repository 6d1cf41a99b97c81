"""The storage of recordings: a folder under VAR_DIR, or a bucket of an S3 server."""

from pathlib import Path
from typing import Any

from . import addresses, env


def storage(var_dir: Path) -> dict[str, Any]:
    """The entry in Django's STORAGES. Its files are private: only a view serves them."""
    bucket = env.text("SOUND_S3_BUCKET")
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": var_dir / "sound" / "kept",
                # No public URL: a view serves the sound, and checks who asks.
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    # Imported only where it is needed, since it is large.
    from botocore.config import Config

    endpoint = env.text("SOUND_S3_ENDPOINT")
    if endpoint:
        addresses.web("SOUND_S3_ENDPOINT", endpoint, elsewhere="SOUND_S3_KEY and SOUND_S3_SECRET")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": env.text("SOUND_S3_PREFIX"),
            "endpoint_url": endpoint or None,
            "region_name": env.text("SOUND_S3_REGION") or None,
            # Without a key, boto3 uses the credentials of the machine.
            "access_key": env.text("SOUND_S3_KEY") or None,
            "secret_key": (
                env.required("SOUND_S3_SECRET", "SOUND_S3_KEY is set.") if env.text("SOUND_S3_KEY") else None
            ),
            "default_acl": None,
            "client_config": Config(
                signature_version="s3v4",
                # Servers other than Amazon's have no host name per bucket and do not support the newer checksums.
                s3={"addressing_style": "path" if endpoint else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            "file_overwrite": False,
        },
    }
