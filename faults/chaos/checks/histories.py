"""Asked of Temporal's histories: whether today's code would have done the same."""

import json

from faults.chaos.facts import Facts
from faults.chaos.place import decrypting
from faults.chaos.replaying import replay

from .finding import Finding


async def replayed(facts: Facts) -> Finding:
    """Replay every history, from files that stay beside the logs."""
    folder = facts.place.logs / "histories"
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(facts.books.histories):
        kept = {"workflow": one.workflow_id, "history": one.history.to_json_dict()}
        (folder / f"{number:04}.json").write_text(json.dumps(kept))
    answers = await replay(folder, decrypting(facts.place, facts.keys))
    unsaid = len(facts.books.histories) - len(answers)
    broken = (
        *(f"{workflow}: {why}" for workflow, why in answers.items() if why is not None),
        *([f"{unsaid} histories were not replayed"] if unsaid else []),
    )
    return Finding("I17", len(answers), "histories", broken)
