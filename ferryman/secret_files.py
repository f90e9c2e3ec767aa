"""Secrets out of files, where container engines put them: NAME_FILE tells where NAME's value is."""

from collections.abc import MutableMapping
from pathlib import Path

_SECRETS = (
    "DIGITAL_RIVER_API_KEY",
    "DIGITAL_RIVER_WEBHOOK_SECRETS",
    "FERRYMAN_API_KEYS",
    "FERRYMAN_CODEC_TOKENS",
    "FERRYMAN_DATABASE_URL",
    "FERRYMAN_ENCRYPTION_KEYS",
    "FERRYMAN_NOTIFICATION_SECRETS",
    "TEMPORAL_API_KEY",
)
_ENDING = "_FILE"
SECRET_FILES = frozenset(f"{name}{_ENDING}" for name in _SECRETS)


class UnreadableSecret(ValueError):
    """A file that is to hold a secret cannot be used; names the variable, not the content."""


def read_secret_files(environment: MutableMapping[str, str]) -> None:
    """Set each secret that a file holds, without the white space around it.

    Raises UnreadableSecret where the file cannot be read or the secret is given twice.
    """
    for variable in sorted(SECRET_FILES & environment.keys()):
        name = variable.removesuffix(_ENDING)
        if environment.get(name):
            raise UnreadableSecret(f"{variable}: {name} is given as well; which one holds?")
        try:
            environment[name] = Path(environment[variable]).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableSecret(f"{variable}: {type(error).__name__}") from error
