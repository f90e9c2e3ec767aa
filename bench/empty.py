"""The empty workflow; alone in its file, since workers read that again for each run of it."""

from temporalio import workflow

QUEUE = "floor"


@workflow.defn(name="Floor")
class Floor:
    """Ends where it begins."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing."""
