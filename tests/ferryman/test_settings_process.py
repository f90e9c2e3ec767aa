"""The settings as a process reads them when it starts."""

from pathlib import Path

from tests.running.command import Ended, ran


async def _start(folder: Path, **environment: str) -> Ended:
    program = "from ferryman.settings import settings_or_exit as read; print(repr(read()))"
    return await ran(folder, "-c", program, **environment)


async def test_refusal_of_a_process(tmp_path):
    """A process that cannot start says so in one line on stderr and exits with 2."""
    over = await _start(tmp_path, DIGITAL_RIVER_WEBHOOK_SECRETS="one-secret,,")

    assert over.code == 2
    assert over.out == ""
    assert over.err == "cannot start: DIGITAL_RIVER_WEBHOOK_SECRETS: a secret is empty\n"


async def test_dotenv(tmp_path):
    """What `.env` says holds where the environment is silent."""
    (tmp_path / ".env").write_text("FERRYMAN_API_PORT=8099\nFERRYMAN_TASK_QUEUE=others\n")

    over = await _start(tmp_path, FERRYMAN_TASK_QUEUE="mine")

    assert over.code == 0
    assert "port=8099" in over.out
    assert "task_queue='mine'" in over.out


async def test_secrets_are_not_shown(tmp_path):
    """The settings can be printed without giving a secret away."""
    over = await _start(
        tmp_path,
        DIGITAL_RIVER_API_KEY="sk_canary_1",
        DIGITAL_RIVER_WEBHOOK_SECRETS="whsec_canary_2_0123456789",
        FERRYMAN_DATABASE_URL="postgresql+asyncpg://ferryman:canary-3@127.0.0.1/ferryman",
    )

    assert over.code == 0
    assert "canary" not in over.out + over.err
